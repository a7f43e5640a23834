"""The customer accepts the supply plan, or objects to it, in the portal."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands import online
from engine.commands.clockwork import shanghai_day
from engine.commands.stated import wrong
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.policy import Permission
from engine.progress import PLAN_ANSWERED

OBJECTIONS = {
    "CAPACITY": "对批准容量或供电电压有异议",
    "SOURCE": "对电源点或接入方式有异议",
    "CHARGE": "对费用或投资界面有异议",
    "METERING": "对计量方式或产权分界点有异议",
    "CALL_ME": "其他异议，请客户经理联系",
}
"""Chosen, not written: what a customer writes in his own words might name people."""


@dataclass(frozen=True, slots=True)
class AnswerPlanOnline:
    """`objection` is one of OBJECTIONS, and "" when the plan is accepted."""

    order_no: str
    accepts: bool
    objection: str
    key: str


@dataclass(frozen=True, slots=True)
class PlanAnswered:
    """The process has gone on."""

    order_no: str
    accepts: bool


def handle(command: AnswerPlanOnline, tx: Tx) -> PlanAnswered:
    """Raises NotReady when no plan waits for an answer, Invalid, RuleBroken (an objection after its month)."""
    form = {"plan_signed_on": shanghai_day(tx.received_at).isoformat(), "customer_accepts": command.accepts}
    if not command.accepts:
        if command.objection not in OBJECTIONS:
            raise wrong("objection", "objection_missing", "请选择异议的内容")
        form["objection"] = OBJECTIONS[command.objection]
    online.deliver(tx, PLAN_ANSWERED, form)
    return PlanAnswered(tx.order.order_no, command.accepts)


VERB = Verb(AnswerPlanOnline, PlanAnswered, Permission.OWN_ACT, handle, locks=("order_no", "order_no"))
