from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.schedulers import wait_until
from tests.shape.source import ROOT


def free_ports():
    """The first of two neighbouring free ports: one for the pages, the next for the sandbox."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


class Start:
    def __init__(self, var, port):
        self.port = port
        self.said = var / "said.txt"
        environment = {
            **os.environ,
            "PORT": str(port),
            "YIKUO_VAR_DIR": str(var),
            "YIKUO_DATABASE_URL": f"sqlite:///{var}/yikuo.db",
        }
        with self.said.open("ab") as out:
            command = [sys.executable, ROOT / ".ci" / "start.py"]
            self.process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, start_new_session=True)

    def children(self):
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as listed:
            return [int(child) for child in listed.read().split()]

    def text(self):
        return self.said.read_text(encoding="utf-8")

    def is_up(self):
        return f"http://127.0.0.1:{self.port}" in self.text()

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


@pytest.fixture
def starts(tmp_path):
    begun = []

    def start(port):
        begun.append(Start(tmp_path, port))
        return begun[-1]

    yield start
    for one in begun:
        if one.process.poll() is None:
            one.end()


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_start_serves_stops_and_keeps_what_it_had(starts, tmp_path):
    first = starts(free_ports())
    assert wait_until(first.is_up, 120), first.text()
    with urllib.request.urlopen(f"http://127.0.0.1:{first.port}/healthz", timeout=10) as answer:
        assert answer.status == 200
    accounts = tmp_path / "demo-accounts.txt"
    assert accounts.stat().st_mode & 0o777 == 0o600
    password = accounts.read_text(encoding="utf-8").split()[1]
    assert password in first.text()
    children = first.children()
    assert len(children) == 3

    assert first.end() == 0
    assert wait_until(lambda: not any(is_running(pid) for pid in children), 10)

    began = time.monotonic()
    again = starts(free_ports())
    assert wait_until(again.is_up, 60), again.text()
    assert time.monotonic() - began < 45
    assert accounts.read_text(encoding="utf-8").split()[1] == password
    assert again.text().count("受理演示申请") == 1
    assert again.end(signal.SIGINT) == 0


def test_when_one_process_dies_all_stop_and_it_is_said(starts):
    start = starts(free_ports())
    assert wait_until(start.is_up, 120), start.text()
    children = start.children()

    os.kill(children[2], signal.SIGKILL)

    assert start.process.wait(timeout=60) == 1
    assert "scheduler 自行退出" in start.text()
    assert wait_until(lambda: not any(is_running(pid) for pid in children), 10)


def test_a_busy_port_is_told_and_nothing_is_begun(starts, tmp_path):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        start = starts(busy.getsockname()[1])

        assert start.process.wait(timeout=30) == 1
    assert "已被占用" in start.text()
    assert not (tmp_path / "yikuo.db").exists()


@pytest.mark.parametrize("port", ["0", "65535", "abc", "-1"])
def test_a_port_that_is_none_is_told(starts, port):
    start = starts(port)

    assert start.process.wait(timeout=30) == 1
    assert "不是端口号" in start.text()
