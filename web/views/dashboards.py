"""Dashboards (看板): figures of a unit or hall, the orders behind each, and both as files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, render_template, request, url_for
from flask_babel import gettext

from engine.errors import Invalid
from engine.policy import Permission
from engine.queries import dashboards as queries
from engine.queries.dashboards import Numbers, Period, Place
from engine.queries.view import View
from web import guard, words_figures
from web.accounts import actor, engine
from web.views import charted, exported

dashboards = guard.Blueprint("dashboards", __name__, enable_openapi=False)

PAGE = 50
_CODE = re.compile(r"[0-9A-Z_]{0,24}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    unit: str
    hall: str
    period: Period

    def args(self, place: Place | None = None) -> dict[str, Any]:
        """The same as parameters of a link, for another place if one is given."""
        unit, hall = (place.unit, place.hall) if place else (self.unit, self.hall)
        days = {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        return {"unit": unit or None, "hall": hall or None, **days}


@dashboards.get("/dashboards", needs=Permission.FIGURE_READ)
def index() -> str:
    """The figures of one place."""
    with engine().read() as view:
        asked = asked_for(view)
        found = queries.dashboard(view, actor(), asked.unit, asked.hall, asked.period)
        today = queries.period_of(view, None, None).last
    return render_template(
        "dashboard.html",
        found=found,
        asked=asked,
        args=asked.args(),
        presets=charted.presets(today),
        rates=[(name, rate, *_fraction(found.total, name)) for name, rate in found.total.rates.items()],
        charts=charted.charts(found, engine().settings.days_left, lambda **more: behind(asked, **more)),
        behind=lambda figure, value="", place=None: behind(asked, figure=figure, value=value, place=place),
    )


@dashboards.get("/dashboards.csv", needs=Permission.FIGURE_READ, defaults={"kind": "csv"})
@dashboards.get("/dashboards.xlsx", needs=Permission.FIGURE_READ, defaults={"kind": "xlsx"})
def figures_file(kind: str) -> Response:
    """The table of places as a file."""
    with engine().read() as view:
        asked = asked_for(view)
        found = queries.dashboard(view, actor(), asked.unit, asked.hall, asked.period)
    return exported.download(kind, _file_name(found.place, asked), *charted.place_table(found))


@dashboards.get("/dashboards/orders", needs=Permission.FIGURE_READ)
def orders() -> str:
    """The orders behind a figure."""
    figure, value = _figure()
    after = request.args.get("after", "")
    with engine().read() as view:
        asked = asked_for(view)
        place = queries.place_of(view, actor(), asked.unit, asked.hall)
        rows = queries.orders_behind(
            view,
            actor(),
            figure,
            value,
            unit=asked.unit,
            hall=asked.hall,
            period=asked.period,
            after=int(after) if re.fullmatch(r"[0-9]{1,15}", after, re.ASCII) else None,
            limit=PAGE,
        )
    following = rows[-1]["id"] if len(rows) == PAGE else None
    title = _title(figure, value)
    return render_template(
        "dashboard_orders.html", rows=rows, place=place, asked=asked, args=asked.args(), figure=figure, value=value,
        heading=title, after=following,
    )  # fmt: skip


@dashboards.get("/dashboards/orders.csv", needs=Permission.FIGURE_READ, defaults={"kind": "csv"})
@dashboards.get("/dashboards/orders.xlsx", needs=Permission.FIGURE_READ, defaults={"kind": "xlsx"})
def orders_file(kind: str) -> Response:
    """The same as a file, to the number of rows that the settings allow."""
    figure, value = _figure()
    rows: list[dict[str, Any]] = []
    most = engine().settings.n_export_rows
    with engine().read() as view:
        asked = asked_for(view)
        place = queries.place_of(view, actor(), asked.unit, asked.hall)
        while len(rows) < most:
            size = min(queries.N_MAX_PAGE, most - len(rows))
            page = queries.orders_behind(
                view, actor(), figure, value, unit=asked.unit, hall=asked.hall, period=asked.period,
                after=rows[-1]["id"] if rows else None, limit=size,
            )  # fmt: skip
            rows += page
            if len(page) < size:
                break
    name = f"{_title(figure, value)}_{_file_name(place, asked)}"
    return exported.download(kind, name, *charted.order_table(rows))


def asked_for(view: View) -> Asked:
    """Place and period of the address. Raises Invalid for what is none."""
    unit, hall = (request.args.get(name, "") for name in ("unit", "hall"))
    if not _CODE.fullmatch(unit) or not _CODE.fullmatch(hall):
        raise Invalid(gettext("单位或营业厅编码有误"), field="unit")
    return Asked(unit, hall, queries.period_of(view, _day("from"), _day("to")))


def behind(asked: Asked, figure: str, value: str = "", place: Place | None = None) -> str:
    """The address of the orders behind a figure."""
    return url_for("dashboards.orders", figure=figure, value=value or None, **asked.args(place))


def _day(name: str) -> date | None:
    text = request.args.get(name, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(gettext("日期有误"), field=name) from None


def _figure() -> tuple[str, str]:
    figure, value = request.args.get("figure", "open"), request.args.get("value", "")
    if figure not in queries.FIGURES:
        raise Invalid(gettext("没有这个指标"), field="figure")
    return figure, value


def _title(figure: str, value: str) -> str:
    of = words_figures.value_name(figure, value, engine().settings.days_left)
    return words_figures.figure_name(figure) + (f" · {of}" if of else "")


def _fraction(total: Numbers, name: str) -> tuple[int, int, str]:
    below = {"on_time": "archived", "unpapered": "accepted", "face": "identified", "kept": "promised"}[name]
    return getattr(total, name), getattr(total, below), below


def _file_name(place: Place, asked: Asked) -> str:
    return f"{place.name}_{asked.period.first:%Y%m%d}-{asked.period.last:%Y%m%d}"
