"""Counts and times requests for /metrics. Labels are route names and statuses, never paths (order numbers)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping

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
from prometheus_client.core import GaugeMetricFamily

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


def page(orders: Mapping[str, int], beats: Mapping[str, float], pulse: Mapping[str, float]) -> Response:
    """The counters of all processes of this server, and the given state of the whole, as Prometheus reads them."""
    counters = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        counters = CollectorRegistry()
        multiprocess.MultiProcessCollector(counters)  # type: ignore[no-untyped-call]
    state = CollectorRegistry()
    state.register(_Pulse(orders, beats, pulse))
    return Response(generate_latest(counters) + generate_latest(state), content_type=CONTENT_TYPE_LATEST)


class _Pulse:
    """What was just read, as figures. No Gauge objects: with several processes those would leave files behind."""

    def __init__(self, orders: Mapping[str, int], beats: Mapping[str, float], pulse: Mapping[str, float]) -> None:
        self._orders = orders
        self._beats = beats
        self._pulse = pulse

    def collect(self) -> Iterator[GaugeMetricFamily]:
        by_status = GaugeMetricFamily("yikuo_orders", "Orders by status", labels=["status"])
        for status, n in self._orders.items():
            by_status.add_metric([status], n)
        silence = GaugeMetricFamily("yikuo_worker_silence_seconds", "Since the last heartbeat", labels=["worker"])
        for worker, seconds in self._beats.items():
            silence.add_metric([worker], seconds)
        yield from (by_status, silence)
        for name, value in self._pulse.items():
            yield GaugeMetricFamily(f"yikuo_{name}", name.replace("_", " "), value=value)


def _begin() -> None:
    g.begun = time.perf_counter()


def _end(response: Response) -> Response:
    route = request.endpoint or "none"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(route, method, response.status_code).inc()
    if begun := g.get("begun"):
        SECONDS.labels(route).observe(time.perf_counter() - begun)
    return response
