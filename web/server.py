"""Runs a WSGI application under gunicorn's threads, from Python. Knows no application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gunicorn.app.base import BaseApplication


class Server(BaseApplication):
    """gunicorn without its command line; the application is made inside each worker, after the fork."""

    def __init__(self, make: Callable[[], Any], options: Mapping[str, Any]) -> None:
        self.make = make
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self.make()


def serve(make: Callable[[], Any], *, host: str, port: int, workers: int, threads: int, **options: Any) -> None:
    """Serve until told to stop; SIGTERM lets running requests finish."""
    bound = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    settled = {"bind": bound, "workers": workers, "threads": threads, "worker_class": "gthread", "accesslog": None,
               "graceful_timeout": 30, "keepalive": 30, "errorlog": "-", "loglevel": "warning",
               "limit_request_line": 4094, "control_socket_disable": True}  # fmt: skip
    Server(make, {**settled, **options}).run()
