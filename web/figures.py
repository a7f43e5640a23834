"""Counts and times requests for /metrics. Labels are route names and statuses, never paths (order numbers)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from datetime import datetime

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from engine.lateness import buckets
from engine.queries.house import Pulse
from engine.watch import Watch

REQUESTS = Counter("yikuo_http_requests_total", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "yikuo_http_seconds",
    "Time to answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def install(app: Flask) -> None:
    """Time every request."""
    app.before_request(_begin)
    app.after_request(_end)


def page(pulse: Pulse, watch: Watch, now: datetime) -> Response:
    """The counters of all processes of this server, and the given state of the whole, as Prometheus reads them."""
    counters = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        counters = CollectorRegistry()
        multiprocess.MultiProcessCollector(counters)  # type: ignore[no-untyped-call]
    state = CollectorRegistry()
    state.register(_State(pulse, watch, now))
    return Response(generate_latest(counters) + generate_latest(state), content_type=CONTENT_TYPE_LATEST)


class _State:
    """What was just read, as figures. No Gauge objects: with several processes those would leave files behind."""

    def __init__(self, pulse: Pulse, watch: Watch, now: datetime) -> None:
        self._pulse = pulse
        self._watch = watch
        self._now = now

    def collect(self) -> Iterator[Metric]:
        pulse, backlog, now = self._pulse, self._watch.backlog, self._now
        yield _by("orders", "Orders by status", "status", pulse.orders)
        silence = {row["worker"]: (now - row["at"]).total_seconds() for row in pulse.workers}
        yield _by("worker_silence_seconds", "Since the last heartbeat", "worker", silence)
        late = (now - backlog.oldest_due_at).total_seconds() if backlog.oldest_due_at else 0
        yield _one("timers_due", "Timers due and not fired", backlog.n_due)
        yield _one("timer_lateness_seconds", "How long the oldest of them is due", max(0, late))
        yield _one("calls_pending", "Calls to the outside that wait", pulse.n_pending_calls)
        yield _one("incidents_open", "Open incidents", pulse.n_open_incidents)
        yield from self._of_time()

    def _of_time(self) -> Iterator[Metric]:
        fired = CounterMetricFamily("yikuo_timers_fired", "Timers fired since the scheduler began", labels=["worker"])
        lateness = HistogramMetricFamily("yikuo_timer_fire_lateness_seconds", "From due to fired", labels=["worker"])
        alive = [each for each in self._watch.schedulers if not each.is_silent]
        for each in self._watch.schedulers:
            fired.add_metric([each.worker], each.n_fired)
            if (counted := buckets(each.fires)) is not None:
                lateness.add_metric([each.worker], *counted)
        yield from (fired, lateness)
        skews = {each.worker: each.skew_s for each in alive if each.skew_s is not None}
        yield _by("clock_skew_seconds", "Host's clock ahead of the database's", "worker", skews)
        yield _one("clock_off", "1 while nothing fires because clocks disagree", self._watch.clock_off)
        yield _one("schedulers_alive", "Schedulers heard of lately", len(alive))
        works = {work.name: float(work.is_late) for work in self._watch.works}
        yield _by("periodic_late", "1 when a period of the work is overdue", "work", works)
        alarms = dict.fromkeys((alarm.code for alarm in self._watch.alarms), 1.0)
        yield _by("alarm", "What a person should look at", "code", alarms)


def _one(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"yikuo_{name}", help_text, value=value)


def _by(name: str, help_text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"yikuo_{name}", help_text, labels=[label])
    for of, value in values.items():
        family.add_metric([of], value)
    return family


def _begin() -> None:
    g.begun = time.perf_counter()


def _end(response: Response) -> Response:
    route = request.endpoint or "none"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(route, method, response.status_code).inc()
    if begun := g.get("begun"):
        SECONDS.labels(route).observe(time.perf_counter() - begun)
    return response
