"""Figures of dashboards over HTTP: counts and rates of a place, the orders behind a figure, the heat map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from flask import Response, request

from engine.errors import Fault, Invalid
from engine.policy import Permission
from engine.queries import dashboards as queries
from engine.queries import heat
from engine.queries.dashboards import Numbers, Period, Place
from engine.queries.view import View
from web.accounts import actor, engine
from web.api.blueprint import after, answer, api, known_parameters, limit
from web.api.contract import described, query
from web.api.tasks import PAGING

_DAY = {"type": "string", "format": "date"}
PLACE = (
    query("unit", {"type": "string", "maxLength": 24}, "Code of a unit; the caller's own, if absent"),
    query("hall", {"type": "string", "maxLength": 24}, "Only orders taken in this hall"),
    query("from", _DAY, "First day; the first of this month, if absent"),
    query("to", _DAY, "Last day; today, if absent"),
)
_PLACE = ("unit", "hall", "from", "to")


@api.get("/figures", needs=Permission.FIGURE_READ)
@described("Counts and rates of a unit or hall and of the places below it", {200: "Figures"}, problems=(404, 422),
           parameters=PLACE)  # fmt: skip
def figures() -> Response:
    """GET /figures."""
    known_parameters(*_PLACE)
    with engine().read() as view:
        unit, hall, period = _asked(view)
        found = queries.dashboard(view, actor(), unit, hall, period)
    return answer(
        {
            "place": _place(found.place),
            **_days(found.period),
            "total": _numbers(found.total),
            "below": [{"place": _place(place), "numbers": _numbers(numbers)} for place, numbers in found.lines],
            "steps": _pairs(found.steps),
            "left": _pairs(found.left),
            "reasons": _pairs(found.reasons),
            "late_stages": _pairs(found.late_stages),
            "categories": [
                {"category": name, "archived": each.archived, "late": each.late} for name, each in found.categories
            ],
            "levels": [asdict(level) for level in found.levels],
        }
    )


@api.get("/figures/<key:figure>/orders", needs=Permission.FIGURE_READ)
@described("The orders that a figure counts, newest first", {200: "FigureOrders"}, problems=(404, 422),
           parameters=(query("value", {"type": "string", "maxLength": 240}, "Stage, cause, level or element, where the "
                             "figure takes one"), *PLACE, *PAGING))  # fmt: skip
def orders_behind(figure: str) -> Response:
    """GET /figures/{figure}/orders."""
    known_parameters("value", *_PLACE, "limit", "after")
    size, cursor = limit(), after()
    if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 16):
        raise Invalid(faults=[Fault("after", "bad_shape", "翻页标记无效")])
    with engine().read() as view:
        unit, hall, period = _asked(view)
        rows = queries.orders_behind(
            view, actor(), figure, request.args.get("value", ""), unit=unit, hall=hall, period=period,
            after=int(cursor) if cursor else None, limit=size,
        )  # fmt: skip
    names = ("order_no", "unit_code", "hall_code", "category", "status", "accepted_at", "completed_at",
             "legal_due_at", "why")  # fmt: skip
    items = [{name: row[name] for name in names} | {"customer": row["name_masked"]} for row in rows]
    return answer({"items": items, "next": str(rows[-1]["id"]) if len(rows) == size else None})


@api.get("/figures/heat", needs=Permission.FIGURE_READ)
@described("Where orders of a published version wait: its user tasks with numbers, waits and what was too late",
           {200: "Heat"}, problems=(404, 422),
           parameters=(query("version", {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}, "Id of a version; the "
                             "most used, if absent"), *PLACE))  # fmt: skip
def heat_map() -> Response:
    """GET /figures/heat."""
    known_parameters("version", *_PLACE)
    text = request.args.get("version")
    if text is not None and not (text.isascii() and text.isdecimal() and 0 < int(text[:11]) < 2**31):
        raise Invalid(faults=[Fault("version", "out_of_range", "应为版本的编号")])
    with engine().read() as view:
        unit, hall, period = _asked(view)
        found = heat.heat_map(view, actor(), int(text) if text else None, unit, hall, period)
    names = ("element_id", "name", "diagram", "n_open", "n_done", "open_seconds", "done_seconds", "n_late")
    versions = [{"id": row["id"], "key": row["process_key"], "title": row["title"], "version": row["version"],
                 "n_orders": row["n"]} for row in (found.versions if found else ())]  # fmt: skip
    spots = [{name: getattr(spot, name) for name in names} for spot in (found.spots if found else ())]
    version = found.version["id"] if found else None
    return answer({**_days(period), "version": version, "versions": versions, "spots": spots})


def _asked(view: View) -> tuple[str, str, Period]:
    period = queries.period_of(view, _day("from"), _day("to"))
    return request.args.get("unit", ""), request.args.get("hall", ""), period


def _day(name: str) -> date | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(faults=[Fault(name, "bad_date", "日期格式不符（例 2026-03-02）")]) from None


def _place(place: Place) -> dict[str, str]:
    return asdict(place)


def _days(period: Period) -> dict[str, str]:
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def _numbers(numbers: Numbers) -> dict[str, Any]:
    return {**asdict(numbers), "rates": numbers.rates}


def _pairs(pairs: Iterable[tuple[str, int]]) -> list[Mapping[str, Any]]:
    return [{"code": code, "n": n} for code, n in pairs]
