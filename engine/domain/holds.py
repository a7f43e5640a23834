"""When an order may be suspended or terminated: what is asked, and what the tables of reasons demand for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.domain.clocks import ClockKind
from engine.errors import EvidenceMissing, Fault, Invalid, ReasonRefused

SUSPEND, TERMINATE = "SUSPEND", "TERMINATE"
DECISIONS = {SUSPEND: "suspension_reason", TERMINATE: "termination_reason"}
"""The table of reasons for each kind: processes/shared/suspension_reasons.dmn."""
CAP = "pause_cap"
"""The decision that says how long and how often a ground may stop clocks: processes/shared/pause_cap.dmn."""
NO_CLOCK = "NONE"
ALWAYS_REGISTERED = frozenset({"termination_requested"})
"""Messages that a suspended order takes in any case: it need not be resumed to be ended."""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for, as he filled it in; texts are empty where he gave none."""

    reason_code: str
    evidence_kind: str
    evidence_no: str
    attachment_digest: str
    signed_by_customer: bool
    note: str

    @property
    def has_evidence(self) -> bool:
        """Is there any paper, record or file to look at?"""
        return bool(self.evidence_no or self.attachment_digest)


@dataclass(frozen=True, slots=True)
class Reason:
    """A row of the tables: which clocks it may stop, what proves it (any, if `evidence` is empty), who approves."""

    code: str
    kind: str
    name: str
    clocks: tuple[ClockKind, ...]
    evidence: tuple[str, ...]
    customer_signature: bool
    categories: tuple[str, ...]
    approver_role: str


@dataclass(frozen=True, slots=True)
class Cap:
    """How long a ground may stop the clocks of one order, all its pauses together: calendar days, and times."""

    max_days: int
    max_times: int

    def left(self, earlier_days: Iterable[int]) -> int:
        """Days that one more pause may stop them, after those that did before; 0 when it may not any more."""
        known = tuple(earlier_days)
        return max(self.max_days - sum(known), 0) if len(known) < self.max_times else 0


def cap_of(outcome: Any) -> Cap | None:
    """The value of the decision `pause_cap` as a type; None for a ground without one. Raises Invalid if broken."""
    if outcome is None or (isinstance(outcome, Mapping) and outcome.get("max_days") is None):
        return None
    try:
        cap = Cap(int(outcome["max_days"]), int(outcome["max_times"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid("暂停计时上限表的结果不可用", field=CAP) from error
    if cap.max_days <= 0 or cap.max_times <= 0:
        raise Invalid("暂停计时上限表的天数或次数超出范围", field=CAP)
    return cap


def goes_on(*, suspended: bool, within: bool, message: str = "") -> bool:
    """May work go on at an element? `within`: its folder says `while_suspended`; `message` is what it waits for."""
    return not suspended or within or message in ALWAYS_REGISTERED


def request_of(value: Any) -> Request:
    """The request as a type. What is not a text is not there."""
    given = value if isinstance(value, Mapping) else {}

    def text(name: str) -> str:
        found = given.get(name)
        return found.strip() if isinstance(found, str) else ""

    return Request(
        reason_code=text("reason_code"),
        evidence_kind=text("evidence_kind"),
        evidence_no=text("evidence_no"),
        attachment_digest=text("attachment_digest"),
        signed_by_customer=given.get("signed_by_customer") is True,
        note=text("note"),
    )


def reason_of(kind: str, code: str, outcome: Any) -> Reason:
    """A row as a type. Raises ReasonRefused when the table knows no such reason, Invalid when the row is broken."""
    if not isinstance(outcome, Mapping):
        raise _no_reason("reason_unknown", f"原因 {code} 不在规定的原因之列")
    try:
        clocks = tuple(ClockKind(each) for each in outcome.get("clocks") or () if each != NO_CLOCK)
        role = outcome["approver_role"]
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"暂停与终止原因表的结果不可用：{code}", field=DECISIONS[kind]) from error
    if not isinstance(role, str) or not role:
        raise Invalid(f"暂停与终止原因表没有给出审批角色：{code}", field=DECISIONS[kind])
    return Reason(
        code=code,
        kind=kind,
        name=str(outcome.get("name") or outcome.get("note") or code),
        clocks=clocks,
        evidence=_texts(outcome.get("evidence_required")),
        customer_signature=outcome.get("customer_signature") is True,
        categories=_texts(outcome.get("categories")),
        approver_role=role,
    )


def require_request(request: Request) -> None:
    """Raise ReasonRefused or EvidenceMissing unless a reason is named and something is said to prove it."""
    if not request.reason_code:
        raise _no_reason("reason_missing", "未填写原因")
    if not request.has_evidence:
        raise _no_evidence("evidence_no", "evidence_missing", "未提供依据：须填写依据编号或上传依据")


def require_grounds(reason: Reason, request: Request, category: str) -> None:
    """Raise ReasonRefused or EvidenceMissing unless the reason holds for the category and is proven as its row asks."""
    require_request(request)
    if reason.categories and category not in reason.categories:
        raise _no_reason("reason_not_for_category", f"原因“{reason.name}”不适用于本类工单")
    if reason.evidence and request.evidence_kind not in reason.evidence:
        raise _no_evidence("evidence_kind", "evidence_unfit", f"依据种类不符合原因“{reason.name}”的要求")
    if reason.customer_signature and not request.signed_by_customer:
        raise _no_evidence("signed_by_customer", "signature_missing", f"原因“{reason.name}”须由客户签字或确认")


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list | tuple) else ()


def _no_reason(code: str, why: str) -> ReasonRefused:
    return ReasonRefused(why, field="reason_code", faults=[Fault("reason_code", code, why)])


def _no_evidence(field: str, code: str, why: str) -> EvidenceMissing:
    return EvidenceMissing(why, field=field, faults=[Fault(field, code, why)])
