"""The customer withdraws his application in the portal: a request of termination (T1), which staff approve as any."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands import online
from engine.commands.clockwork import shanghai_day
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import NotReady
from engine.policy import Permission
from engine.progress import WITHDRAWAL
from engine.store import holds


@dataclass(frozen=True, slots=True)
class WithdrawOnline:
    """The customer has confirmed it on a page of its own."""

    order_no: str
    key: str


@dataclass(frozen=True, slots=True)
class WithdrawalAsked:
    """The request is written down and goes to approval; `evidence_no` names the entry of the record that shows it."""

    order_no: str
    evidence_no: str


def handle(command: WithdrawOnline, tx: Tx) -> WithdrawalAsked:
    """Raises NotReady when the order cannot be withdrawn any more, or when a request waits already."""
    if holds.pending(tx.connection, tx.order.id, holds.TERMINATE) is not None:
        raise NotReady("已有终止申请在审批中")
    evidence_no = f"APP-{tx.order.order_no}-{tx.order.audit_seq + len(tx.changes.events) + 1}"
    form = {
        "reason_code": "T1",
        "evidence_kind": "APP_CONFIRMATION",
        "evidence_no": evidence_no,
        "requested_on": shanghai_day(tx.received_at).isoformat(),
        "signed_by_customer": True,
        "n_contact_tries": 0,
        "note": "客户凭短信验证码登录自助查询页，确认撤回申请",
    }
    tx.record("WithdrawalConfirmed", {"evidence_no": evidence_no})
    online.deliver(tx, WITHDRAWAL, form)
    return WithdrawalAsked(tx.order.order_no, evidence_no)


VERB = Verb(WithdrawOnline, WithdrawalAsked, Permission.OWN_ACT, handle, locks=("order_no", "order_no"))
