from __future__ import annotations

import os
import threading
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import orjson
from sqlalchemy import select

from engine.app import build
from engine.store.tables import timer
from engine.store.tables_house import audit_event
from scheduler.ticks import Ticks
from tests.diagrams import boundary, path, user
from tests.orders import accept, deploy

N_ORDERS = int(os.environ.get("YIKUO_TIME_N", "60"))
SPANS = ("PT5H", "P1D", "P1DT1S", "P7D", "P15D", "P29D")
DOWN = timedelta(days=30)


def test_thirty_days_without_a_scheduler_skip_nothing(engine, clock, settings):
    deploy(
        engine,
        user("a"),
        user("b"),
        *(boundary(f"t{number}", "a", span, interrupting=False) for number, span in enumerate(SPANS)),
        path("s", "a", "e"),
        *(path(f"t{number}", "b") for number in range(len(SPANS))),
        path("b", "e"),
    )
    began = clock.now()
    for _ in range(N_ORDERS):
        accept(engine)
        clock.advance(seconds=DOWN.total_seconds() / N_ORDERS / 10)
    clock.move_to(began + DOWN + timedelta(days=3))

    others = [build(settings, clock) for _ in range(2)]
    both = threading.Barrier(2)

    def back(one):
        both.wait()
        return Ticks(one, threading.Event()).fire_due_timers()

    with ThreadPoolExecutor(2) as pool:
        n_fired = sum(pool.map(back, others))
    for one in others:
        clock.advance(seconds=settings.timer_lease_seconds)
        n_fired += Ticks(one, threading.Event()).fire_due_timers()
        one.close()

    with engine.read() as view:
        rows = view.connection.execute(select(timer)).all()
        events = view.connection.execute(
            select(audit_event.c.chain, audit_event.c.body)
            .where(audit_event.c.kind == "TimerFired")
            .order_by(audit_event.c.chain, audit_event.c.seq)
        ).all()
    due = {row.id: row.due_at for row in rows}
    in_order = defaultdict(list)
    for chain, body in events:
        in_order[chain].append(orjson.loads(body)["timer"])

    assert Counter(row.state for row in rows) == {"FIRED": N_ORDERS * len(SPANS)}
    assert Counter(timer_id for fired in in_order.values() for timer_id in fired) == dict.fromkeys(due, 1)
    for fired in in_order.values():
        assert fired == sorted(fired, key=lambda timer_id: (due[timer_id], timer_id))
    assert all(row.late_seconds == int((row.fired_at - row.due_at).total_seconds()) for row in rows)
    assert min(row.late_seconds for row in rows) > 0
    assert max(row.late_seconds for row in rows) > timedelta(days=32).total_seconds()
    assert n_fired >= N_ORDERS
