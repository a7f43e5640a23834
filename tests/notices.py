"""The notice for 2027 as the tests imagine it: there is no real one yet."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine.commands.enter_calendar_year import EnterCalendarYear
from engine.domain.notices import read_lines

SOURCE = "国务院办公厅关于2027年部分节假日安排的通知"
HOLIDAYS = """\
2027-01-01 至 2027-01-03 元旦
2027-02-05 至 2027-02-11 春节
2027-04-03 至 2027-04-05 清明节
2027-05-01 至 2027-05-05 劳动节
2027-06-09 端午节
2027-09-15 中秋节
2027-10-01 至 2027-10-07 国庆节"""
MAKEUP = """\
2027-01-31 春节调休上班
2027-02-20 春节调休上班
2027-05-08 劳动节调休上班
2027-09-26 国庆节调休上班
2027-10-09 国庆节调休上班"""
TURNED = [
    "2027-01-31", "2027-02-09", "2027-02-10", "2027-02-11", "2027-02-20", "2027-05-03", "2027-05-04", "2027-05-05",
    "2027-05-08", "2027-09-26", "2027-10-04", "2027-10-05", "2027-10-06", "2027-10-07", "2027-10-09",
]  # fmt: skip
"""What it changes of the provisional year."""


def notice(key: str = "notice", **changes: Any) -> EnterCalendarYear:
    year = changes.get("year", 2027)
    told: dict[str, Any] = {
        "year": year,
        "based_on": 1,
        "status": "OFFICIAL",
        "source": SOURCE,
        "notice_on": date(2026, 3, 1),
        "holidays": HOLIDAYS,
        "makeup_days": MAKEUP,
    } | changes
    for field in ("holidays", "makeup_days"):
        told[field] = read_lines(told[field], year, field)
    return EnterCalendarYear(**told, key=key)
