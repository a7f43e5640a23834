"""Scheduler processes as an operator starts them, for tests and bench: start, kill without warning, wait."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


class SchedulerProcess:
    """`python -m scheduler` on a database; its log goes into a file."""

    def __init__(self, url: str, var: Path, log: Path, *, tick: float = 0.2, **environment: str) -> None:
        command = [sys.executable, "-m", "scheduler", "--database", url, "--tick", str(tick)]
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                command,
                stdout=out,
                stderr=out,
                env={**os.environ, "YIKUO_VAR_DIR": str(var), **environment},
                start_new_session=True,
            )

    def kill(self) -> None:
        """As if the plug were pulled."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """As an operator would; gives the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def resident_mb(self) -> float:
        """Resident memory now."""
        return resident_mb(self.process.pid)


def resident_mb(*pids: int) -> float:
    """Resident memory of these processes, of this one without any; a page that several share is counted once in all."""
    n_kb = 0
    for pid in pids or (os.getpid(),):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        n_kb += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return round(n_kb / 1024, 1)


def wait_until(true: Callable[[], bool], seconds: float, every: float = 0.1) -> bool:
    """Look again and again; False when the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(every)
    return true()
