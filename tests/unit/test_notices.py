from __future__ import annotations

from datetime import date

import pytest

from engine.domain.calendar import OFFICIAL, PROVISIONAL, WorkingCalendar, provisional_year, turned_days
from engine.domain.notices import MAX_BYTES, Entered, Span, csv_of, read_csv, read_lines, spans_of, written, year_of
from engine.errors import Invalid
from tests.notices import HOLIDAYS, MAKEUP, SOURCE, TURNED

TODAY = date(2026, 11, 24)
CSV = "date,kind,name\n2027-01-01,HOLIDAY,元旦\n2027-02-20,MAKEUP,春节调休上班\n"


def entered(holidays=HOLIDAYS, makeup=MAKEUP):
    return Entered(read_lines(holidays, 2027, "holidays"), read_lines(makeup, 2027, "makeup_days"))


def made(year=2027, status=OFFICIAL, source=SOURCE, notice_on=date(2026, 11, 4), days=None, today=TODAY):
    return year_of(year, 2, status, source, notice_on, days or entered(), today)


def faults(call, *args, **kwargs):
    with pytest.raises(Invalid) as caught:
        call(*args, **kwargs)
    return [(fault.field, fault.code) for fault in caught.value.faults]


@pytest.mark.parametrize(
    "line",
    ["2027-02-05 至 2027-02-11 春节", "2027-02-05~2027-02-11 春节", "02-05 至 02-11 春节", "2月5日至2月11日：春节",
     "2月5日至11日 春节", "2027年2月5日—2027年2月11日，春节", "  2027/2/5 到 2027/2/11   春节  ",
     "2月5日至11日\u3000春节"],
)  # fmt: skip
def test_a_range_may_be_written_as_people_write_it(line):
    assert read_lines(line, 2027, "holidays") == (Span(date(2027, 2, 5), date(2027, 2, 11), "春节", 1),)


def test_a_day_alone_and_blank_lines():
    found = read_lines("\n2027-06-09 端午节\n\n9月15日 中秋节\n", 2027, "holidays")

    assert [(str(span.first), str(span.last), span.name, span.line) for span in found] == [
        ("2027-06-09", "2027-06-09", "端午节", 2),
        ("2027-09-15", "2027-09-15", "中秋节", 4),
    ]


@pytest.mark.parametrize(
    "line", ["春节", "2027-02-05", "2027-02-30 春节", "2027-13-01 元旦", "二月五日 春节", "2-5-11 x y"]
)
def test_a_line_that_cannot_be_read_is_named(line):
    assert faults(read_lines, f"2027-01-01 元旦\n{line}", 2027, "holidays")[0] == ("holidays:2", "bad_line")


def test_what_is_written_is_read_again():
    days = {day: span.name for span in read_lines(HOLIDAYS, 2027, "holidays") for day in span.days()}

    assert written(days) == HOLIDAYS
    assert len(spans_of(days)) == 7


def test_the_year_that_a_notice_makes():
    year = made()

    assert (year.label, len(year.holidays), len(year.makeup_days)) == ("日历 2027 v2", 27, 5)
    before = WorkingCalendar.of([provisional_year(2027)])
    assert before.is_workday(date(2027, 2, 9)) and not year.is_workday(date(2027, 2, 9))
    assert year.is_workday(date(2027, 2, 20))


def test_turned_days_are_those_that_count_otherwise():
    found = {str(day) for day in turned_days(provisional_year(2027), made())}

    # the statute's moveable feasts are in our file for 2027, not in the year without any file
    assert found == set(TURNED) | {"2027-02-05", "2027-02-08", "2027-04-05", "2027-06-09", "2027-09-15"}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"year": 2007}, ("year", "year_out_of_bounds")),
        ({"year": 2029}, ("year", "year_out_of_bounds")),
        ({"status": "MAYBE"}, ("status", "bad_status")),
        ({"source": "通知"}, ("source", "bad_source")),
        ({"source": "x" * 501}, ("source", "bad_source")),
        ({"source": "国务院办公厅\n通知"}, ("source", "bad_source")),
        ({"notice_on": None}, ("notice_on", "notice_date_missing")),
        ({"notice_on": date(2026, 11, 25)}, ("notice_on", "notice_date_future")),
        ({"notice_on": date(2024, 12, 31)}, ("notice_on", "notice_date_early")),
        ({"days": entered(HOLIDAYS + "\n2026-12-31 元旦")}, ("holidays:8", "wrong_year")),
        ({"days": entered(HOLIDAYS + "\n2027-02-11 春节")}, ("holidays:8", "duplicate_day")),
        ({"days": entered(makeup=MAKEUP + "\n2027-02-06 春节调休")}, ("makeup_days:6", "duplicate_day")),
        ({"days": entered(makeup=MAKEUP + "\n2027-03-01 补班")}, ("makeup_days", "bad_makeup_day")),
        ({"days": entered(HOLIDAYS + "\n2027-08-02 至 2027-08-01 假")}, ("holidays:8", "bad_range")),
        ({"days": entered(HOLIDAYS + "\n2027-07-01 至 2027-08-01 假")}, ("holidays:8", "bad_range")),
        ({"days": entered(HOLIDAYS + "\n2027-07-01 " + "假" * 101)}, ("holidays:8", "bad_name")),
        ({"days": entered(HOLIDAYS + "\n2027-07-01 =1+1")}, ("holidays:8", "bad_name")),
        ({"days": entered(HOLIDAYS.replace("05-05", "05-01"))}, ("holidays", "statutory_day_missing")),
    ],
)
def test_what_no_notice_can_say_is_refused(changes, fault):
    assert fault in faults(made, **changes)


def test_a_provisional_year_needs_no_notice():
    assert made(status=PROVISIONAL, notice_on=None).status == PROVISIONAL


def test_a_year_as_a_file_is_read_again():
    year = made()
    read = read_csv(csv_of(year.holidays, year.makeup_days).encode("utf-8-sig"))

    assert made(days=read) == year


@pytest.mark.parametrize("data", [CSV.encode(), CSV.encode("utf-8-sig"), CSV.replace("\n", "\r\n").encode(),
                                  CSV.replace("HOLIDAY", "holiday").replace("date,kind", "Date , Kind").encode(),
                                  (CSV + "\n,,\n").encode()])  # fmt: skip
def test_a_file_is_read(data):
    assert read_csv(data) == Entered(
        (Span(date(2027, 1, 1), date(2027, 1, 1), "元旦", 2),),
        (Span(date(2027, 2, 20), date(2027, 2, 20), "春节调休上班", 3),),
    )


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", [("csv:1", "bad_header")]),
        (b"day,what\n", [("csv:1", "bad_header")]),
        (CSV.encode("gb18030"), [("csv:2", "not_utf8")]),
        (b"\x00\x01" * 10, [("csv:1", "bad_header")]),
        (CSV.replace("01-01", "02-30").encode(), [("csv:2.date", "bad_date")]),
        (CSV.replace("2027-01-01", "20270101").encode(), [("csv:2.date", "bad_date")]),
        (CSV.replace("MAKEUP", "WORK").encode(), [("csv:3.kind", "bad_kind")]),
        (CSV.replace("元旦", " ").encode(), [("csv:2.name", "name_missing")]),
        ((CSV + "2027-05-01,HOLIDAY\n").encode(), [("csv:4", "bad_row")]),
        ((CSV + '2027-05-01,HOLIDAY,"x\n').encode(), [("csv", "bad_csv")]),
        (
            (CSV + "1,2,\n").encode(),
            [("csv:4.date", "bad_date"), ("csv:4.kind", "bad_kind"), ("csv:4.name", "name_missing")],
        ),
        (CSV.encode() + b"\n" * MAX_BYTES, [("csv", "too_large")]),
        (("date,kind,name\n" + "2027-01-01,HOLIDAY,x\n" * 401).encode(), [("csv", "too_large")]),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_line_and_field(data, found):
    assert faults(read_csv, data) == found


def test_no_more_than_fifty_faults_are_told():
    with pytest.raises(Invalid, match="日历有 60 处错误，仅列出前 50 处") as caught:
        read_csv(("date,kind,name\n" + "x,HOLIDAY,y\n" * 60).encode())

    assert len(caught.value.faults) == 50
