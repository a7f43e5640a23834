"""The record of an order as people read it. Says what each event was; judges nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask_babel import gettext, lazy_gettext

from engine.policy import SYSTEM
from engine.queries.orders import Entry
from web.presentation import incident_name, span, until

if TYPE_CHECKING:
    from web.views.reasons import DecisionShown

TITLES = {
    "OrderAccepted": lazy_gettext("受理申请"),
    "OrderStarted": lazy_gettext("流程启动"),
    "TaskClaimed": lazy_gettext("领取任务"),
    "TaskReleased": lazy_gettext("退回任务"),
    "TaskDone": lazy_gettext("办结任务"),
    "TimerFired": lazy_gettext("定时器触发"),
    "CallAnswered": lazy_gettext("外部系统已办"),
    "CallFailed": lazy_gettext("外部系统调用失败"),
    "IncidentRetried": lazy_gettext("重试异常"),
}
LATE_ENTRY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the timeline. `tone` is a class of the page: automatic, trouble or nothing."""

    title: str
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    is_late_entry: bool
    late_reason: str
    details: tuple[str, ...]
    decisions: tuple[DecisionShown, ...]
    tone: str


def shown_events(
    entries: Sequence[Entry],
    people: Mapping[str, str],
    elements: Mapping[str, str],
    decisions: Sequence[DecisionShown],
) -> list[Shown]:
    """Newest first. `people`: login -> name; `elements`: element id -> name."""
    taken: dict[int, list[DecisionShown]] = {}
    for decision in decisions:
        taken.setdefault(decision.what.seq, []).append(decision)
    return [_shown(entry, people, elements, taken.get(entry.seq, ())) for entry in reversed(entries)]


def _shown(
    entry: Entry, people: Mapping[str, str], elements: Mapping[str, str], decisions: Sequence[DecisionShown]
) -> Shown:
    body = entry.body
    title = str(TITLES.get(entry.kind, entry.kind))
    if element := elements.get(_element(entry)):
        title = f"{title}：{element}"
    automatic = entry.actor == SYSTEM.id
    return Shown(
        title=title,
        actor=gettext("系统自动") if automatic else people.get(entry.actor, entry.actor),
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        is_late_entry=abs(entry.recorded_at - entry.occurred_at) >= LATE_ENTRY,
        late_reason=body.get("late_reason", ""),
        details=tuple(_details(body, elements)),
        decisions=tuple(decisions),
        tone="trouble" if "trouble" in body or entry.kind == "CallFailed" else "automatic" if automatic else "",
    )


def _element(entry: Entry) -> str:
    """What the event is about: named in it, or, of a timer or an answer, the first element that was left through it."""
    left = entry.body.get("passed") if entry.kind in ("TimerFired", "CallAnswered") else None
    return str(entry.body.get("element") or (left[0] if left else ""))


def _details(body: Mapping[str, Any], elements: Mapping[str, str]) -> list[str]:
    found = [gettext("转入：%(name)s", name=task["name"]) for task in body.get("opened", ())]
    if body.get("late_seconds"):
        found.append(gettext("晚 %(span)s", span=span(body["late_seconds"]) or gettext("不到1分钟")))
    for timer in body.get("armed", ()):
        name = elements.get(timer["element"], timer["element"])
        found.append(gettext("定时：%(name)s %(at)s", name=name, at=until(datetime.fromisoformat(timer["due_at"]))))
    for doubt in body.get("doubts", ()):
        reason = "；".join(note["reason"] for note in doubt["notes"])
        found.append(gettext("空值：%(name)s（%(reason)s）", name=doubt["name"], reason=reason))
    if trouble := body.get("trouble"):
        name = elements.get(trouble["element"], trouble["element"])
        found.append(gettext("中断：%(name)s（%(code)s）", name=name, code=incident_name(trouble["code"])))
    if body.get("completed"):
        found.append(gettext("工单办结"))
    return found
