from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import datetime
from multiprocessing import get_context
from uuid import uuid4

import pytest

from engine import crashpoints
from engine.app import build
from engine.clock import SystemClock
from engine.commands.accept_application import AcceptApplication
from engine.commands.complete_task import CompleteTask
from engine.commands.deploy_process import DeployProcess
from engine.commands.fire_timer import FireTimer
from engine.crashpoints import Point
from engine.errors import AlreadyFired
from engine.outbox_worker import deliver_due
from engine.policy import SYSTEM
from engine.queries import orders
from engine.settings import Settings
from engine.store.migrate import is_current
from tests.diagrams import flow, folder, node, path, service, timer, user
from tests.notices import notice
from tests.orders import ADMIN, accept, application, deploy, finish, tasks_of, timers_of

FORK = get_context("fork")
ON_THE_WAY = [point for point in Point if point is not Point.OUTBOX_SENT]
COMMITTED = {Point.AFTER_COMMIT, Point.AFTER_RESPONSE}
ROUNDS = int(os.environ.get("YIKUO_CRASH_ROUNDS", "5"))


def dies(settings, clock, point, act):
    """Do it in a process of its own that dies at the point, as `YIKUO_CRASH_AT` would have it."""

    def child():
        crashpoints._armed = crashpoints._read(str(point))
        act(build(settings, clock))
        os._exit(0)

    process = FORK.Process(target=child)
    process.start()
    process.join(60)
    return process.exitcode == -signal.SIGKILL


def events(engine, order_no):
    with engine.read() as view:
        return orders.timeline(view, SYSTEM, order_no)


def calls(engine, order_no):
    with engine.read() as view:
        return orders.order(view, SYSTEM, order_no).calls


@pytest.fixture
def looping(engine):
    """Task `a` again and again; every completion also tells the outside."""
    deploy(
        engine,
        user("a"),
        node("exclusiveGateway", "m"),
        node("exclusiveGateway", "x", default="again"),
        service("tell", "notify.send", template="&quot;t&quot;"),
        user("last"),
        path("s", "m", "a", "x"),
        flow("x", "tell", id="again"),
        flow("tell", "m"),
        flow("x", "last", "order_no = null"),
        flow("last", "e"),
    )
    return accept(engine)


def test_killed_anywhere_a_completion_is_neither_lost_nor_doubled(engine, settings, clock, looping):
    n_done = 0
    for _ in range(ROUNDS):
        for point in ON_THE_WAY:
            task_id = tasks_of(engine, looping.order_id)["a"].id
            command = CompleteTask(task_id, {}, None, uuid4().hex)
            version = orders_version(engine, looping.order_no)

            assert dies(settings, clock, point, lambda other, command=command: other.run(command, SYSTEM)), point
            assert (orders_version(engine, looping.order_no) > version) is (point in COMMITTED), point
            done = engine.run(command, SYSTEM)  # the client had no answer and asks again
            n_done += 1

            assert engine.run(command, SYSTEM) == done
            assert (done.task_id, done.completed) == (task_id, False)
            deliver_due(engine, Accepting())

    told = Counter(entry.kind for entry in events(engine, looping.order_no))
    assert told["TaskDone"] == told["CallAnswered"] == n_done
    assert len(calls(engine, looping.order_no)) == n_done
    assert engine.verify_audit()["broken"] == []
    assert list(tasks_of(engine, looping.order_id)) == ["a"]


def test_killed_anywhere_an_application_is_one_order(engine, settings, clock):
    accepted = []
    for point in ON_THE_WAY:
        command = AcceptApplication(
            application(usage="RESIDENTIAL", capacity_kw=8, requested_voltage="LV"), uuid4().hex
        )

        assert dies(settings, clock, point, lambda other, command=command: other.run(command, SYSTEM)), point
        accepted.append(engine.run(command, SYSTEM))

    numbers = [int(one.order_no[-5:]) for one in accepted]
    assert numbers == list(range(1, len(ON_THE_WAY) + 1))  # none lost, none given twice, no gap
    assert {one.status for one in accepted} == {"accepted"}
    assert engine.verify_audit()["broken"] == []


def test_killed_anywhere_a_timer_fires_once(engine, settings, clock):
    catch = timer("intermediateCatchEvent", "t", "PT1H")
    deploy(engine, catch, user("a"), path("s", "t", "a", "e"))
    for point in ON_THE_WAY:
        order = accept(engine)
        timer_id = timers_of(engine, order.order_id)["t"]["id"]
        clock.advance(hours=2)
        command = FireTimer(timer_id, f"fire:{timer_id}")

        assert dies(settings, clock, point, lambda other, command=command: other.run(command, SYSTEM)), point
        assert engine.run(command, SYSTEM).late_seconds == 3600
        with pytest.raises(AlreadyFired):
            engine.run(FireTimer(timer_id, "another scheduler"), SYSTEM)

        assert Counter(e.kind for e in events(engine, order.order_no))["TimerFired"] == 1
        assert finish(engine, order.order_id) == 1


def test_killed_anywhere_an_order_is_recounted_once(engine, settings, clock):
    deploy(engine, user("a"), path("s", "a", "e"), key="lv_residential")
    clock.move_to(datetime.fromisoformat("2027-02-03T09:00:00+08:00"))
    home = {"usage": "RESIDENTIAL", "capacity_kw": 8, "requested_voltage": "LV"}
    made = [accept(engine, submitted_at="2027-02-03T08:20:00+08:00", **home) for _ in ON_THE_WAY]
    engine.run(notice(), ADMIN)
    for point in ON_THE_WAY:
        assert dies(settings, clock, point, lambda other: other.recount_due(1)), point
    engine.recount_due()

    assert engine.recount_due() == 0
    told = [Counter(entry.kind for entry in events(engine, one.order_no)) for one in made]
    assert {each["DeadlinesRecounted"] for each in told} == {1}
    assert engine.verify_audit()["broken"] == []


def test_killed_anywhere_a_process_is_whole_or_not_there(engine, settings, clock):
    points = [p for p in ON_THE_WAY if p not in (Point.AFTER_STATE, Point.AFTER_ROWS, Point.AFTER_AUDIT)]
    for number, point in enumerate(points):
        files = folder(user("a"), user(f"b{number}"), path("s", "a", f"b{number}", "e"))
        command = DeployProcess(files, uuid4().hex)

        assert dies(settings, clock, point, lambda other, command=command: other.run(command, SYSTEM)), point
        assert engine.run(command, SYSTEM).version == number + 1
    assert engine.verify_audit()["broken"] == []


def test_killed_between_sending_and_recording_the_message_goes_again_under_its_key(engine, settings, clock):
    deploy(engine, service("tell", "notify.send", template="&quot;t&quot;"), user("a"), path("s", "tell", "a", "e"))
    order = accept(engine)
    ledger = settings.var_dir / "delivered.txt"

    assert dies(settings, clock, Point.OUTBOX_SENT, lambda other: deliver_due(other, Accepting(ledger)))
    assert deliver_due(engine, Accepting(ledger)).n_answered == 0  # still leased to the dead worker
    clock.advance(seconds=settings.outbox_lease_seconds)
    assert deliver_due(engine, Accepting(ledger)).n_answered == 1

    keys = ledger.read_text().split()
    assert len(keys) == 2 and len(set(keys)) == 1
    assert Counter(e.kind for e in events(engine, order.order_no))["CallAnswered"] == 1
    assert list(tasks_of(engine, order.order_id)) == ["a"]


def test_killed_while_migrating_the_next_start_does_it_again(postgres, tmp_path):
    for url in (f"sqlite:///{tmp_path / 'new.db'}", postgres.create("migration_killed")):
        settings = Settings(database_url=url, var_dir=tmp_path / "var")

        assert dies(settings, SystemClock(), Point.BEFORE_COMMIT, lambda other: other.init())
        engine = build(settings)
        assert not is_current(engine.database)
        engine.init()
        assert is_current(engine.database)
        assert engine.verify_audit()["broken"] == []
        engine.close()


def test_the_environment_arms_a_point():
    code = (
        "from engine.crashpoints import Point, reach; reach(Point.AFTER_LOCK); reach(Point.AFTER_LOCK); print('alive')"
    )

    def run(setting):
        environment = {**os.environ, "YIKUO_CRASH_AT": setting}
        return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)

    assert run("after_lock").returncode == -signal.SIGKILL
    assert run("after_lock:2").returncode == -signal.SIGKILL
    assert run("after_lock:3").stdout == b"alive\n"
    assert run("after_rows").stdout == b"alive\n"


def orders_version(engine, order_no):
    with engine.read() as view:
        return orders.order(view, SYSTEM, order_no).head["version"]


class Accepting:
    """An outside that takes everything and writes down the keys."""

    def __init__(self, ledger=None):
        self.ledger = ledger

    def deliver(self, key, message):
        if self.ledger is not None:
            with self.ledger.open("a") as file:
                file.write(f"{key}\n")
        return {"status": "accepted"}
