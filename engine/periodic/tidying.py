"""Every day: forget what nobody may need any more. Nothing of an order and nothing of the record is among it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from engine.store import accounts, command_log, desk, house, portal
from engine.store.uow import UnitOfWork

if TYPE_CHECKING:
    from engine.app import Engine
    from engine.periodic.running import Period

N_BATCH = 2000
"""Rows a transaction: nobody who works waits long for it."""
BEATS_KEPT = timedelta(days=7)

_Forget: TypeAlias = Callable[[UnitOfWork, datetime, int], int]


def clean_up(engine: Engine, period: Period) -> dict[str, Any]:
    """Drop old answers of commands, old logins, and the heartbeats of workers long gone; gives how many of each."""
    settings, now = engine.settings, engine.clock.now()
    answers = now - timedelta(days=settings.n_answer_days)
    sessions = now - timedelta(days=settings.n_login_record_days, seconds=settings.session_absolute_seconds)
    return {
        "n_answers": _all(engine, command_log.forget, answers),
        "n_sessions": _all(engine, accounts.forget_sessions, sessions),
        "n_login_failures": _all(engine, accounts.forget_failures, sessions),
        "n_portal_codes": _all(engine, portal.forget_codes, sessions),
        "n_portal_sessions": _all(engine, portal.forget_sessions, sessions),
        "n_drafts": _all(engine, desk.forget_drafts, now),
        "n_heartbeats": _all(engine, house.forget_beats, now - BEATS_KEPT),
    }


def _all(engine: Engine, forget: _Forget, before: datetime) -> int:
    n_all = 0
    while True:
        with UnitOfWork(engine.database) as uow:
            n = forget(uow, before, N_BATCH)
            uow.finish()
        n_all += n
        if n < N_BATCH:
            return n_all
