"""For machines that watch this one: alive, ready, figures."""

from __future__ import annotations

from flask import Response, jsonify

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
    """The database answers and is set up; else 503."""
    try:
        with engine().read() as view:
            view.world.organisation(view.connection)
            view.world.shared(view.connection)
    except EngineError as error:
        return problem(503, error.code, "尚未就绪")
    return jsonify(status="ready")


@operations.get("/metrics", needs=guard.OPERATIONS)
def metrics() -> Response:
    """Requests of this server and the pulse of the whole, in Prometheus' text format."""
    with engine().read() as view:
        pulse = house.pulse(view)
        late = (view.now - pulse.oldest_due_at).total_seconds() if pulse.oldest_due_at else 0
        beats = {row["worker"]: (view.now - row["at"]).total_seconds() for row in pulse.workers}
    return figures.page(pulse.orders, beats, {
        "timers_due": pulse.n_due_timers,
        "timer_lateness_seconds": max(0, late),
        "calls_pending": pulse.n_pending_calls,
        "incidents_open": pulse.n_open_incidents,
    })  # fmt: skip
