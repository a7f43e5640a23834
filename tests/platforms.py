"""The sandbox over real HTTP, in a thread of the test's own, and adapters that speak to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import urllib3
from werkzeug.serving import make_server

from web.sandbox.app import create_app


class Sandbox:
    """A running sandbox and what a test tells and asks it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def mood(self, platform: str = "", **mood: Any) -> None:
        """Tell one platform, or all, how to behave."""
        path = f"/control/{platform}" if platform else "/control"
        assert self._call("PUT", path, mood)[0] == 200

    def enter_event(self, **event: Any) -> None:
        """A meter reports."""
        assert self._call("POST", "/control/ami/events", event)[0] == 201

    def notifications(self) -> dict[str, Any]:
        """What was sent."""
        answer: dict[str, Any] = self._call("GET", "/notifications")[1]
        return answer

    def _call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        reply = urllib3.request(method, self.url + path, json=body)
        return reply.status, json.loads(reply.data)


@contextmanager
def running(token: str = "") -> Iterator[Sandbox]:
    """Serves until the block ends."""
    server = make_server("127.0.0.1", 0, create_app(token), threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Sandbox(server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
