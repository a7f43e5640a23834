"""Listens for timers that are due before the next tick. Without ears the ticks go on; they only come a little later."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from engine.app import Engine

HEAR_SECONDS = 1.0
"""So soon a stop is noticed."""
LONGEST_PAUSE_SECONDS = 30.0

log = structlog.get_logger()


class Ears(threading.Thread):
    """Calls `heard` when somebody has armed a timer that is due soon, and once whenever it begins to listen anew."""

    def __init__(self, engine: Engine, stop: threading.Event, heard: Callable[[], None]) -> None:
        super().__init__(name="ears", daemon=True)
        self._engine = engine
        self._ending = stop
        self._heard = heard
        self.listening = False

    def run(self) -> None:
        """Until the stop; a lost connection is made again, with growing pauses."""
        pause = 1.0
        while not self._ending.is_set():
            try:
                self._listen()
            except Exception as error:  # deaf is bad enough; whatever the reason, it tries again
                log.warning(
                    "nobody listens: timers wait for the next tick",
                    action="listener.lost",
                    error=type(error.__cause__ or error).__name__,
                )
                pause = 1.0 if self.listening else min(2 * pause, LONGEST_PAUSE_SECONDS)
                self.listening = False
                self._ending.wait(pause)

    def _listen(self) -> None:
        with self._engine.listen() as listener:
            self.listening = True
            log.info("listening", action="listener.began")
            self._heard()
            while not self._ending.is_set():
                if listener.hear(HEAR_SECONDS):
                    self._heard()
