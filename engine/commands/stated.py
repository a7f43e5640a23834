"""The instant at which something happened as stated, and what is said for entering it late; checked here only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.commands.tx import Tx
from engine.errors import Fault, Invalid

CLOCK_TOLERANCE = timedelta(minutes=5)
LATE_ENTRY = timedelta(hours=24)
N_MAX_REASON = 500


def stated_instant(tx: Tx, occurred_at: datetime | None, late_reason: str) -> datetime:
    """When it happened: now, if nothing was said. Raises Invalid for an instant that cannot be, and for an entry more
    than a day late without a reason."""
    if occurred_at is None:
        return tx.received_at
    at = possible_instant(tx, occurred_at)
    if len(late_reason) > N_MAX_REASON:
        raise wrong("late_reason", "too_long", f"补录原因不得超过 {N_MAX_REASON} 字")
    if tx.received_at - at > LATE_ENTRY and not late_reason.strip():
        raise wrong("late_reason", "late_reason_missing", "办理时间早于录入时间超过 24 小时，须填写补录原因")
    return at


def possible_instant(tx: Tx, occurred_at: datetime) -> datetime:
    """The instant in UTC. Raises Invalid when it has no offset, lies ahead, or before the application."""
    if occurred_at.tzinfo is None:
        raise wrong("occurred_at", "naive_instant", "办理时间缺少时区")
    at = occurred_at.astimezone(UTC)
    if at > tx.received_at + CLOCK_TOLERANCE:
        raise wrong("occurred_at", "in_future", "办理时间不得晚于当前时间")
    if at < tx.order.submitted_at:
        raise wrong("occurred_at", "before_order", "办理时间不得早于申请提交时间")
    return at


def wrong(field: str, code: str, reason: str) -> Invalid:
    """One fault of one field."""
    return Invalid(reason, field=field, faults=[Fault(field, code, reason)])
