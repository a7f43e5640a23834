"""Named points at which a test may have the process die as if the plug were pulled.

Armed only through the environment variable `YIKUO_CRASH_AT=<point>[:<n>]` (die at the n-th passage); a process
without it pays one `is None` check.
"""

from __future__ import annotations

import os
import signal
from enum import StrEnum


class Point(StrEnum):
    """Places where dying must lose nothing and do nothing twice."""

    AFTER_LOCK = "after_lock"
    AFTER_REPLAY_CHECK = "after_replay_check"
    AFTER_POLICY = "after_policy"
    AFTER_ENGINE = "after_engine"
    AFTER_STATE = "after_state"
    AFTER_ROWS = "after_rows"
    AFTER_AUDIT = "after_audit"
    BEFORE_COMMIT = "before_commit"
    AFTER_COMMIT = "after_commit"
    AFTER_RESPONSE = "after_response"
    OUTBOX_SENT = "outbox_sent"


def _read(setting: str | None) -> tuple[str, int] | None:
    if not setting:
        return None
    name, _, count = setting.partition(":")
    return name, int(count or 1)


_armed = _read(os.environ.get("YIKUO_CRASH_AT"))
_passed = 0


def reach(point: Point) -> None:
    """Do nothing, unless a test armed this point."""
    global _passed
    if _armed is None or _armed[0] != point:
        return
    _passed += 1
    if _passed >= _armed[1]:
        os.kill(os.getpid(), signal.SIGKILL)
