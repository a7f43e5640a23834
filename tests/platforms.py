"""The sandbox over real HTTP, in a thread of the test's own, and adapters that speak to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import urllib3
from werkzeug import Request, Response
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
        with urllib3.PoolManager() as pool:
            reply = pool.request(method, self.url + path, json=body)
        return reply.status, json.loads(reply.data)


class Scripted:
    """A platform that answers as a test says, and remembers the keys and bodies that reached it."""

    def __init__(self, answer: Callable[[int], Response]) -> None:
        self.answer = answer
        self.url = ""
        self.keys: list[str] = []
        self.bodies: list[Any] = []

    def __call__(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        self.keys.append(request.headers["Idempotency-Key"])
        self.bodies.append(request.get_json(silent=True))
        return self.answer(len(self.keys))(environ, start)


@contextmanager
def running(token: str = "") -> Iterator[Sandbox]:
    """The sandbox, serving until the block ends."""
    with _served(create_app(token)) as port:
        yield Sandbox(port)


@contextmanager
def scripted(answer: Callable[[int], Response]) -> Iterator[Scripted]:
    """A platform that gives `answer(number of the request)`, until the block ends."""
    platform = Scripted(answer)
    with _served(platform) as port:
        platform.url = f"http://127.0.0.1:{port}"
        yield platform


@contextmanager
def _served(application: Any) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, application, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
