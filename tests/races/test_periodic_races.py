from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import time
from multiprocessing import get_context

from engine.app import build
from engine.periodic import Periodic, run_due
from engine.store import periodic

FORK = get_context("fork")
N_PERIODS = 8


def test_two_schedulers_that_race_for_a_period_run_it_once(engine, clock, settings, caplog):
    other = build(settings, clock)
    ran, both = Counter(), threading.Barrier(2)

    def run(_engine, period):
        ran[period.key] += 1
        return {}

    def race(mine):
        both.wait()
        return run_due(mine, [Periodic("raced", "day", time(3), run)])

    with ThreadPoolExecutor(2) as pool:
        n_done = []
        for _ in range(N_PERIODS):
            n_done.append(sum(pool.map(race, (engine, other))))
            clock.advance(days=1)
    other.close()

    assert set(ran.values()) == {1}
    assert len(ran) == N_PERIODS
    assert n_done == [1] * N_PERIODS
    assert "constraint violated" not in caplog.text


def test_a_run_whose_process_is_killed_is_taken_over(settings, clock):
    began = FORK.Event()

    def never_ends(_engine, _period):
        began.set()
        threading.Event().wait()

    def child():
        run_due(build(settings, clock), [Periodic("killed", "day", time(3), never_ends)])

    process = FORK.Process(target=child)
    process.start()
    assert began.wait(60)
    process.kill()
    process.join()

    ours = build(settings, clock)
    work = Periodic("killed", "day", time(3), lambda _engine, period: {"attempt": period.attempt})
    assert run_due(ours, [work]) == 0
    clock.advance(seconds=settings.periodic_lease_seconds)
    assert run_due(ours, [work]) == 1
    with ours.read() as view:
        (row,) = periodic.recent(view.connection, 10)
    ours.close()
    assert (row.result, row.n_attempts) == ({"attempt": 2}, 2)
