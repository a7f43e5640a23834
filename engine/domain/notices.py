"""A year's notice as somebody enters it: lines of a form or a CSV file become days off and make-up days. Reads and
judges; every fault says where it stands, with a stable code. Knows no database and no clock."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from engine.domain.calendar import OFFICIAL, PROVISIONAL, CalendarYear, statutory_days
from engine.errors import Fault, Invalid

HOLIDAY, MAKEUP = "HOLIDAY", "MAKEUP"
FIELDS = {HOLIDAY: "holidays", MAKEUP: "makeup_days"}
COLUMNS = ("date", "kind", "name")
FIRST_YEAR = 2008
"""Since then days are moved by the present rules; there is no order from before."""
N_YEARS_AHEAD = 2
MAX_BYTES = 65_536
"""A year has 366 days: whatever is longer is no calendar."""
N_MAX_LINES = 400
N_MAX_NAME, N_MIN_SOURCE, N_MAX_SOURCE = 100, 6, 500
N_MAX_FAULTS = 50
MAX_SPAN_DAYS = 31
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_DAY = r"(?:(\d{4})\s*[-年./]\s*)?(\d{1,2})\s*[-月./]\s*(\d{1,2})\s*日?"
_LINE = re.compile(
    rf"{_DAY}(?:\s*(?:至|到|~|～|—+|–)\s*(?:{_DAY}|(\d{{1,2}})\s*日))?(?:\s*[:：,，]\s*|\s+)(\S.*)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Span:
    """Days in a row of one name, both ends counted; `line` is where they stood in what was entered (0: unknown)."""

    first: date
    last: date
    name: str
    line: int = 0

    def days(self) -> Iterator[date]:
        """Every one of them."""
        for offset in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=offset)


@dataclass(frozen=True, slots=True)
class Entered:
    """What a notice says of the days."""

    holidays: tuple[Span, ...]
    makeup_days: tuple[Span, ...]


def read_lines(text: str, year: int, field: str) -> tuple[Span, ...]:
    """Lines like `2027-02-05 至 2027-02-11 春节` or `2月5日至11日 春节`; a year may be left out. Raises Invalid."""
    lines = text.splitlines()
    if len(lines) > N_MAX_LINES:
        raise _refused([Fault(field, "too_large", f"最多 {N_MAX_LINES} 行")])
    spans, faults = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            spans.append(_span(line.replace("\u3000", " ").strip(), year, number))
        except ValueError:
            reason = f"第 {number} 行无法读取，应如“{year}-10-01 至 {year}-10-07 国庆节”"
            faults.append(Fault(f"{field}:{number}", "bad_line", reason))
    if faults:
        raise _refused(faults)
    return tuple(spans)


def _span(line: str, year: int, number: int) -> Span:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(line)
    year_of, month, day, last_year, last_month, last_day, only_day, name = found.groups()
    first = date(int(year_of or year), int(month), int(day))
    last = first
    if last_month:
        last = date(int(last_year or first.year), int(last_month), int(last_day))
    elif only_day:
        last = first.replace(day=int(only_day))
    return Span(first, last, name.strip(), number)


def written(days: Mapping[date, str]) -> str:
    """Days as the lines that `read_lines` reads: neighbours of one name in one line."""
    return "\n".join(
        f"{span.first} {span.name}" if span.first == span.last else f"{span.first} 至 {span.last} {span.name}"
        for span in spans_of(days)
    )


def spans_of(days: Mapping[date, str]) -> list[Span]:
    """Days in their order, neighbours of one name joined."""
    spans: list[Span] = []
    for day in sorted(days):
        before = spans[-1] if spans else None
        if before and before.name == days[day] and day - before.last == timedelta(days=1):
            spans[-1] = Span(before.first, day, before.name)
        else:
            spans.append(Span(day, day, days[day]))
    return spans


def read_csv(data: bytes) -> Entered:
    """A file of `date,kind,name` with a header; kind HOLIDAY or MAKEUP; UTF-8, a BOM may stand before. Raises Invalid
    with every fault: `csv:LINE.COLUMN`."""
    if len(data) > MAX_BYTES:
        raise _refused([Fault("csv", "too_large", f"文件大于 {MAX_BYTES // 1024} KB，不是一年的日历")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _refused([Fault(f"csv:{line}", "not_utf8", f"第 {line} 行不是 UTF-8 编码，请另存为 UTF-8")]) from None
    try:
        rows = _rows(text)
    except csv.Error:
        raise _refused([Fault("csv", "bad_csv", "不是 CSV 文件")]) from None
    header = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    if header != list(COLUMNS):
        reason = f"第 1 行应为 {','.join(COLUMNS)}"
        raise _refused([Fault("csv:1", "bad_header", reason)])
    if len(rows) - 1 > N_MAX_LINES:
        raise _refused([Fault("csv", "too_large", f"最多 {N_MAX_LINES} 行")])
    spans: dict[str, list[Span]] = {HOLIDAY: [], MAKEUP: []}
    faults: list[Fault] = []
    for line, cells in rows[1:]:
        found = list(_cell_faults(line, cells))
        faults += found
        if not found:
            day = date.fromisoformat(cells[0].strip())
            spans[cells[1].strip().upper()].append(Span(day, day, cells[2].strip(), line))
    if faults:
        raise _refused(faults)
    return Entered(tuple(spans[HOLIDAY]), tuple(spans[MAKEUP]))


def csv_of(holidays: Mapping[date, str], makeup_days: Mapping[date, str]) -> str:
    """Days as the file that `read_csv` reads."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    rows = [(day, HOLIDAY, name) for day, name in holidays.items()]
    rows += [(day, MAKEUP, name) for day, name in makeup_days.items()]
    writer.writerows(sorted(rows))
    return text.getvalue()


def _rows(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    return [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]


def _cell_faults(line: int, cells: Sequence[str]) -> Iterator[Fault]:
    if len(cells) != len(COLUMNS):
        yield Fault(f"csv:{line}", "bad_row", f"第 {line} 行应有 {len(COLUMNS)} 列，实有 {len(cells)} 列")
        return
    on, kind, name = (cell.strip() for cell in cells)
    if not _is_day(on):
        yield Fault(f"csv:{line}.date", "bad_date", f"第 {line} 行 date：应如 2027-10-01，而不是“{on[:20]}”")
    if kind.upper() not in FIELDS:
        yield Fault(f"csv:{line}.kind", "bad_kind", f"第 {line} 行 kind：应为 HOLIDAY 或 MAKEUP，而不是“{kind[:20]}”")
    if not name:
        yield Fault(f"csv:{line}.name", "name_missing", f"第 {line} 行 name：缺少名称")


def _is_day(text: str) -> bool:
    try:
        return ISO_DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def year_of(
    year: int, version: int, status: str, source: str, notice_on: date | None, days: Entered, today: date
) -> CalendarYear:
    """The year that a notice makes, with its citation. Raises Invalid with everything that is wrong, at most fifty."""
    faults = [*_head_faults(year, status, source, notice_on, today), *_span_faults(year, days)]
    if faults:
        raise _refused(faults)
    holidays, makeup = (_by_day(spans) for spans in (days.holidays, days.makeup_days))
    faults = list(_day_faults(year, holidays, makeup))
    if faults:
        raise _refused(faults)
    return CalendarYear(year, version, status, holidays, makeup, source)


def _head_faults(year: int, status: str, source: str, notice_on: date | None, today: date) -> Iterator[Fault]:
    last = today.year + N_YEARS_AHEAD
    if not FIRST_YEAR <= year <= last:
        yield Fault("year", "year_out_of_bounds", f"年份应在 {FIRST_YEAR} 至 {last} 之间")
    if status not in (OFFICIAL, PROVISIONAL):
        yield Fault("status", "bad_status", "状态只能是 OFFICIAL 或 PROVISIONAL")
    if not N_MIN_SOURCE <= len(source) <= N_MAX_SOURCE or not source.isprintable():
        yield Fault("source", "bad_source", f"依据须为 {N_MIN_SOURCE} 至 {N_MAX_SOURCE} 字的一行文字，写明文件名称")
    if notice_on is None:
        if status == OFFICIAL:
            yield Fault("notice_on", "notice_date_missing", "正式日历须填写通知的发布日期")
    elif notice_on > today:
        yield Fault("notice_on", "notice_date_future", "通知的发布日期不得晚于今天")
    elif notice_on.year < year - 2:
        yield Fault("notice_on", "notice_date_early", f"{notice_on} 发布的通知不会安排 {year} 年")


def _span_faults(year: int, days: Entered) -> Iterator[Fault]:
    seen: dict[date, str] = {}
    for field, spans in (("holidays", days.holidays), ("makeup_days", days.makeup_days)):
        for span in spans:
            place = f"{field}:{span.line}" if span.line else field
            if not 0 <= (span.last - span.first).days < MAX_SPAN_DAYS:
                yield Fault(place, "bad_range", f"{span.first} 至 {span.last} 不是 1 至 {MAX_SPAN_DAYS} 天")
                continue
            if not _is_name(span.name.strip()):
                reason = f"{span.first}：名称须为 1 至 {N_MAX_NAME} 个可见字符，不得以 = + - @ 开头"
                yield Fault(place, "bad_name", reason)
            for day in span.days():
                if day.year != year:
                    reason = f"{day} 不在 {year} 年，请在 {day.year} 年的日历中录入"
                    yield Fault(place, "wrong_year", reason)
                elif day in seen:
                    yield Fault(place, "duplicate_day", f"{day} 出现两次（另见 {seen[day]}）")
                seen.setdefault(day, place)


def _is_name(name: str) -> bool:
    """No name that a spreadsheet would run as a formula when the file is opened."""
    return 0 < len(name) <= N_MAX_NAME and name.isprintable() and name[0] not in "=+-@"


def _day_faults(year: int, holidays: Mapping[date, str], makeup: Mapping[date, str]) -> Iterator[Fault]:
    for day, name in statutory_days(year).items():
        if day not in holidays:
            yield Fault("holidays", "statutory_day_missing", f"{day}（{name}）是法定节假日，须在放假日期内")
    for day in makeup:
        if day.weekday() < 5:
            yield Fault("makeup_days", "bad_makeup_day", f"{day} 是周一至周五，本来就上班")


def _by_day(spans: Iterable[Span]) -> dict[date, str]:
    return dict(sorted((day, span.name.strip()) for span in spans for day in span.days()))


def _refused(faults: Sequence[Fault]) -> Invalid:
    n = len(faults)
    more = f"，仅列出前 {N_MAX_FAULTS} 处" if n > N_MAX_FAULTS else ""
    return Invalid(f"日历有 {n} 处错误{more}", faults=faults[:N_MAX_FAULTS])
