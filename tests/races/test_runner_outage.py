from __future__ import annotations

import os
import signal
import time
from multiprocessing import get_context
from uuid import uuid4

import pytest

from engine import runner
from engine.app import build
from engine.commands.complete_task import CompleteTask
from engine.crashpoints import Point
from engine.errors import AlreadyDone, Unavailable
from engine.policy import SYSTEM, Actor
from engine.settings import Settings
from engine.store import database
from tests.diagrams import path, user
from tests.orders import accept, complete, deploy, tasks_of
from tests.postgres import Cluster

FORK = get_context("fork")
TWO_TASKS = (user("a"), user("b"), path("s", "a", "b", "e"))


@pytest.fixture
def cluster():
    with Cluster(durable=True) as cluster:
        yield cluster


def test_a_restarted_server_loses_no_command(cluster, tmp_path):
    engine = build(Settings(database_url=cluster.create("restarted"), var_dir=tmp_path))
    engine.init()
    deploy(engine, *TWO_TASKS)
    for immediate in (True, False):
        order = accept(engine, submitted_at="2026-03-02T08:20:00+08:00")
        task_id = tasks_of(engine, order.order_id)["a"].id
        key = uuid4().hex
        done = complete(engine, task_id, key=key)
        cluster.restart(immediate=immediate)

        assert complete(engine, task_id, key=key) == done  # over connections that had died unnoticed
        assert complete(engine, done.opened[0]).completed
    assert engine.verify_audit()["broken"] == []
    engine.close()


def test_a_server_that_is_down_is_unavailable_and_then_comes_back(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "BACKOFF_SECONDS", 0.01)
    engine = build(Settings(database_url=cluster.create("down"), var_dir=tmp_path))
    engine.init()
    deploy(engine, *TWO_TASKS)
    task_id = tasks_of(engine, accept(engine).order_id)["a"].id
    cluster._halt(signal.SIGQUIT)
    with pytest.raises(Unavailable):
        complete(engine, task_id)
    cluster.restart()

    assert complete(engine, task_id).task_id == task_id
    engine.close()


def test_a_worker_that_slept_through_its_timeout_cannot_write(cluster, tmp_path, monkeypatch):
    monkeypatch.setitem(database._POSTGRES, "idle_in_transaction_session_timeout", "1s")
    settings = Settings(database_url=cluster.create("zombie"), var_dir=tmp_path)
    engine = build(settings)
    engine.init()
    deploy(engine, *TWO_TASKS)
    order = accept(engine)
    task_id = tasks_of(engine, order.order_id)["a"].id

    def sleeper():
        def stop(point):
            if point is Point.AFTER_ENGINE:
                os.kill(os.getpid(), signal.SIGSTOP)

        runner.reach = stop
        own = build(settings)
        try:
            own.run(CompleteTask(task_id, {}, None, "late"), Actor("sleeper", "睡着的人", "system", unit_code="33"))
        except AlreadyDone:
            os._exit(7)
        os._exit(0)

    zombie = FORK.Process(target=sleeper)
    zombie.start()
    os.waitpid(zombie.pid, os.WUNTRACED)
    began = time.monotonic()
    done = engine.run(CompleteTask(task_id, {}, None, "quick"), SYSTEM)
    waited = time.monotonic() - began
    os.kill(zombie.pid, signal.SIGCONT)
    zombie.join(30)

    assert waited < 5  # the server ended the sleeper's transaction after 1 s
    assert zombie.exitcode == 7
    assert list(tasks_of(engine, order.order_id)) == ["b"]
    assert tasks_of(engine, order.order_id)["b"].id == done.opened[0]
    engine.close()
