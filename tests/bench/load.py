"""The load that jBPM publishes, over HTTP: start, list tasks, complete one; server and load on one machine."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from engine.commands.create_account import CreateAccount
from engine.policy import PROVINCE, ROLES, SYSTEM
from tests.bench.figures import Samples, pooled
from tests.bench.ours import Ours
from tests.schedulers import resident_mb, wait_until

JBPM = {1: 16, 4: 52, 8: 72}
"""Instances a second that jBPM publishes for 1, 4 and 8 clients."""


class Server:
    """`python -m web` as `make run` starts it."""

    def __init__(self, ours: Ours, log: Path) -> None:
        self.port = _free_port()
        environment = {**os.environ, "YIKUO_VAR_DIR": str(ours.settings.var_dir)}
        url = ours.settings.database_url
        began = time.perf_counter()
        with log.open("ab") as out:
            command = [sys.executable, "-m", "web", "--port", str(self.port), "--database", url]
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env=environment, start_new_session=True)
        if not wait_until(self._answers, 60, every=0.02):
            self.stop()
            raise RuntimeError(log.read_text(encoding="utf-8")[-2000:])
        self.started_in = time.perf_counter() - began

    def resident_mb(self) -> float:
        """Resident memory of the master and its workers together."""
        return resident_mb(self.process.pid, *_children(self.process.pid))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)

    def _answers(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False


class Client:
    """One user with one connection."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def instance(self, application: dict[str, Any], form: dict[str, Any]) -> None:
        """Start, list, complete."""
        order = self._ask("POST", "/api/v1/orders", application)
        tasks = self._ask("GET", f"/api/v1/tasks?state=open&assignee=any&order_no={order['order_no']}")
        self._ask("POST", f"/api/v1/tasks/{tasks['items'][0]['id']}/complete", {"form": form})

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {**self._headers, "Idempotency-Key": uuid4().hex} if method == "POST" else self._headers
        self._connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:500]!r}")
        return json.loads(content)


def measure(name: str, url: str, folder: Path, *, n_instances: int) -> list[dict[str, Any]]:
    """One row for each number of clients."""
    ours = Ours(url, folder / f"http-{name}")
    token = _token(ours)
    form = ours.fill(ours.open_tasks(ours.accept())[0])
    server = Server(ours, folder / f"http-{name}.log")
    rows = []
    try:
        for n_clients, theirs in JBPM.items():
            samples, seconds = _load(ours, server.port, token, form, n_clients, n_instances)
            rate = len(samples) / seconds
            rows.append({"database": name, "clients": n_clients, "per_s": round(rate, 1), "jbpm_per_s": theirs,
                         "times": round(rate / theirs, 2), **_tail(samples), "server_mb": server.resident_mb(),
                         "server_start_s": round(server.started_in, 2)})  # fmt: skip
    finally:
        server.stop()
        ours.engine.close()
    return rows


def _load(
    ours: Ours, port: int, token: str, form: dict[str, Any], n_clients: int, n_instances: int
) -> tuple[Samples, float]:
    shares = [[ours.application("order") for _ in range(n_instances // n_clients)] for _ in range(n_clients)]
    measured = [Samples() for _ in range(n_clients)]
    failed: list[BaseException] = []
    start = threading.Barrier(n_clients + 1)

    def user(number: int) -> None:
        client = Client(port, token)
        start.wait()
        try:
            for application in shares[number]:
                with measured[number].one():
                    client.instance(application, form)
        except BaseException as error:
            failed.append(error)

    users = [threading.Thread(target=user, args=(number,)) for number in range(n_clients)]
    for one in users:
        one.start()
    start.wait()
    began = time.perf_counter()
    for one in users:
        one.join()
    seconds = time.perf_counter() - began
    if failed:
        raise failed[0]
    return pooled(measured), seconds


def _tail(samples: Samples) -> dict[str, float]:
    summary = samples.summary()
    return {"p50_ms": round(summary["p50_ms"], 1), "p99_ms": round(summary["p99_ms"], 1)}


def _token(ours: Ours) -> str:
    """A bearer token of an account that holds every role of the diagrams."""
    roles = tuple(sorted(set(ROLES) - {"SUPERVISOR", "PROCESS_OWNER", "ADMIN"}))
    account = CreateAccount(
        login="bench", name="测速", password=secrets.token_urlsafe(16), roles=roles, unit_code=PROVINCE, key=uuid4().hex
    )
    ours.engine.run(account, SYSTEM)
    return ours.engine.access.issue_token("bench", days=1)


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in listed.split()]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
