"""`python -m scheduler`: one of any number of scheduler processes. Owns no timer: due rows of the database do."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from types import FrameType

import structlog

from engine import logs
from engine.app import build
from engine.settings import Settings
from engine.store.listening import SOON
from scheduler.schedule import Schedule

WATCH_SECONDS = 1.0
LONGEST_TICK_SECONDS = SOON.total_seconds()
"""Nobody tells of a timer that is due later than that."""


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop; the exit code is 1 when the ticking died by itself."""
    options = _options(arguments)
    settings = Settings(database_url=options.database) if options.database else Settings()
    logs.configure()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _setter(stop))
    engine = build(settings)
    schedule = Schedule(engine, stop, tick_seconds=options.tick)
    schedule.start()
    while not stop.wait(WATCH_SECONDS):
        if not schedule.is_alive():
            # Better no scheduler than one that looks alive: whoever started us sees the exit.
            structlog.get_logger().critical("scheduler stopped ticking", action="scheduler.dead", worker=engine.worker)
            os._exit(1)
        schedule.mend()
    schedule.stop()
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scheduler", description="Fires due timers until stopped.")
    parser.add_argument("--database", metavar="URL", help="overrides YIKUO_DATABASE_URL")
    parser.add_argument("--tick", type=float, default=1.0, metavar="SECONDS", help="how often to look (default 1)")
    options = parser.parse_args(arguments)
    if not 0.05 <= options.tick <= LONGEST_TICK_SECONDS:
        parser.error(f"--tick must lie between 0.05 and {LONGEST_TICK_SECONDS:.0f} seconds")
    return options


def _setter(stop: threading.Event) -> signal._HANDLER:
    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    return ask_to_stop


if __name__ == "__main__":
    sys.exit(main())
