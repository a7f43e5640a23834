"""The picture of a clock: its runs and pauses over an axis of working days, as plain shapes. Draws nothing itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext

from engine.domain.segments import Span
from engine.queries.clock_page import ClockLine, ClocksPage
from web.presentation import day

WIDTH, MARGIN, N_MAX_TICKS = 1000, 12, 12


@dataclass(frozen=True, slots=True)
class Bar:
    """`kind`: run, rest (what is still left), pause. `title` says what it is, to whoever cannot see it too."""

    kind: str
    x: float
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """`kind`: start, pause, resume, stop, today, internal, due."""

    kind: str
    x: float
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A day on the axis, at the end of the working day that it names."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One clock's bars and marks; `alt` says the same in words."""

    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    alt: str


class Axis:
    """Working days from the first day of any clock to the last that matters, the same for every clock of the page."""

    def __init__(self, page: ClocksPage) -> None:
        self._calendar, self.today = page.calendar, page.today
        days = [page.today, *(d for line in page.clocks for d in _days(line))]
        self.first, last = min(days), max(days)
        self._n = max(page.calendar.workdays_between(self.first, last), 1)
        self.ticks = tuple(self._ticks())

    def x(self, on: date) -> float:
        """Where the end of a day lies; a rest day lies where the working day before it ended."""
        share = self._calendar.workdays_between(self.first, on) / self._n
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)

    def _ticks(self) -> Iterator[Tick]:
        step = -(-self._n // N_MAX_TICKS)
        for n in range(0, self._n + 1, step):
            on = self._calendar.add_workdays(self.first, n)
            yield Tick(self.x(on), f"{on:%m-%d}")


def picture(line: ClockLine, axis: Axis, reasons: dict[str, str]) -> Picture:
    """The picture of one clock. `reasons` are what grounds of suspensions are called."""
    bars = (*_runs(line, axis), *_pauses(line, axis, reasons))
    marks = tuple(_marks(line, axis))
    return Picture(bars, marks, "；".join([*(bar.title for bar in bars), *(mark.title for mark in marks)]))


def _runs(line: ClockLine, axis: Axis) -> Iterator[Bar]:
    for span in line.runs:
        if span.until is not None or span.after < axis.today:
            until = span.until or axis.today
            title = gettext("计时 %(start)s 至 %(end)s", start=day(span.after), end=day(until))
            yield _bar("run", span.after, until, title, axis)
        due_on = line.row["due_on"]
        if span.until is None and due_on is not None and due_on > axis.today:
            title = gettext("剩余时限至 %(end)s", end=day(due_on))
            yield _bar("rest", max(axis.today, span.after), due_on, title, axis)


def _pauses(line: ClockLine, axis: Axis, reasons: dict[str, str]) -> Iterator[Bar]:
    for span in line.pauses:
        why = reason_of(line, span, reasons)
        until = span.until or axis.today
        ends = day(span.until) if span.until is not None else gettext("今日")
        yield _bar("pause", span.after, until, gettext("暂停 %(start)s 至 %(end)s（%(why)s）", start=day(span.after),
                                                       end=ends, why=why), axis)  # fmt: skip


def reason_of(line: ClockLine, span: Span, reasons: dict[str, str]) -> str:
    """Why the clock stood in this span, as the table of grounds calls it."""
    found = (
        part.reason
        for part in line.parts
        if part.kind == "PAUSE" and part.from_on <= span.after and (part.until_on is None or part.until_on > span.after)
    )
    code = next(found, "")
    return reasons.get(code, code) or gettext("原因未记录")


def _marks(line: ClockLine, axis: Axis) -> Iterator[Mark]:
    pauses, resumed = {span.after for span in line.pauses}, {span.until for span in line.pauses}
    for span in line.runs:
        begun = gettext("恢复计时") if span.after in resumed else gettext("开始计时")
        yield _mark("resume" if span.after in resumed else "start", span.after, begun, axis)
        if span.until is not None:
            ended = gettext("暂停计时") if span.until in pauses else gettext("停表")
            yield _mark("pause" if span.until in pauses else "stop", span.until, ended, axis)
    yield _mark("today", axis.today, gettext("今日"), axis)
    if (ours := line.row["internal_why"]) is not None:
        yield _mark("internal", date.fromisoformat(ours["due_on"]), gettext("内部目标"), axis)
    if line.row["due_on"] is not None:
        yield _mark("due", line.row["due_on"], gettext("法定时限"), axis)


def _bar(kind: str, after: date, until: date, title: str, axis: Axis) -> Bar:
    x = axis.x(after)
    return Bar(kind, x, max(round(axis.x(until) - x, 1), 2), title)


def _mark(kind: str, on: date, word: str, axis: Axis) -> Mark:
    return Mark(kind, axis.x(on), gettext("%(what)s：%(day)s", what=word, day=day(on)))


def _days(line: ClockLine) -> Iterator[date]:
    for part in line.parts:
        yield part.from_on
        if part.until_on is not None:
            yield part.until_on
    if line.row["due_on"] is not None:
        yield line.row["due_on"] + timedelta(days=1)
