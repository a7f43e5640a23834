"""What was told to the customer and to colleagues: the messages of an order's outbox. Shows no address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext, lazy_gettext

from web.words_late import recipients

CUSTOMER = "CUSTOMER"
TEMPLATES = {
    "commitment_breached": lazy_gettext("承诺未履行"),
    "commitment_extended": lazy_gettext("承诺书延期"),
    "commitment_fulfilled": lazy_gettext("承诺书履行完毕"),
    "commitment_onsite": lazy_gettext("提出上门收取"),
    "commitment_overdue": lazy_gettext("补交逾期"),
    "commitment_receipt": lazy_gettext("承诺书回执"),
    "commitment_reminder": lazy_gettext("提醒补交"),
    "completion_inspection_failed": lazy_gettext("竣工检验未通过"),
    "design_returned": lazy_gettext("设计审查意见"),
    "mid_inspection_failed": lazy_gettext("中间检查未通过"),
    "order_accepted": lazy_gettext("受理告知"),
    "order_connected": lazy_gettext("送电告知"),
    "order_reminder": lazy_gettext("催办"),
    "order_resumed": lazy_gettext("恢复办理告知"),
    "order_suspended": lazy_gettext("暂停告知"),
    "order_terminated": lazy_gettext("终止告知"),
    "plan_answer_due": lazy_gettext("供电方案待答复"),
    "plan_expired": lazy_gettext("供电方案失效"),
    "plan_expiring": lazy_gettext("供电方案即将失效"),
    "plan_extended": lazy_gettext("供电方案延期"),
    "plan_not_extended": lazy_gettext("供电方案不予延期"),
    "stage_limit_warning": lazy_gettext("时限预警"),
    "step_reminder": lazy_gettext("环节提醒"),
    "supervision_order_issued": lazy_gettext("督办单"),
    "supervision_order_overdue": lazy_gettext("督办单逾期"),
    "suspension_refused": lazy_gettext("暂停未获批准"),
    "termination_refused": lazy_gettext("终止未获批准"),
}
STATES = {
    "PENDING": (lazy_gettext("待发送"), "yellow"),
    "ANSWERED": (lazy_gettext("已送达平台"), "green"),
    "FAILED": (lazy_gettext("未能发送"), "red"),
    "RECALLED": (lazy_gettext("已撤回"), "secondary"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One message: what about, to whom by role or login, when it was written and when the platform took it."""

    title: str
    to: str
    copy_to: str
    to_customer: bool
    written_at: datetime
    answered_at: datetime | None
    state: str
    colour: str


def correspondence_of(calls: Sequence[Mapping[str, Any]]) -> list[Sent]:
    """The messages among the calls of an order, newest first."""
    return [_sent(call) for call in reversed(calls) if call["operator"] == "notify.send"]


def _sent(call: Mapping[str, Any]) -> Sent:
    params = call["params"]
    named = params.get("to", CUSTOMER)
    to = [named] if isinstance(named, str) else list(named or ())
    template = str(params.get("template", ""))
    state, colour = STATES.get(call["state"], (call["state"], "secondary"))
    return Sent(
        title=str(TEMPLATES.get(template, template)),
        to=gettext("客户") if to == [CUSTOMER] else recipients(to),
        copy_to=recipients(params["copy_to"]) if params.get("copy_to") else "",
        to_customer=to == [CUSTOMER],
        written_at=call["created_at"],
        answered_at=call["answered_at"],
        state=str(state),
        colour=colour,
    )
