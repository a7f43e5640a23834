from __future__ import annotations

import logging
import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from threading import Barrier
from uuid import uuid4

from engine.app import build
from engine.commands.accept_application import AcceptApplication
from engine.commands.claim_task import ClaimTask
from engine.commands.fire_timer import FireTimer
from engine.errors import AlreadyClaimed, AlreadyDone, AlreadyFired, Conflict, KeyReused, NotReady
from engine.policy import SYSTEM, Actor
from engine.queries import orders
from engine.queries.timers import backlog
from engine.store import reading
from tests.diagrams import boundary, node, path, timer, user
from tests.orders import accept, application, complete, deploy, tasks_of, timers_of

N_THREADS = 20
FORK = get_context("fork")


def together(act, n=N_THREADS):
    """Let n threads do it at the same moment; returns what came of each."""
    barrier = Barrier(n)

    def one(number):
        barrier.wait()
        try:
            return act(number)
        except Conflict as error:
            return type(error)

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(one, range(n)))


def boss(number):
    return Actor(f"boss{number}", "主管", "system", unit_code="33")


def kinds(engine, order_no):
    with engine.read() as view:
        return Counter(entry.kind for entry in orders.timeline(view, SYSTEM, order_no))


def test_twenty_complete_one_task_and_one_wins(engine, caplog):
    caplog.set_level(logging.ERROR)
    deploy(engine, user("a"), user("b"), path("s", "a", "b", "e"))
    for _ in range(3):
        order = accept(engine)
        task_id = tasks_of(engine, order.order_id)["a"].id
        outcome = together(lambda number, task_id=task_id: complete(engine, task_id, boss(number)))

        losers = [what for what in outcome if isinstance(what, type)]
        assert len(losers) == N_THREADS - 1
        assert set(losers) <= {AlreadyDone, NotReady}
        assert kinds(engine, order.order_no)["TaskDone"] == 1
        assert list(tasks_of(engine, order.order_id)) == ["b"]
    assert caplog.records == []  # a constraint that had to help would have complained


def test_twenty_clicks_of_one_person_are_one(engine):
    deploy(engine, user("a"), user("b"), path("s", "a", "b", "e"))
    order = accept(engine)
    task_id = tasks_of(engine, order.order_id)["a"].id
    outcome = together(lambda number: complete(engine, task_id, key="the same"))

    assert len({done.opened for done in outcome}) == 1
    assert kinds(engine, order.order_no)["TaskDone"] == 1


def test_twenty_claim_one_task(engine):
    deploy(engine, user("a"), path("s", "a", "e"))
    task_id = tasks_of(engine, accept(engine).order_id)["a"].id
    outcome = together(lambda number: engine.run(ClaimTask(task_id, uuid4().hex), boss(number)))

    assert Counter(what is AlreadyClaimed for what in outcome) == {True: N_THREADS - 1, False: 1}


def test_the_same_application_from_twenty_sides_is_one_order(engine):
    raw = application()
    outcome = together(lambda number: engine.run(AcceptApplication(raw, uuid4().hex), SYSTEM))

    assert len({accepted.order_no for accepted in outcome}) == 1
    assert Counter(accepted.status for accepted in outcome) == {"accepted": 1, "duplicate": N_THREADS - 1}


def test_different_applications_at_once_get_different_numbers(engine):
    deploy(engine, user("a"), path("s", "a", "e"))
    numbers = sorted(accepted.order_no for accepted in together(lambda number: accept(engine)))

    assert [int(number[-5:]) for number in numbers] == list(range(1, N_THREADS + 1))
    assert engine.verify_audit()["broken"] == []


def test_completion_and_timer_at_once_one_comes_first(engine, clock):
    deploy(engine, user("a"), boundary("t", "a", "PT1H"), user("late"), path("s", "a", "e"), path("t", "late", "e"))
    for _ in range(5):
        order = accept(engine)
        task_id = tasks_of(engine, order.order_id)["a"].id
        timer_id = timers_of(engine, order.order_id)["t"]["id"]
        due_at = timers_of(engine, order.order_id)["t"]["due_at"]
        clock.advance(hours=2)

        def act(number, task_id=task_id, timer_id=timer_id, due_at=due_at):
            if number % 2:
                return engine.run(FireTimer(timer_id, uuid4().hex), SYSTEM)
            return complete(engine, task_id, boss(number), received_at=due_at)

        outcome = together(act, 6)
        told = kinds(engine, order.order_no)

        assert told["TimerFired"] + told["TaskDone"] == 1
        assert set(outcome) - {what for what in outcome if not isinstance(what, type)} <= {
            AlreadyDone,
            AlreadyFired,
            NotReady,
        }


def test_waiting_orders_are_started_once_by_many(engine):
    waiting = [accept(engine) for _ in range(10)]
    deploy(engine, user("a"), path("s", "a", "e"), starting=False)
    started = together(lambda number: engine.start_waiting(), 4)

    assert sum(started) == len(waiting)
    for order in waiting:
        assert kinds(engine, order.order_no)["OrderStarted"] == 1


N_ORDERS, N_TIMERS = 40, 25


def test_two_workers_fire_a_thousand_timers_and_one_is_killed(engine, clock, settings):
    settings = settings.model_copy(update={"timer_lease_seconds": 1})
    names = [f"t{n}" for n in range(N_TIMERS)]
    timers = [timer("intermediateCatchEvent", name, f"PT{n + 1}M") for n, name in enumerate(names)]
    branches = [path("g", name, "j") for name in names]
    gateways = (node("parallelGateway", "g"), node("parallelGateway", "j"))
    deploy(engine, *gateways, user("a"), path("s", "g"), path("j", "a", "e"), *timers, *branches)
    accepted = [accept(engine) for _ in range(N_ORDERS)]
    clock.advance(hours=1)

    workers = [FORK.Process(target=fire_all, args=(settings, clock)) for _ in range(2)]
    for worker in workers:
        worker.start()
    n_all = N_ORDERS * N_TIMERS
    while not n_all // 8 < n_all - n_due(engine):
        time.sleep(0.005)
    os.kill(workers[0].pid, signal.SIGKILL)
    assert n_due(engine) > 0, "killed too late to prove anything"
    for worker in workers:
        worker.join(120)

    assert workers[0].exitcode == -signal.SIGKILL
    assert workers[1].exitcode == 0
    for order in accepted:
        assert kinds(engine, order.order_no)["TimerFired"] == N_TIMERS
        assert {t["state"] for t in timers_of(engine, order.order_id).values()} == {"FIRED"}
        assert list(tasks_of(engine, order.order_id)) == ["a"]
    with engine.read() as view:
        assert reading.n_open_incidents(view.connection) == 0


def n_due(engine):
    with engine.read() as view:
        return backlog(view).n_due


def fire_all(settings, clock):
    """One scheduler's work, until nothing is due; its clock runs on so that a dead neighbour's leases end."""
    engine = build(settings, clock)
    idle = 0
    while idle < 3:
        claimed = engine.claim_due_timers(50)
        for timer_id in claimed:
            try:
                engine.run(FireTimer(timer_id, f"fire:{timer_id}"), SYSTEM)
            except (AlreadyFired, NotReady):
                continue
        clock.advance(seconds=0 if claimed else 2)
        idle = 0 if claimed else idle + 1
    os._exit(0)


def test_one_key_for_two_tasks_completes_one(engine):
    deploy(engine, user("a"), path("s", "a", "e"))
    ids = [tasks_of(engine, accept(engine).order_id)["a"].id for _ in range(2)]
    outcome = together(lambda number: complete(engine, ids[number], key="reused"), 2)

    assert [what for what in outcome if isinstance(what, type)] == [KeyReused]
