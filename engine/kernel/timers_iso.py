"""The ISO 8601 durations and instants that a diagram may write down, by a strict grammar of our own. Knows no clock.

Stricter than the standard where it lets two readers disagree: no signs, no weeks beside other parts, a fraction only on
the last part and only on weeks, days and smaller, never a date-time without an offset. Small letters are taken too.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from engine.clock import SHANGHAI
from engine.errors import Invalid

MAX_YEARS: Final = 10
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2199

_NUMBER = r"(\d{1,9}(?:[.,]\d{1,6})?)"
_DURATION = re.compile(
    rf"P(?:{_NUMBER}W|(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}D)?(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?)",
    re.IGNORECASE | re.ASCII,
)
_INSTANT = re.compile(
    r"(\d{4})-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_SECONDS: Final = (604_800, 86_400, 3_600, 60, 1)
_LOOKS_ISO = re.compile(r"[+-]?(?:[Pp]|[Rr]\d*/|\d)[\dPYMWDTHSZpymwdthsz.,:/+ -]*", re.ASCII)


class NotIso(Invalid, ValueError):
    """The text is no duration and no instant that we take; `detail` says why."""

    code = "timer_iso"
    text = "不是可用的 ISO 8601 时间"


@dataclass(frozen=True, slots=True)
class IsoDuration:
    """Calendar months and an exact span; kept apart because a month has no fixed length."""

    months: int
    span: timedelta


def parse_iso(text: str) -> IsoDuration | datetime:
    """The duration or the aware instant that `text` states; a pair of double quotes around it is tolerated.

    Raises NotIso: empty, malformed, negative, repeating, without an offset, longer than ten years, out of 2000-2199.
    """
    bare = text.strip()
    if len(bare) >= 2 and bare[0] == bare[-1] == '"':
        bare = bare[1:-1].strip()
    if len(bare) > 64:
        raise NotIso("文字过长")
    if duration := _DURATION.fullmatch(bare):
        return _duration(bare, duration.groups())
    if instant := _INSTANT.fullmatch(bare):
        return _instant(bare, int(instant[1]), instant[2])
    raise NotIso(f"“{bare[:40]}”{_why_not(bare)}")


def looks_iso(text: str) -> bool:
    """Whether the author plainly meant ISO 8601, so that the text may not pass as FEEL (`-PT5M`, `P`, `5m`, `"x"`)."""
    bare = text.strip()
    return not bare or re.fullmatch(r'"[^"]*"', bare) is not None or _LOOKS_ISO.fullmatch(bare) is not None


def add(now: datetime, duration: IsoDuration) -> datetime:
    """The instant `duration` after `now` (aware): first whole months on the Shanghai calendar, then the exact span.

    31 January + P1M = the last day of February. The result keeps the offset of `now`.
    """
    if now.tzinfo is None:
        raise NotIso("起算时刻没有时区")
    local = now.astimezone(SHANGHAI)
    months = local.year * 12 + local.month - 1 + duration.months
    year, month = divmod(months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(now.tzinfo) + duration.span


def _duration(text: str, parts: tuple[str | None, ...]) -> IsoDuration:
    weeks, years, months, *rest = parts
    given = [part for part in parts if part is not None]
    if not given or text[-1] in "tT":
        raise NotIso(f"“{text}”没有写出任何时长")
    if any("." in part or "," in part for part in given[:-1]):
        raise NotIso(f"“{text}”只有最后一个数可以带小数")
    for part in (years, months):
        if part is not None and not part.isdigit():
            raise NotIso(f"“{text}”年和月不能带小数：长短不定")
    total_months = int(years or 0) * 12 + int(months or 0)
    numbers = (weeks, *rest)
    seconds = sum(
        (Fraction((part or "0").replace(",", ".")) * unit for part, unit in zip(numbers, _SECONDS, strict=True)),
        start=Fraction(0),
    )
    if Fraction(total_months, 12) + seconds / Fraction("31557600") > MAX_YEARS:
        raise NotIso(f"“{text}”超过 {MAX_YEARS} 年")
    return IsoDuration(total_months, timedelta(microseconds=round(seconds * 1_000_000)))


def _instant(text: str, year: int, offset: str | None) -> datetime:
    if offset is None:
        raise NotIso(f"“{text}”没有时区，请在末尾写明 +08:00")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotIso(f"“{text}”不在 {FIRST_YEAR} 至 {LAST_YEAR} 年之间")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise NotIso(f"“{text}”不是存在的时刻") from None


def _why_not(text: str) -> str:
    if not text:
        return "是空的"
    if text[0] in "+-" or "P-" in text.upper():
        return "带有正负号，时长不能为负"
    if text[0] in "Rr":
        return "是重复间隔，不是时长"
    if re.fullmatch(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?", text):
        return "没有时区，也可能缺少 T；应写作 2026-08-22T09:00:00+08:00"
    return "不是 ISO 8601 的时长（如 PT5M、P3D）或时刻（如 2026-08-22T09:00:00+08:00）"
