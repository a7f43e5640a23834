"""How long a first and a second start take, each in a process of its own, as an operator would wait for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.load import Server
from tests.bench.ours import Ours
from tests.bench.timers import started_in


def measure(name: str, url: str, folder: Path) -> list[dict[str, Any]]:
    var = folder / f"startup-{name}"
    first, again = _init(url, var), _init(url, var)
    ours = Ours(url, var)
    server = Server(ours, folder / f"startup-{name}.log")
    server.stop()
    scheduler = started_in(url, var, folder / f"startup-{name}.log", ours)
    ours.engine.close()
    row = {"first_init_s": first, "init_again_s": again, "web_s": server.started_in, "scheduler_s": scheduler}
    return [{"database": name, **{what: round(seconds, 2) for what, seconds in row.items()}}]


def _init(url: str, var: Path) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "engine", "init", "--database", url],
        env={**os.environ, "YIKUO_VAR_DIR": str(var)},
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - began
