"""`make run`: prepare var/, start sandbox, web and scheduler as children, stop them all together.

Restarts nothing: when one of the three ends by itself the others are stopped and the reason is shown, so that a
supervisor above (systemd, a container) sees one honest exit.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
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
            return _fail(f"port {wanted} is in use; choose another one: make run PORT={port + 10}")
    environment = {**os.environ, "YIKUO_SANDBOX_URL": f"http://127.0.0.1:{sandbox_port}", "PYTHONUNBUFFERED": "1"}
    var = Path(environment.get("YIKUO_VAR_DIR", "var"))
    accounts = var / "demo-accounts.txt"
    if not _prepare(environment, accounts):
        return 1
    return _serve(environment, var, accounts, port, sandbox_port)


def _prepare(environment: dict[str, str], accounts: Path) -> bool:
    """Migrate at every start; give demo data only to an installation that has none."""
    steps = [("preparing the database", ["init"])]
    if not accounts.exists():
        # The accounts come last: their file marks that the first start got through.
        steps.append(("accepting the demo applications", ["import-applications", str(DEMO)]))
        steps.append(("creating the demo accounts", ["demo-accounts"]))
    for what, command in steps:
        print(f"yikuo: {what} …", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", "engine", *command], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            _fail(f"{what} failed (exit {done.returncode}):\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
            return False
    return True


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
            print(f"yikuo: http://{HOST}:{port}   (Ctrl-C stops everything; logs in {var}/*.log)\n")
            print(accounts.read_text(encoding="utf-8"), flush=True)
        while not stop.wait(0.3):
            if (name := _ended(children)) is not None:
                code = children[name].returncode
                return _fail(f"{name} ended by itself (exit {code}), stopping the rest:\n{_tail(var / f'{name}.log')}")
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
                print(f"yikuo: no answer on port {port} after {READY_SECONDS} s, still waiting", file=sys.stderr)
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
            print(f"yikuo: {name} did not stop within {GRACE_SECONDS} s, killed", file=sys.stderr)
            child.kill()
            child.wait()
    print("yikuo: stopped", flush=True)


def _ended(children: dict[str, subprocess.Popen[bytes]]) -> str | None:
    return next((name for name, child in children.items() if child.poll() is not None), None)


def _tail(log: Path, n_lines: int = 15) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-n_lines:])


def _port() -> int:
    if not PORT.isdigit() or not 1 <= int(PORT) <= 65534:
        sys.exit(_fail(f"PORT={PORT!r} is not a port number (1 to 65534)"))
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
