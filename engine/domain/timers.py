"""The timer functions that diagrams may call in FEEL: limit, warn, workdays, before, after, at, day_end, workhours,
business_end. Pure: the instant of the command comes in, an aware instant and its reason go out; nothing armed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from engine.clock import SHANGHAI
from engine.domain import clocks
from engine.domain.calendar import WorkingCalendar
from engine.domain.hours import ALWAYS, Hours, business_end, explain_hours
from engine.errors import Invalid

Ends = Callable[[str, date, int, bool], clocks.Deadline | None]
"""(stage, day from which it was counted, working days, for the warning?) -> the end of a clock as it stands now."""
Limits = Mapping[str, clocks.Limit] | Callable[[str], clocks.Limit | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock shows: working days used before it began to run on the day `since` (None: it stands).

    A clock that was stopped by a suspension is `paused`: nobody can say when it will have run down.
    """

    used_workdays: int = 0
    since: date | None = None
    paused: bool = False


def timer_functions(
    calendar: Callable[[], WorkingCalendar],
    limits: Limits,
    clocks_started: Mapping[str, datetime],
    now: datetime,
    readings: Callable[[str], Reading | None] | None = None,
    *,
    stated: datetime | None = None,
    hours: Callable[[], Hours] = lambda: ALWAYS,
) -> dict[str, Callable[..., Any]]:
    """Functions for one step of one order.

    `calendar` is asked for only by what counts days. `limits` gives a stage's limit (or nothing), `clocks_started` when
    a stage or "TOTAL" began: a stage that is not in it begins now, or when the step is said to have been taken
    (`stated`). `readings`, where given, says instead what the stage's clock shows, days used before a pause included;
    `hours` those of the order's hall. Each function returns a FEEL context {"due": date-time, "why": context}; all
    raise Invalid.

    `why.stage` names the stage on whose clock the moment hangs, also through `before` and `after`; while that clock is
    paused `due` is null and `why.held` true, so that the timer waits for the clock to go on.
    """
    find = limits if callable(limits) else limits.get

    def found(stage: Any) -> tuple[clocks.Limit, Reading]:
        limit = find(stage) if isinstance(stage, str) else None
        if limit is None:
            raise Invalid(f"时限表中没有该环节的时限：{stage}", field="stage")
        if readings is not None:
            return limit, readings(limit.stage) or Reading()
        started = clocks_started.get(limit.stage)
        return limit, Reading(since=None if started is None else _day(started))

    def left(stage: Any, ends: Callable[..., clocks.Deadline], whole: str) -> dict[str, Any]:
        limit, clock = found(stage)
        if clock.paused:
            text = f"{limit.stage} 的计时已暂停，恢复后重新计算"
            return {"due": None, "why": {"rule": "clock_paused", "stage": limit.stage, "held": True, "text": text}}
        workdays = max(getattr(limit, whole) - clock.used_workdays, 0)
        end = ends(limit, clock.since or _day(stated or now), calendar(), workdays=workdays)
        return {"due": end.due_at, "why": dict(end.why)}

    def limit(stage: Any) -> dict[str, Any]:
        """End of the last day of the stage's limit."""
        return left(stage, clocks.deadline, "workdays")

    def warn(stage: Any) -> dict[str, Any]:
        """Morning of the day on which the warning share of the limit is reached."""
        return left(stage, clocks.warning, "warn_workdays")

    def workdays(n: Any) -> dict[str, Any]:
        """End of the n-th working day after today."""
        why = calendar().explain(_day(now), _count(n))
        return {"due": clocks.end_of(date.fromisoformat(why["due_on"])), "why": why}

    return {
        "limit": limit,
        "warn": warn,
        "workdays": workdays,
        "before": lambda instant, span: _before(calendar(), instant, span),
        "after": lambda instant, span: _after(calendar(), instant, span),
        "at": _at,
        "day_end": _day_end,
        "workhours": lambda n: _workhours(now, n, hours(), calendar()),
        "business_end": lambda day: business_end(_date(day, "business_end(日期)", "business_end"), hours(), calendar()),
    }


def _workhours(now: datetime, n: Any, hours: Hours, calendar: WorkingCalendar) -> dict[str, Any]:
    """When so many open hours of the hall have passed from now on."""
    if isinstance(n, bool) or not isinstance(n, int | Decimal):
        raise Invalid("workhours(小时数) 的参数应为数字", field="workhours")
    why = explain_hours(now, Decimal(n), hours, calendar)
    return {"due": datetime.fromisoformat(why["due_at"]), "why": why}


def counted_anew(why: Any, calendar: WorkingCalendar, ends: Ends, hours: Hours = ALWAYS) -> dict[str, Any] | None:
    """The moment that such a reason explains, counted again under this calendar, as these functions give it; None if no
    working day is in it or the reason does not say from where it was counted (those of before 2026-11-24 do not)."""
    rule = why.get("rule") if isinstance(why, Mapping) else None
    if rule == "workdays_after_start":
        start, n = date.fromisoformat(why["start_on"]), why["workdays"]
        if "stage" in why:
            end = ends(why["stage"], start, n, "warn_share" in why)
            return None if end is None else {"due": end.due_at, "why": dict(end.why)}
        told = calendar.explain(start, n)
        return {"due": clocks.end_of(date.fromisoformat(told["due_on"])), "why": told}
    if rule == "business_hours":
        return _workhours(datetime.fromisoformat(why["start_at"]), Decimal(why["hours"]), hours, calendar)
    if rule == "business_end":
        return business_end(date.fromisoformat(why["day"]), hours, calendar)
    if rule == "at" and "of" in why:
        day = counted_anew(why["of"], calendar, ends, hours)
        return None if day is None else _at(day, why["at"], why.get("note"))
    if rule not in _COUNTED:
        return None
    from_at, origin = why.get("from"), why.get("of")
    instant = datetime.fromisoformat(from_at) if from_at else counted_anew(origin, calendar, ends, hours)
    return None if instant is None else _COUNTED[rule](calendar, instant, why["workdays"])


def _before(calendar: WorkingCalendar, instant: Any, span: Any) -> dict[str, Any]:
    """The same time of day, n working days earlier: of a date-time, a date (its end) or one of these contexts."""
    n = _count(span)
    if _is_held(instant):
        return dict(instant)
    moment = _moment(instant, "before")
    last = moment.astimezone(SHANGHAI)
    # The end of a day belongs to that day: "one working day before Friday 24:00" is Thursday 24:00.
    if ends_day := last.time() == time(0):
        day = calendar.subtract_workdays(_last_day(moment), n)
        due = clocks.end_of(day)
    else:
        day = calendar.subtract_workdays(last.date(), n)
        due = datetime.combine(day, last.time(), SHANGHAI)
    text = f"{last:%Y-%m-%d %H:%M} 之前第{n}个工作日为 {day}" + ("（当日24:00）" if ends_day else "")
    why = {"rule": "workdays_before", "workdays": n, "due_on": str(day), "text": text}
    return {"due": due, "why": why | _origin(instant, moment) | _stage_of(instant)}


def _after(calendar: WorkingCalendar, instant: Any, span: Any) -> dict[str, Any]:
    """End of the n-th working day after the day of a date-time, a date or one of these contexts."""
    n = _count(span)
    if _is_held(instant):
        return dict(instant)
    moment = _moment(instant, "after")
    day = calendar.add_workdays(_last_day(moment), n)
    text = f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M} 之后第{n}个工作日为 {day}（当日24:00）"
    why = {"rule": "workdays_after", "workdays": n, "due_on": str(day), "text": text}
    return {"due": clocks.end_of(day), "why": why | _origin(instant, moment) | _stage_of(instant)}


def _at(day: Any, clock_time: Any, note: Any = None) -> dict[str, Any]:
    """A time of day ("09:00" or a FEEL time) on a date, or on that of a moment that was counted (24:00 is the next)."""
    if _is_held(day):
        return dict(day)
    counted, at = isinstance(day, Mapping), _time(clock_time)
    on = _date(_moment(day, "at") if counted else day, "at(日期, 时刻)", "at")
    due = datetime.combine(on, at, SHANGHAI)
    why = {"rule": "at", "at": f"{at:%H:%M}", "text": _noted(f"{due:%Y-%m-%d %H:%M}", note)}
    if counted and isinstance(day.get("why"), Mapping):
        why["text"] += f"；{day['why'].get('text', '')}"
        why |= _origin(day, due) | _stage_of(day) | ({"note": note} if isinstance(note, str) else {})
    return {"due": due, "why": why}


def _day_end(day: Any, note: Any = None) -> dict[str, Any]:
    """24:00 of a date; the author may say why that day."""
    on = _date(day, "day_end(日期)", "day_end")
    return {
        "due": clocks.end_of(on),
        "why": {"rule": "day_end", "due_on": str(on), "text": _noted(f"{on} 24:00", note)},
    }


def _noted(text: str, note: Any) -> str:
    """The author's own words for a moment, where he gave any."""
    return f"{text}；{note}" if isinstance(note, str) and note else text


_COUNTED = {"workdays_before": _before, "workdays_after": _after}


def _origin(instant: Any, moment: datetime) -> dict[str, Any]:
    """From where it was counted, so that it can be counted again: another such moment, or a plain instant."""
    why = instant.get("why") if isinstance(instant, Mapping) else None
    return {"of": dict(why)} if isinstance(why, Mapping) and _is_counted(why) else {"from": moment.isoformat()}


def _is_counted(why: Mapping[str, Any]) -> bool:
    return why.get("rule") in (*_COUNTED, "workdays_after_start", "business_hours", "business_end")


def _is_held(instant: Any) -> bool:
    return (
        isinstance(instant, Mapping) and isinstance(instant.get("why"), Mapping) and instant["why"].get("held") is True
    )


def _stage_of(instant: Any) -> dict[str, Any]:
    """The stage on whose clock a moment hangs, if it does: what is counted from it hangs there too."""
    why = instant.get("why") if isinstance(instant, Mapping) else None
    return {"stage": why["stage"]} if isinstance(why, Mapping) and "stage" in why else {}


def _last_day(moment: datetime) -> date:
    """The day to which an instant belongs: 24:00 belongs to the day that ends then."""
    local = moment.astimezone(SHANGHAI)
    return date.fromordinal(local.toordinal() - 1) if local.time() == time(0) else local.date()


def _day(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()


def _count(n: Any) -> int:
    whole = isinstance(n, int | Decimal) and not isinstance(n, bool) and n == int(n)
    if not whole or not 0 <= n <= 366:
        raise Invalid("工作日数应为 0 至 366 的整数", field="workdays")
    return int(n)


def _moment(instant: Any, name: str) -> datetime:
    value = instant.get("due") if isinstance(instant, Mapping) else instant
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return clocks.end_of(value)
    raise Invalid(f"{name}(时刻, 工作日数) 的第一个参数应为日期或带时区的时刻", field=name)


def _date(day: Any, call: str, name: str) -> date:
    on = day.astimezone(SHANGHAI).date() if isinstance(day, datetime) and day.tzinfo else day
    if isinstance(on, datetime) or not isinstance(on, date):
        raise Invalid(f"{call} 的第一个参数应为日期", field=name)
    return on


def _time(value: Any) -> time:
    try:
        read = time.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        read = None
    if not isinstance(read, time):
        raise Invalid('at(日期, 时刻) 的第二个参数应如 "09:00"', field="at")
    return read.replace(tzinfo=None)
