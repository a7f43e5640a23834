"""Due timers, two scheduler processes, killed again and again on the way: how late, how many a second, each once. And
what a tick costs that finds nothing due, however many timers are armed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import func, select, text, update

from engine.store.tables import connection_order, timer
from engine.store.tables_house import audit_event, heartbeat
from engine.store.uow import UnitOfWork
from tests.bench.figures import percentile
from tests.bench.ours import Ours
from tests.schedulers import SchedulerProcess, resident_mb, wait_until

TIMER = Path("tests/bench/timer")
LEAD = timedelta(seconds=5)
PATIENCE = 1800


@dataclass(frozen=True, slots=True)
class Killed:
    """How often a scheduler was killed, how many timers were left at the last kill, and the memory of one that lived
    to the end."""

    n_kills: int
    left_at_last: int
    resident_mb: float


def measure(name: str, url: str, folder: Path, *, n_timers: int, n_steady: int, n_kills: int) -> list[dict[str, Any]]:
    """Two rows: all due in the same minute with schedulers killed all the way, and a steady trickle of 25 a second."""
    ours = Ours(url, folder / f"timers-{name}")
    ours.deploy(TIMER)
    rows = []
    loads = (
        (f"one minute's, {n_kills} kills", n_timers, 60 / n_timers, n_kills),
        ("25 a second", n_steady, 0.04, 0),
    )
    for what, n, spacing, kills in loads:
        ids = [ours.accept("bench") for _ in range(n)]
        rows.append({"database": name, "load": what, **_run(ours, url, folder, ids, spacing, kills)})
    ours.engine.close()
    return rows


def _run(ours: Ours, url: str, folder: Path, order_ids: list[int], spacing: float, n_kills: int) -> dict[str, Any]:
    log = folder / f"scheduler-{ours.engine.database.dialect}.log"
    due_at = ours.engine.clock.now() + LEAD
    _date(ours, order_ids, due_at, spacing)
    killed = fire_under_kills(ours, order_ids, lambda: SchedulerProcess(url, ours.settings.var_dir, log), n_kills)
    return {
        **_lateness(ours, order_ids, due_at),
        "left": n_left(ours, order_ids),
        "twice": _n_twice(ours, order_ids),
        "kills": killed.n_kills,
        "scheduler_mb": killed.resident_mb,
    }


def fire_under_kills(ours: Ours, order_ids: list[int], start: Callable[[], SchedulerProcess], n_kills: int) -> Killed:
    """Let two schedulers fire these timers; each time that another part of them has fired, one is killed and another
    started in its place, in turns."""
    n, n_done, left = len(order_ids), 0, 0
    both = [start(), start()]
    try:
        for number in range(n_kills):
            goal = n - n * (number + 1) // (n_kills + 2)
            wait_until(lambda goal=goal: n_left(ours, order_ids) < goal, PATIENCE, every=0.02)  # type: ignore[misc]
            both[number % 2].kill()
            n_done, left = n_done + 1, n_left(ours, order_ids)
            both[number % 2] = start()
        wait_until(lambda: n_left(ours, order_ids) == 0, PATIENCE)
        resident = max(process.resident_mb() for process in both)
        for process in both:
            process.stop()
    finally:
        for process in both:
            process.kill()
    return Killed(n_done, left, resident)


def due_now(ours: Ours, order_ids: list[int], *, late_seconds: float = 0.0) -> None:
    """Make the armed timers of these orders due, all at once."""
    _date(ours, order_ids, ours.engine.clock.now() - timedelta(seconds=late_seconds), 0.0)


def _date(ours: Ours, order_ids: list[int], first: datetime, spacing: float) -> None:
    """Give the armed timers the due times of the load, also in the order row that the tie rule reads."""
    with UnitOfWork(ours.engine.database) as uow:
        for number, order_id in enumerate(order_ids):
            due_at = first + timedelta(seconds=spacing * number)
            uow.run(update(timer).where(timer.c.order_id == order_id).values(due_at=due_at))
            uow.run(update(connection_order).where(connection_order.c.id == order_id).values(next_due_at=due_at))
        uow.finish()


def _ours_only(order_ids: list[int]) -> Any:
    return timer.c.order_id.between(min(order_ids), max(order_ids))


def n_left(ours: Ours, order_ids: list[int]) -> int:
    """Timers of these orders that still wait."""
    with ours.engine.read() as view:
        wanted = select(func.count()).where(_ours_only(order_ids), timer.c.state == "PENDING")
        return int(view.connection.execute(wanted).scalar_one())


def _n_twice(ours: Ours, order_ids: list[int]) -> int:
    """Chains whose record tells of more firings than one."""
    fired: dict[int, int] = {}
    with ours.engine.read() as view:
        rows = view.connection.execute(
            select(audit_event.c.chain).where(
                audit_event.c.kind == "TimerFired", audit_event.c.chain.between(min(order_ids), max(order_ids))
            )
        )
        for (chain,) in rows:
            fired[chain] = fired.get(chain, 0) + 1
    return sum(1 for n in fired.values() if n > 1)


def _lateness(ours: Ours, order_ids: list[int], first: datetime) -> dict[str, Any]:
    """`queue_p99_s` counts from when a timer's turn came: it cannot fire before those due before it have, at the
    measured rate. Those that a killed scheduler held waited for its lease on top."""
    with ours.engine.read() as view:
        wanted = select(timer.c.due_at, timer.c.fired_at).where(_ours_only(order_ids), timer.c.state == "FIRED")
        rows = view.connection.execute(wanted.order_by(timer.c.due_at, timer.c.id)).all()
    late = [(fired_at - due_at).total_seconds() for due_at, fired_at in rows]
    # Until 98 in 100 had fired: what the killed processes held waits for its lease, which says nothing of the speed.
    lasted = percentile([(fired_at - first).total_seconds() for _, fired_at in rows], 98)
    rate = 0.98 * len(rows) / max(lasted, 0.001)
    queued = []
    for place, (due_at, fired_at) in enumerate(rows):
        turn = max(due_at, first + timedelta(seconds=place / rate))
        queued.append(max(0.0, (fired_at - turn).total_seconds()))
    return {
        "n": len(rows),
        "per_s": round(rate, 1),
        "p50_s": round(percentile(late, 50), 2),
        "p99_s": round(percentile(late, 99), 2),
        "max_s": round(max(late), 2),
        "queue_p99_s": round(percentile(queued, 99), 2),
    }


def idle(name: str, url: str, folder: Path, *, n_armed: tuple[int, ...], n_ticks: int) -> list[dict[str, Any]]:
    """A row for each number of armed timers: what a tick costs that finds nothing due, and the memory it leaves."""
    ours = Ours(url, folder / f"idle-{name}")
    ours.deploy(TIMER)
    ours.accept("bench")
    rows = []
    for n in n_armed:
        _arm_copies(ours, n)
        for _ in range(20):
            _tick(ours)
        before, spent = resident_mb(), []
        for _ in range(n_ticks):
            began = time.perf_counter()
            _tick(ours)
            spent.append(time.perf_counter() - began)
        rows.append({"database": name, "armed": n, "ticks": n_ticks, "p50_ms": round(1000 * median(spent), 2),
                     "p99_ms": round(1000 * percentile(spent, 99), 2),
                     "grown_mb": round(resident_mb() - before, 1)})  # fmt: skip
    ours.engine.close()
    return rows


def _tick(ours: Ours) -> None:
    """What a scheduler's tick asks when nothing is due."""
    assert ours.engine.claim_due_timers(50) == {}
    ours.engine.next_timer_at()


def _arm_copies(ours: Ours, n: int) -> None:
    """Copies of the one armed timer until there are so many, due over the year to come. Orders of their own would only
    make it slower to prepare: a tick reads no order."""
    with UnitOfWork(ours.engine.database) as uow:
        one = uow.run(select(timer).order_by(timer.c.id).limit(1)).mappings().one()
        have = uow.run(select(func.count()).select_from(timer)).scalar_one()
        copies = [
            {**one, "id": f"copy{number:07d}", "due_at": one["due_at"] + timedelta(seconds=number * 300)}
            for number in range(have, n)
        ]
        uow.run(timer.insert(), copies)
        uow.finish()
    with UnitOfWork(ours.engine.database) as uow:
        uow.run(text("ANALYZE"))
        uow.finish()


def started_in(url: str, var: Path, log: Path, ours: Ours) -> float:
    """Seconds from starting a scheduler process to its first heartbeat."""
    before = _n_beats(ours)
    began = time.perf_counter()
    scheduler = SchedulerProcess(url, var, log)
    try:
        assert wait_until(lambda: _n_beats(ours) > before, 60, every=0.02)
        return time.perf_counter() - began
    finally:
        scheduler.stop()


def _n_beats(ours: Ours) -> int:
    with ours.engine.read() as view:
        return int(view.connection.execute(select(func.count()).select_from(heartbeat)).scalar_one())
