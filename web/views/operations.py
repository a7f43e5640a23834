"""For machines that watch this one: alive, ready, figures."""

from __future__ import annotations

from flask import Response, jsonify

from engine import watch
from engine.errors import EngineError
from engine.queries import house
from web import figures, guard
from web.accounts import engine
from web.problems import problem

operations = guard.Blueprint("operations", __name__, enable_openapi=False)


@operations.get("/healthz", needs=guard.PUBLIC)
def alive() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@operations.get("/readyz", needs=guard.PUBLIC)
def ready() -> Response:
    """The database answers and is set up; else 503. What is wrong besides is named by its codes: it serves all the
    same."""
    try:
        with engine().read() as view:
            view.world.organisation(view.connection)
            view.world.shared(view.connection)
            degraded = sorted({alarm.code for alarm in watch.look(view).alarms})
    except EngineError as error:
        return problem(503, error.code, "尚未就绪")
    return jsonify(status="ready", degraded=degraded)


@operations.get("/metrics", needs=guard.OPERATIONS)
def metrics() -> Response:
    """Requests of this server and the pulse of the whole, in Prometheus' text format."""
    with engine().read() as view:
        return figures.page(house.pulse(view), watch.look(view), view.now)
