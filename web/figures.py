"""Counts and times requests for /metrics. Labels are route names and statuses, never paths (order numbers)."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

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
    by_status = Gauge("yikuo_orders", "Orders by status", ["status"], registry=state)
    for status, n in orders.items():
        by_status.labels(status).set(n)
    silence = Gauge("yikuo_worker_silence_seconds", "Since the worker's last heartbeat", ["worker"], registry=state)
    for worker, seconds in beats.items():
        silence.labels(worker).set(seconds)
    for name, value in pulse.items():
        Gauge(f"yikuo_{name}", name.replace("_", " "), registry=state).set(value)
    return Response(generate_latest(counters) + generate_latest(state), content_type=CONTENT_TYPE_LATEST)


def _begin() -> None:
    g.begun = time.perf_counter()


def _end(response: Response) -> Response:
    route = request.endpoint or "none"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(route, method, response.status_code).inc()
    if begun := g.get("begun"):
        SECONDS.labels(route).observe(time.perf_counter() - begun)
    return response
