"""Deadlines that were counted anew, as people read them: why, and both values of each. Judges nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext

from engine.queries.orders import Entry
from web.presentation import day, stage_name, until
from web.words import word

EVENT = "DeadlinesRecounted"
_CALENDAR = re.compile(r"CALENDAR (\d{4}) v(\d+)")


@dataclass(frozen=True, slots=True)
class Recounted:
    """One recount of one clock, for the order page."""

    recorded_at: datetime
    cause: str
    change: str


def cause_name(cause: str) -> str:
    """Why it was counted anew; an unknown cause is shown as it is."""
    if found := _CALENDAR.fullmatch(cause):
        return gettext("%(year)s 年日历更新为 v%(version)s", year=found[1], version=found[2])
    return gettext("办理时间更正") if cause == "CORRECTION" else cause


def details(body: Mapping[str, Any], elements: Mapping[str, str]) -> Iterator[str]:
    """What the timeline says of a recount, line by line."""
    yield gettext("原因：%(cause)s", cause=cause_name(body.get("cause", "")))
    for clock in body.get("clocks", ()):
        yield f"{stage_name(clock['stage'])}：{_change(clock)}"
    for timer in body.get("timers", ()):
        name = elements.get(timer["element"], timer["element"])
        yield gettext("定时：%(name)s", name=name) + f" {_from_to(_moment(timer['before']), _moment(timer['after']))}"
    for promise in body.get("promises", ()):
        name = word(promise["doc_type"])
        yield gettext("承诺补交：%(name)s", name=name) + f" {_from_to(_day(promise['before']), _day(promise['after']))}"


def by_stage(entries: Sequence[Entry]) -> dict[str, list[Recounted]]:
    """Every recount of each clock, the newest first."""
    found: dict[str, list[Recounted]] = {}
    for entry in reversed(entries):
        if entry.kind == EVENT:
            for clock in entry.body.get("clocks", ()):
                told = Recounted(entry.recorded_at, cause_name(entry.body.get("cause", "")), _change(clock))
                found.setdefault(clock["stage"], []).append(told)
    return found


def _change(clock: Mapping[str, Any]) -> str:
    parts = []
    if clock["before"] != clock["after"]:
        parts.append(_from_to(_day(clock["before"]), _day(clock["after"])))
    if clock.get("used_before") != clock.get("used_after"):
        parts.append(
            gettext("已用 %(before)s → %(after)s 个工作日", before=clock["used_before"], after=clock["used_after"])
        )
    versions = [_versions(clock.get("calendar_before")), _versions((clock.get("why") or {}).get("calendar"))]
    if all(versions) and versions[0] != versions[1]:
        parts.append(f"{versions[0]} → {versions[1]}")
    return "，".join(parts) or gettext("截止日不变")


def _versions(years: Sequence[Mapping[str, Any]] | None) -> str:
    return "、".join(gettext("日历 %(year)s v%(version)s", year=y["year"], version=y["version"]) for y in years or ())


def _from_to(before: str, after: str) -> str:
    return gettext("由 %(before)s 改为 %(after)s", before=before, after=after)


def _day(text: str | None) -> str:
    return day(date.fromisoformat(text)) if text else gettext("不计时")


def _moment(text: str | None) -> str:
    if not text:
        return gettext("暂不触发")
    return until(datetime.fromisoformat(text))
