"""What the record says of a late order, in words: rungs taken, tasks moved, reminders, supervision orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext, lazy_gettext

from web.presentation import day, role_name, until
from web.words_late import cause_name, priority_name, recipients, reminder_name, rung_name

TITLES = {
    "EscalationTaken": lazy_gettext("自动升级"),
    "TasksPrioritised": lazy_gettext("自动提高优先级"),
    "TaskReassigned": lazy_gettext("自动改派"),
    "ReminderSent": lazy_gettext("催办"),
    "SupervisionIssued": lazy_gettext("下督办单"),
    "SupervisionAnswered": lazy_gettext("督办单回复"),
    "SupervisionOverdue": lazy_gettext("督办单逾期未回复"),
    "SupervisionReviewed": lazy_gettext("审核督办单回复"),
    "SupervisionEnded": lazy_gettext("督办单随工单终结"),
}


def subject(kind: str, body: Mapping[str, Any]) -> str:
    """What stands behind the title."""
    if kind == "EscalationTaken":
        return rung_name(body["rung"])
    return priority_name(body["level"]) if kind == "TasksPrioritised" else str(body.get("supervision", ""))


def details(kind: str, body: Mapping[str, Any]) -> Iterator[str]:
    """Lines under the title; none for events of another kind."""
    if kind == "EscalationTaken":
        yield from _rung(body)
    elif kind == "TaskReassigned":
        to = gettext("任务池") if body["offered_to"] == "POOL" else role_name(body["offered_to"])
        was_held = body["before_holder"] is not None
        yield gettext("退出原办理人，%(to)s可领取", to=to) if was_held else gettext("%(to)s也可领取", to=to)
    elif kind == "ReminderSent":
        yield gettext("催办 %(whom)s：%(why)s", whom=recipients(body["recipients"]), why=reminder_name(body["reason"]))
    elif kind == "SupervisionReviewed":
        yield gettext("接受回复") if body["accepted"] else gettext("退回，%(day)s 前重新回复", day=_day(body["due_on"]))
    elif kind in ("SupervisionIssued", "SupervisionOverdue"):
        yield gettext("回复期限：%(day)s", day=_day(body["due_on"]))
    elif kind == "SupervisionAnswered":
        cause, planned = cause_name(body["cause"]), _day(body["planned_on"])
        yield gettext("原因：%(cause)s；计划完成 %(day)s", cause=cause, day=planned)
        if body["late"]:
            yield gettext("逾期回复")


def actions(done: Mapping[str, Any]) -> str:
    """What a rung asked for, in a sentence."""
    said = [gettext("告知%(whom)s", whom=role_name(done["to"]))]
    if done["copy_to"]:
        said.append(gettext("抄送%(whom)s", whom=recipients(done["copy_to"])))
    if done["priority"] is not None:
        said.append(gettext("提为%(level)s", level=priority_name(done["priority"]) or gettext("普通")))
    if done["reassign"]:
        pool = done["reassign"] == "POOL"
        to = gettext("退回任务池") if pool else gettext("改派，%(whom)s也可领取", whom=role_name(done["reassign"]))
        said.append(to)
    if done["creates_order"]:
        said.append(gettext("下督办单"))
    return "，".join(said)


def _rung(body: Mapping[str, Any]) -> Iterator[str]:
    yield actions(body["actions"])
    yield gettext("时点：%(at)s", at=until(datetime.fromisoformat(body["due_at"])))
    yield gettext("理由：%(why)s", why=body["why"]["text"])
    versions = "、".join(f"{year['year']} v{year['version']}" for year in body["calendar"] or ())
    limit = body["limit"].get("from") or {}
    yield gettext("日历 %(calendar)s；时限表 %(title)s v%(version)s", calendar=versions or gettext("无"),
                  title=limit.get("title", ""), version=limit.get("version", ""))  # fmt: skip
    if body["cycle"] > 1:
        yield gettext("时限重算后第 %(n)s 次到这一级", n=body["cycle"])


def _day(text: str) -> str:
    return day(date.fromisoformat(text))
