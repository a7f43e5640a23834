"""Taking the key of personal values out of use: a new key in the ring, everything sealed anew under it, the record.

Each batch is a transaction of its own and the old keys stay in the ring, so a call that was killed loses nothing and is
finished by the next one. Whoever works meanwhile reads both keys and seals with the new one as soon as it is there.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from engine.app import Engine
from engine.errors import Conflict
from engine.policy import SYSTEM
from engine.store import audit, locks, sealed
from engine.store.uow import UnitOfWork
from engine.store.vault import N_KEY, Ring, read_ring, replace_ring

N_BATCH = 200


@dataclass(frozen=True, slots=True)
class Rotated:
    """Under which key everything is sealed now, how many values this call sealed anew, which keys are in the ring still
    and which of them nothing in this database needs."""

    key: str
    n_resealed: int
    keys: tuple[str, ...]
    unused: tuple[str, ...]


class RotationRuns(Conflict):
    """Another call is at it."""

    code = "rotation_runs"
    text = "密钥轮换正在进行"


def rotate(engine: Engine, *, retire: bool = False) -> Rotated:
    """Finish a rotation that was begun, or do a whole one. `retire` drops keys from the ring that nothing in this
    database needs any more, never the last but one: a transaction that began before the rotation may still bring a
    value sealed with it. Older backups cannot be read with the ring then. Raises RotationRuns, SealBroken."""
    path = engine.settings.keys_path
    with _alone(path):
        if not _is_begun(engine, read_ring(path)):
            _begin(engine, path)
        n_resealed = _reseal(engine)
        unused = _unused(engine, read_ring(path))
        if retire and unused:
            ring = read_ring(path)
            replace_ring(path, replace(ring, pii={id: key for id, key in ring.pii.items() if id not in unused}))
            _tell(engine, "KeysRetired", {"keys": list(unused)})
        ring = read_ring(path)
        if n_resealed:
            _tell(engine, "KeyRotated", {"key": ring.current, "n_resealed": n_resealed})
    return Rotated(ring.current, n_resealed, tuple(ring.pii), () if retire else unused)


def _is_begun(engine: Engine, ring: Ring) -> bool:
    """Are values left under another key than the current one?"""
    with engine.read() as view:
        return bool(sealed.in_use(view.connection).keys() - {ring.current})


def _begin(engine: Engine, path: Path) -> None:
    ring = read_ring(path)
    key_id = f"k{int(ring.newest[1:]) + 1}"
    replace_ring(path, replace(ring, current=key_id, pii=ring.pii | {key_id: secrets.token_bytes(N_KEY)}))
    _tell(engine, "KeyAdded", {"key": key_id, "before": ring.current})


def _reseal(engine: Engine) -> int:
    n_all = 0
    for shelf in sealed.SHELVES:
        n = N_BATCH
        while n:
            with UnitOfWork(engine.database) as uow:
                n = sealed.reseal(uow, engine.vault, shelf, N_BATCH)
                uow.finish()
            n_all += n
    return n_all


def _unused(engine: Engine, ring: Ring) -> tuple[str, ...]:
    with engine.read() as view:
        needed = sealed.in_use(view.connection).keys() | {ring.current}
    by_age = sorted(ring.pii, key=lambda key_id: int(key_id[1:]))
    return tuple(key_id for key_id in by_age[:-2] if key_id not in needed)


def _tell(engine: Engine, kind: str, body: dict[str, object]) -> None:
    with UnitOfWork(engine.database) as uow:
        locks.lock_name(uow, "house")
        now = engine.clock.now()
        audit.write_house(uow, [audit.Event(kind, SYSTEM.id, now, body)], now)
        uow.finish()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One call at a time on this ring; the lock goes with its process."""
    descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise RotationRuns() from error
    try:
        yield
    finally:
        os.close(descriptor)
