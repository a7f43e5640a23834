"""Every day, and once at an upgrade: make findable the orders that were accepted before there was a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.store import search
from engine.store.uow import UnitOfWork

if TYPE_CHECKING:
    from engine.app import Engine
    from engine.periodic.running import Period

N_BATCH = 200
"""Orders a transaction: nobody who works waits long for it."""


def fill_search(engine: Engine, period: Period) -> dict[str, Any]:
    """Work through all that wait for it; each batch stays done, whatever happens to the next."""
    n_all = 0
    while True:
        with UnitOfWork(engine.database) as uow:
            n = search.fill(uow, engine.world.vault, N_BATCH)
            uow.finish()
        n_all += n
        if n < N_BATCH:
            return {"n_orders": n_all}
