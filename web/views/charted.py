"""Figures as the page, its pictures and its files show them: titled rows. Reads nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext

from engine.queries.dashboards import Dashboard, Numbers, Place
from web.context import unit_name
from web.presentation import category_name, stage_name, state_name, until, when
from web.words_figures import figure_name, left_name, percent, rate_name, why_late_name

Rows = list[list[Any]]
Link = Callable[..., str]
COLUMNS = ("accepted", "archived", "late", "open", "overdue")


@dataclass(frozen=True, slots=True)
class Series:
    """One number of every row of a chart."""

    title: str
    colour: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row: what it is of, and for each series the number, its address and how it reads."""

    name: str
    cells: tuple[tuple[float | None, str, str], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A table with a picture of it; `percent` when its numbers are shares, `stacked` when they add up."""

    id: str
    title: str
    of: str
    series: tuple[Series, ...]
    rows: tuple[Row, ...]
    percent: bool = False
    stacked: bool = False


def presets(today: date) -> list[tuple[str, str, str]]:
    """Periods that are often asked for: title, first and last day."""
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    quarter = month.replace(month=(today.month - 1) // 3 * 3 + 1)
    before = (month - timedelta(days=1)).replace(day=1)
    found = [
        (gettext("本月"), month, today),
        (gettext("上月"), before, month - timedelta(days=1)),
        (gettext("本季"), quarter, today),
        (gettext("本年"), year, today),
    ]
    return [(title, first.isoformat(), last.isoformat()) for title, first, last in found]


def charts(found: Dashboard, bounds: tuple[int, ...], link: Link) -> list[Chart]:
    """The pictures of a dashboard, each a table first."""
    return [chart for chart in _charts(found, tuple(sorted(bounds)), link) if chart.rows]


def _charts(found: Dashboard, bounds: tuple[int, ...], link: Link) -> Iterator[Chart]:
    n = gettext("工单数")
    yield _counts("steps", gettext("在途工单按环节"), gettext("环节"), found.steps, "step",
                  lambda stage: stage_name(stage) if stage else gettext("其他"), link, n)  # fmt: skip
    yield _counts("left", gettext("在途工单按剩余时限"), gettext("剩余时限"), found.left, "left",
                  lambda code: left_name(code, bounds), link, n)  # fmt: skip
    yield _counts("reasons", gettext("超期原因"), gettext("原因"), found.reasons, "why", why_late_name, link, n, "red")
    yield _counts("late-stages", gettext("期内办结超时限的时钟"), gettext("时钟"), found.late_stages, "late_stage",
                  stage_name, link, n, "red")  # fmt: skip
    yield _categories(found, link)
    yield _levels(found, link)
    if found.lines:
        yield _rates(found, link)


def _counts(
    chart_id: str,
    title: str,
    of: str,
    pairs: Sequence[tuple[str, int]],
    figure: str,
    name: Callable[[str], str],
    link: Link,
    series: str,
    colour: str = "blue",
) -> Chart:
    rows = [Row(name(code), ((n, link(figure=figure, value=code), str(n)),)) for code, n in pairs]
    return Chart(chart_id, title, of, (Series(series, colour),), tuple(rows))


def _categories(found: Dashboard, link: Link) -> Chart:
    rows = [
        Row(
            category_name(category),
            (
                (numbers.on_time, link(figure="on_time", value=category), str(numbers.on_time)),
                (numbers.late, link(figure="late", value=category), str(numbers.late)),
            ),
        )
        for category, numbers in found.categories
    ]
    series = (Series(gettext("按时办结"), "green"), Series(gettext("超时限"), "red"))
    title = gettext("期内办结按业务类别")
    return Chart("categories", title, gettext("业务类别"), series, tuple(rows), stacked=True)


def _levels(found: Dashboard, link: Link) -> Chart:
    rows = []
    for level in found.levels:
        rate = level.face / level.identified if level.identified else None
        covered = level.n_with_face / level.n_halls
        shown = gettext("%(rate)s（%(a)s/%(b)s）", rate=percent(rate), a=level.face, b=level.identified)
        halls = gettext("%(rate)s（%(a)s/%(b)s）", rate=percent(covered), a=level.n_with_face, b=level.n_halls)
        cells = ((rate, link(figure="identified", value=level.level), shown),
                 (covered, link(figure="face", value=level.level), halls))  # fmt: skip
        rows.append(Row(gettext("%(level)s级营业厅", level=level.level), cells))
    series = (Series(rate_name("face"), "blue"), Series(gettext("推广覆盖率（有刷脸工单的厅）"), "green"))
    return Chart("levels", gettext("刷脸办电按营业厅级别"), gettext("级别"), series, tuple(rows), percent=True)


def _rates(found: Dashboard, link: Link) -> Chart:
    wanted = ("on_time", "unpapered", "face", "kept")
    colours = ("green", "blue", "purple", "yellow")
    rows = [
        Row(
            place.name,
            tuple(
                (numbers.rates[name], link(figure=name, place=place), percent(numbers.rates[name])) for name in wanted
            ),
        )
        for place, numbers in found.lines
        if any(rate is not None for rate in numbers.rates.values())
    ]
    series = tuple(Series(rate_name(name), colour) for name, colour in zip(wanted, colours, strict=True))
    return Chart("rates", gettext("各单位比率"), gettext("单位"), series, tuple(rows), percent=True)


def place_table(found: Dashboard) -> tuple[list[str], Rows]:
    """Headings and rows of the table of places, its sum last."""
    names = [*COLUMNS, "unpapered", "identified", "face", "promised", "kept"]
    rates = ("on_time", "unpapered", "face", "kept")
    head = [gettext("单位"), gettext("编码"), *map(figure_name, names), *map(rate_name, rates)]

    def row(place: Place, numbers: Numbers, title: str) -> list[Any]:
        counted = [getattr(numbers, name) for name in names]
        shares = numbers.rates
        return [title, place.hall or place.unit, *counted, *[exported_share(shares[name]) for name in rates]]

    lines = [row(place, numbers, place.name) for place, numbers in found.lines]
    return head, [*lines, row(found.place, found.total, gettext("合计"))]


def exported_share(share: float | None) -> float | str:
    """A share as a file holds it: four places."""
    return "" if share is None else round(share, 4)


def order_table(rows: list[dict[str, Any]]) -> tuple[list[str], Rows]:
    """Headings and rows of a list of orders; the customer stays masked."""
    head = [gettext("工单号"), gettext("业务类别"), gettext("客户"), gettext("状态"), gettext("供电单位"),
            gettext("营业厅"), gettext("提交时间"), gettext("受理时间"), gettext("办结时间"), gettext("法定到期"),
            gettext("超期原因")]  # fmt: skip
    return head, [
        [
            row["order_no"],
            category_name(row["category"]),
            row["name_masked"],
            state_name(row["status"]),
            unit_name(row["unit_code"]),
            row["hall_code"],
            when(row["submitted_at"]),
            when(row["accepted_at"]),
            when(row["completed_at"]),
            until(row["legal_due_at"]) if row["completed_at"] is None else "",
            why_late_name(row["why"]) if row["why"] else "",
        ]
        for row in rows
    ]
