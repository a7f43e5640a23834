"""Runs and pauses of a clock, as days: what an order's clocks are made of. Pure; every number is counted from these
under whatever calendar is in force, so that a new notice or a corrected day recounts exactly.

A segment is half-open like the law's count: the day it begins on is not in it, the day it ends on is. Runs may overlap
(the sum clock has one for each limited stage that is open); a day that lies in a run and in no pause is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from engine.domain.calendar import WorkingCalendar

_OPEN = date.max


class SegmentKind(StrEnum):
    """RUN: something lets the clock run. PAUSE: a valid suspension stops it, whatever the process does meanwhile."""

    RUN = "RUN"
    PAUSE = "PAUSE"


@dataclass(frozen=True, slots=True)
class Segment:
    """`until_on` is None while it lasts. `reason` is the stage that lets a clock run, or the ground of a pause.

    `begun_by` and `ended_by` are the tasks whose stated time made the two days, if one did: a correction of that time
    moves them. `hold_id` is the suspension.
    """

    kind: SegmentKind
    from_on: date
    until_on: date | None = None
    reason: str = ""
    hold_id: str | None = None
    begun_by: str | None = None
    ended_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Does it last?"""
        return self.until_on is None


@dataclass(frozen=True, slots=True)
class Span:
    """Days d with `after` < d <= `until`, for ever if that is None."""

    after: date
    until: date | None

    def workdays(self, on: date, calendar: WorkingCalendar) -> int:
        """Working days of it up to and including a day."""
        return calendar.workdays_between(self.after, on if self.until is None else min(self.until, on))


def segment_of(row: Mapping[str, Any]) -> Segment:
    """A stored row as a type."""
    names = ("from_on", "until_on", "reason", "hold_id", "begun_by", "ended_by")
    return Segment(SegmentKind(row["kind"]), *(row[name] for name in names))


def running(segments: Iterable[Segment]) -> list[Span]:
    """When the clock uses up days, in order: runs together, less the pauses."""
    runs, pauses = _split(segments)
    return [Span(after, None if until == _OPEN else until) for after, until in _less(runs, pauses)]


def paused(segments: Iterable[Segment]) -> list[Span]:
    """When a pause kept the clock from running, in order."""
    runs, pauses = _split(segments)
    return [Span(after, None if until == _OPEN else until) for after, until in _less(runs, _less(runs, pauses))]


def begun(segments: Sequence[Segment], added: Segment) -> tuple[Segment, ...]:
    """With a segment more, unless one of its kind and reason lasts already."""
    same = any(s.is_open and (s.kind, s.reason) == (added.kind, added.reason) for s in segments)
    return tuple(segments) if same else (*segments, added)


def ended(
    segments: Sequence[Segment], kind: SegmentKind, on: date, *, reasons: Iterable[str] | None, by: str | None = None
) -> tuple[Segment, ...]:
    """With every segment of the kind that lasts (of these reasons, if any are given) ended on a day."""
    wanted = None if reasons is None else frozenset(reasons)

    def closed(segment: Segment) -> Segment:
        meant = segment.is_open and segment.kind is kind and (wanted is None or segment.reason in wanted)
        return replace(segment, until_on=on, ended_by=by) if meant else segment

    return tuple(closed(segment) for segment in segments)


def corrected(segments: Sequence[Segment], task_id: str, on: date) -> tuple[Segment, ...]:
    """With the days that a task's stated time made moved to another day."""

    def moved(segment: Segment) -> Segment:
        if segment.begun_by == task_id:
            segment = replace(segment, from_on=on)
        return replace(segment, until_on=on) if segment.ended_by == task_id else segment

    return tuple(moved(segment) for segment in segments)


_Days = list[tuple[date, date]]


def _split(segments: Iterable[Segment]) -> tuple[_Days, _Days]:
    known = tuple(segments)
    kinds = (SegmentKind.RUN, SegmentKind.PAUSE)
    runs, pauses = ([(s.from_on, s.until_on or _OPEN) for s in known if s.kind is kind] for kind in kinds)
    return _together(runs), _together(pauses)


def _together(days: _Days) -> _Days:
    """Sorted, without empty ones, what touches or overlaps as one."""
    found: _Days = []
    for after, until in sorted(days):
        if until <= after:
            continue
        if found and after <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((after, until))
    return found


def _less(days: _Days, without: _Days) -> _Days:
    """The first less the second; both sorted and disjoint."""
    found: _Days = []
    for after, until in days:
        begin = after
        for off, on in without:
            if on <= begin or off >= until:
                continue
            if off > begin:
                found.append((begin, off))
            begin = max(begin, on)
        if begin < until:
            found.append((begin, until))
    return found
