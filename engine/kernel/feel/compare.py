"""Equality, order and membership of FEEL values, three-valued; every function returns None for "cannot be said"."""

from __future__ import annotations

from decimal import Decimal

from engine.kernel.feel.moments import SECOND, Date, DateTime, DaysTime, Time, YearsMonths, instant, time_offset
from engine.kernel.feel.runtime import Run
from engine.kernel.feel.values import Function, Range, Value


def equal(left: Value, right: Value, run: Run) -> bool | None:
    """`left = right`: null equals null only; values of different kinds cannot be compared (None).

    Every item costs a step: a small text can build a list whose parts are shared and whose items are countless.
    """
    if left is None or right is None:
        return left is right
    kind = type(left)
    if kind is not type(right):
        return None
    if kind is list:
        return _equal_lists(left, right, run)
    if kind is dict:
        return _equal_contexts(left, right, run)
    if kind is DateTime:
        return _equal_instants(left, right)
    if kind is Time:
        return _equal_times(left, right)
    if kind is Range:
        bounds = (left.start_included, left.end_included) == (right.start_included, right.end_included)
        same = equal(left.start, right.start, run) is True and equal(left.end, right.end, run) is True
        return bounds and same
    if kind is Function:
        return left is right
    return bool(left == right)


def _equal_lists(left: list[Value], right: list[Value], run: Run) -> bool | None:
    if len(left) != len(right):
        return False
    run.tick(len(left))
    result: bool | None = True
    for one, other in zip(left, right, strict=True):
        same = equal(one, other, run)
        if same is False:
            return False
        if same is None:
            result = None
    return result


def _equal_contexts(left: dict[str, Value], right: dict[str, Value], run: Run) -> bool | None:
    if left.keys() != right.keys():
        return False
    return _equal_lists(list(left.values()), [right[key] for key in left], run)


def _equal_instants(left: DateTime, right: DateTime) -> bool:
    """Zoned ones by the instant, local ones by their clocks; one of each is never the same."""
    return (left.zone is None) == (right.zone is None) and instant(left) == instant(right)


def _equal_times(left: Time, right: Time) -> bool:
    if left.zone is None or right.zone is None or left.zone == right.zone:
        return left == right
    return _since_midnight(left) == _since_midnight(right)


def _since_midnight(value: Time) -> int:
    """Nanoseconds since midnight in Greenwich; of a local time, by its own clock."""
    return value.nanos if value.zone is None else value.nanos - time_offset(value) * SECOND


def less(left: Value, right: Value) -> bool | None:
    """`left < right`; None where there is no order: other kinds, null, booleans, lists."""
    kind = type(left)
    if kind is not type(right):
        return None
    if kind in (Decimal, str, Date, DaysTime, YearsMonths):
        return bool(left < right)
    if kind is DateTime or kind is Time:
        left, right = _in_one_zone(left, right)
        return instant(left) < instant(right) if kind is DateTime else _since_midnight(left) < _since_midnight(right)
    return None


def _in_one_zone(left: Value, right: Value) -> tuple[Value, Value]:
    """Of two times only one of which has a zone, the other is taken to be in the same (DMN 1.5, table 54)."""
    if left.zone is None:
        return left._replace(zone=right.zone), right
    return left, right if right.zone is not None else right._replace(zone=left.zone)


def at_most(left: Value, right: Value) -> bool | None:
    """`left <= right`."""
    more = less(right, left)
    return None if more is None else not more


def both(left: bool | None, right: bool | None) -> bool | None:
    """Three-valued `and`."""
    if left is False or right is False:
        return False
    return True if left and right else None


def within(value: Value, span: Range) -> bool | None:
    """`value in span`; a missing bound bounds nothing, a range without any bound holds nothing that can be said."""
    if span.start is None and span.end is None:
        return None
    above: bool | None = True
    below: bool | None = True
    if span.start is not None:
        above = at_most(span.start, value) if span.start_included else less(span.start, value)
    if span.end is not None:
        below = at_most(value, span.end) if span.end_included else less(value, span.end)
    return both(above, below)


def is_in(value: Value, candidate: Value, run: Run) -> bool | None:
    """`value in candidate`: equal to it, within the range, or in the list: equal to an item or by the same rule in it.

    A list of one may stand for its element. Null if the candidate is null, or bounds the value cannot be compared with.
    """
    if candidate is None:
        return None
    if type(candidate) is Range and type(value) is not Range:
        found = within(value, candidate)
    elif type(candidate) is list:
        run.tick(len(candidate))
        found = any(equal(value, item, run) is True or is_in(value, item, run) is True for item in candidate)
    else:
        found = equal(value, candidate, run) is True
    return is_in(value[0], candidate, run) if not found and type(value) is list and len(value) == 1 else found


def member(value: Value, candidate: Value, run: Run) -> bool | None:
    """Whether a value passes a test that is a value: equal to it, within the range, or `is_in` the list."""
    kind = type(candidate)
    if kind is list:
        run.tick(len(candidate))
        return any(equal(value, item, run) is True or is_in(value, item, run) is True for item in candidate)
    if kind is Range and type(value) is not Range:
        return within(value, candidate)
    return equal(value, candidate, run)
