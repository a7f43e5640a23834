"""`make run`: prepare var/, start sandbox, web and scheduler as children, stop them all together.

Restarts nothing: when one of the three ends by itself the others are stopped and the reason is shown, so that a
supervisor above (systemd, a container) sees one honest exit.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
HOST = os.environ.get("HOST", "127.0.0.1")
PORT = os.environ.get("PORT", "8080")
READY_SECONDS = 60
GRACE_SECONDS = 20
LOG_BYTES = 10_000_000
DEMO = Path("processes/demo-applications.jsonl")


def main() -> int:
    os.chdir(ROOT)
    port = _port()
    sandbox_port = port + 1
    for wanted in (port, sandbox_port):
        if not _is_free(wanted):
            return _fail(f"端口 {wanted} 已被占用，请换一个：make run PORT={port + 10}")
    environment = {**os.environ, "YIKUO_SANDBOX_URL": f"http://127.0.0.1:{sandbox_port}", "PYTHONUNBUFFERED": "1"}
    var = Path(environment.get("YIKUO_VAR_DIR", "var"))
    accounts = var / "demo-accounts.txt"
    if not _prepare(environment, var, accounts):
        return 1
    return _serve(environment, var, accounts, port, sandbox_port)


def _prepare(environment: dict[str, str], var: Path, accounts: Path) -> bool:
    """Migrate at every start; give demo data only to an installation that has none."""
    var.mkdir(parents=True, exist_ok=True)
    steps = [("准备数据库", ["init"])]
    if not accounts.exists():
        # The accounts come last: their file marks that the first start got through.
        steps.append(("受理演示申请", ["import-applications", str(_demo_applications(var))]))
        steps.append(("建立演示账号", ["demo-accounts"]))
    for what, command in steps:
        print(f"yikuo: {what} …", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", "engine", *command], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            _fail(f"{what}失败（退出码 {done.returncode}）：\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
            return False
    return True


def _demo_applications(var: Path) -> Path:
    """The invented applications, moved by whole days so that the latest was submitted yesterday."""
    moved = var / DEMO.name
    if not moved.exists():  # kept: the same file again is recognised as delivered twice
        applications = [json.loads(line) for line in (ROOT / DEMO).read_text(encoding="utf-8").splitlines()]
        submitted = [datetime.fromisoformat(one["submitted_at"]) for one in applications]
        latest = max(submitted)
        by = datetime.now(latest.tzinfo).date() - latest.date() - timedelta(days=1)
        for one, at in zip(applications, submitted, strict=True):
            one["submitted_at"] = (at + by).isoformat()
        moved.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in applications), encoding="utf-8")
    return moved


def _serve(environment: dict[str, str], var: Path, accounts: Path, port: int, sandbox_port: int) -> int:
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask_to_stop)
    commands = {
        "sandbox": ["-m", "web.sandbox", "--port", str(sandbox_port)],
        "web": ["-m", "web", "--host", HOST, "--port", str(port)],
        "scheduler": ["-m", "scheduler"],
    }
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, arguments in commands.items():
            children[name] = _launch(arguments, environment, var / f"{name}.log")
        if _wait_ready(port, children, stop):
            print(f"yikuo: http://{HOST}:{port}   （Ctrl-C 停止；日志在 {var}/*.log）\n")
            print(accounts.read_text(encoding="utf-8"), flush=True)
        while not stop.wait(0.3):
            if (name := _ended(children)) is not None:
                code = children[name].returncode
                return _fail(f"{name} 自行退出（退出码 {code}），其余一并停止：\n{_tail(var / f'{name}.log')}")
        return 0
    finally:
        _stop(children)


def _launch(arguments: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as out:
        # A session of its own: Ctrl-C reaches only this parent, which then stops the children in order.
        return subprocess.Popen(
            [sys.executable, *arguments],
            env=environment,
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )


def _wait_ready(port: int, children: dict[str, subprocess.Popen[bytes]], stop: threading.Event) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while not stop.wait(0.1) and _ended(children) is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                print(f"yikuo: {READY_SECONDS} 秒后端口 {port} 仍无应答，继续等待", file=sys.stderr)
                deadline = float("inf")
    return False


def _stop(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask every child to finish what it holds; whoever cannot within the grace is killed (and loses nothing by it)."""
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for name, child in children.items():
        try:
            child.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            print(f"yikuo: {name} {GRACE_SECONDS} 秒内未停止，已强制结束", file=sys.stderr)
            child.kill()
            child.wait()
    print("yikuo: 已停止", flush=True)


def _ended(children: dict[str, subprocess.Popen[bytes]]) -> str | None:
    return next((name for name, child in children.items() if child.poll() is not None), None)


def _tail(log: Path, n_lines: int = 15) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-n_lines:])


def _port() -> int:
    if not PORT.isdigit() or not 1 <= int(PORT) <= 65534:
        sys.exit(_fail(f"PORT={PORT!r} 不是端口号（1 至 65534）"))
    return int(PORT)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _fail(message: str) -> int:
    print(f"yikuo: {message}", file=sys.stderr, flush=True)
    return 1


def _die_with_parent() -> None:
    """A killed `make run` leaves no server behind (Linux: PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before the children run there is nothing to stop
        sys.exit(130)
