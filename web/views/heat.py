"""The heat map of a process: its diagram coloured by where orders wait, the numbers beside it."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, render_template, request
from flask_babel import gettext

from engine.policy import Permission
from engine.queries import dashboards as figures
from engine.queries import heat as queries
from web import guard
from web.accounts import actor, engine
from web.presentation import span
from web.views import charted, exported
from web.views.dashboards import Asked, asked_for, behind
from web.words_figures import percent

heat = guard.Blueprint("heat", __name__, enable_openapi=False)


@heat.get("/dashboards/heat", needs=Permission.FIGURE_READ)
def index() -> str:
    """The map of one version."""
    found, asked, measure = _asked()
    with engine().read() as view:
        today = figures.period_of(view, None, None).last
        place = figures.place_of(view, actor(), asked.unit, asked.hall)
    version = found.version["id"] if found else None
    most = max((spot.measured(measure) for spot in found.spots), default=0.0) if found else 0.0
    spots = sorted(found.spots, key=lambda spot: -spot.measured(measure)) if found else []
    args = {**asked.args(), "version": version, "measure": measure}
    return render_template(
        "heat.html", found=found, spots=[(spot, _shown(spot), _shade(found, spot, measure, most)) for spot in spots],
        args=args, measure=measure, measures=_measures(), presets=charted.presets(today), place=place,
        behind=lambda figure, element: behind(asked, figure, f"{version}:{element}"),
    )  # fmt: skip


@heat.get("/dashboards/heat/diagram.xml", needs=Permission.FIGURE_READ)
def diagram() -> Response:
    """The diagram of the version, or that of the called folder `of`."""
    with engine().read() as view:
        asked = asked_for(view)
        of = request.args.get("of", "")
        data = queries.diagram(view, actor(), _version(), of, asked.unit, asked.hall, asked.period)
    return Response(data, mimetype="application/xml")


@heat.get("/dashboards/heat/marks.json", needs=Permission.FIGURE_READ)
def marks() -> Response:
    """Shade -> elements, as the viewer of diagrams takes marks."""
    found, _, measure = _asked()
    shades = found.classes(measure) if found else {}
    nowhere: dict[str, list[str]] = {"current": [], "waiting": [], "stopped": []}
    return jsonify(nowhere | {f"heat-{shade}": elements for shade, elements in shades.items()})


@heat.get("/dashboards/heat.csv", needs=Permission.FIGURE_READ, defaults={"kind": "csv"})
@heat.get("/dashboards/heat.xlsx", needs=Permission.FIGURE_READ, defaults={"kind": "xlsx"})
def heat_file(kind: str) -> Response:
    """The numbers as a file; waits in hours."""
    found, asked, _ = _asked()
    head = [gettext("环节"), gettext("元素"), gettext("在办"), gettext("期内完成"), gettext("平均等待（小时）"),
            gettext("超时限数"), gettext("超时限占比")]  # fmt: skip
    rows = [
        [spot.name, spot.element_id, spot.n_open, spot.n_done, round(spot.measured("wait"), 2), spot.n_late,
         round(spot.measured("late"), 4)]
        for spot in (found.spots if found else ())
    ]  # fmt: skip
    key = found.version["process_key"] if found else "heat"
    return exported.download(kind, f"{key}_{asked.period.first:%Y%m%d}-{asked.period.last:%Y%m%d}", head, rows)


def _asked() -> tuple[queries.HeatMap | None, Asked, queries.Measure]:
    measure = next((each for each in queries.MEASURES if each == request.args.get("measure")), "wait")
    with engine().read() as view:
        asked = asked_for(view)
        found = queries.heat_map(view, actor(), _version(), asked.unit, asked.hall, asked.period)
    return found, asked, measure


def _version() -> int | None:
    text = request.args.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _measures() -> dict[queries.Measure, str]:
    return {"wait": gettext("平均等待时间"), "count": gettext("任务数"), "late": gettext("超时限占比")}


def _shown(spot: queries.Spot) -> dict[str, Any]:
    return {
        "wait": (span(spot.measured("wait") * 3600) or gettext("不足1分钟")) if spot.n else "—",
        "late": percent(spot.measured("late") if spot.n else None),
    }


def _shade(found: queries.HeatMap | None, spot: queries.Spot, measure: queries.Measure, most: float) -> int:
    return found.shade(spot, measure, most) if found and spot.n and most > 0 else 0
