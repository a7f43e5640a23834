from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import orjson
import pytest

from engine.kernel.loader import Process, bundle, load
from engine.kernel.model import Complete, Deliver, Env, Fire, Hold, Rearm, Reply, Retry, Step
from engine.kernel.spiff import Standing, advance, inspect, start
from tests.diagrams import (
    boundary,
    each,
    flow,
    folder,
    message,
    node,
    path,
    process,
    script,
    service,
    terminate,
    timer,
    user,
)
from tests.kernels import NOW, Case

MESSAGES = (
    '<bpmn:message id="{0}ms" name="suspension_requested"/><bpmn:message id="{0}mt" name="termination_requested"/>'
    '<bpmn:message id="{0}mr" name="resume_requested"/><bpmn:message id="{0}md" name="document_delivered"/>'
)


def call(id: str, key: str, *mapped: tuple[str, str, str]) -> str:
    inner = "".join(f'<yikuo:{kind} source="{source}" target="{target}"/>' for kind, source, target in mapped)
    return node("callActivity", id, f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>", calledElement=key)


def beside(id: str, ref: str) -> str:
    return message("boundaryEvent", id, ref, attachedToRef="work", cancelActivity="false", yikuo__result="request")


def called(key: str, short: str, *parts: str, manifest: str = "") -> dict[str, bytes]:
    body = process(*parts, node("endEvent", f"{short}e"), id=key, start=f"{short}s", extra=MESSAGES.format(short))
    head = f'key = "{key}"\ncalled = true\noperators = ["notify.send"]\n{manifest}'
    return {f"{key}/manifest.toml": head.encode(), f"{key}/process.bpmn": body}


ACCEPTANCE = called(
    "acceptance",
    "acc_",
    user("acc_a"),
    node("eventBasedGateway", "acc_g"),
    timer("intermediateCatchEvent", "acc_t", 'limit("ACCEPTANCE")', "timeDate"),
    message("intermediateCatchEvent", "acc_d", "acc_md"),
    node("exclusiveGateway", "acc_m"),
    path("acc_s", "acc_a", "acc_g", "acc_t", "acc_m", "acc_e"),
    path("acc_g", "acc_d", "acc_m"),
)
SUSPENSION = called(
    "order_suspension",
    "sus_",
    user("sus_approve"),
    message("receiveTask", "sus_resume", "sus_mr"),
    script("sus_done", "suspended = request.why"),
    path("sus_s", "sus_approve", "sus_resume", "sus_done", "sus_e"),
    manifest="while_suspended = true\n",
)
TERMINATION = called(
    "order_termination",
    "ter_",
    user("ter_approve"),
    node("exclusiveGateway", "ter_g", default="ter_gd"),
    script("ter_no", "approved = false"),
    terminate("ter_kill"),
    path("ter_s", "ter_approve", "ter_g"),
    flow("ter_g", "ter_no", "not(approved)"),
    flow("ter_g", "ter_e", id="ter_gd"),
    path("ter_no", "ter_kill"),
)
WORK = "".join(
    (
        node("startEvent", "ws"),
        node("subProcess", "survey", each("sites", "site", "site + n", "surveyed") + "".join(
            (node("startEvent", "us"), script("u0", "n = 1"), user("u"), node("endEvent", "ue"),
             path("us", "u0", "u", "ue")))),
        boundary("stage", "survey", 'warn("SITE_SURVEY")', interrupting=False),
        service("stage_told", "notify.send", to="'x'".replace("'", "&quot;")),
        user("energise"),
        terminate("energised"),
        node("endEvent", "we"),
        path("ws", "survey", "energise", "energised"),
        path("stage", "stage_told", "we"),
    )
)  # fmt: skip
HANDLING = "".join(
    (
        node("startEvent", "hs"),
        node("subProcess", "work", WORK),
        boundary("overdue", "work", 'warn("TOTAL")', interrupting=False),
        user("escalated"),
        beside("suspend", "ms"),
        call("suspension", "order_suspension", ("input", "request", "request"), ("output", "suspended", "suspended")),
        beside("stop", "mt"),
        call("termination", "order_termination", ("input", "request", "request"), ("output", "approved", "approved")),
        node("exclusiveGateway", "granted", default="gd"),
        script("is_stopped", "terminated = true"),
        terminate("stopped"),
        node("endEvent", "he"),
        path("hs", "work", "he"),
        path("overdue", "escalated", "he"),
        path("suspend", "suspension", "he"),
        path("stop", "termination", "granted"),
        flow("granted", "is_stopped", "approved"),
        flow("granted", "he", id="gd"),
        path("is_stopped", "stopped"),
    )
)
MAIN = (
    call("accept", "acceptance", ("output", "1", "accepted")),
    message("boundaryEvent", "stop_early", "mt", attachedToRef="accept"),
    script("init", "terminated = false"),
    node("parallelGateway", "fork"),
    user("documents"),
    node("endEvent", "documents_in"),
    node("subProcess", "handling", HANDLING),
    node("exclusiveGateway", "over", default="od"),
    terminate("order_stopped"),
    user("archive"),
    path("s", "accept", "init", "fork", "handling", "over"),
    path("stop_early", "order_stopped"),
    path("fork", "documents", "documents_in"),
    flow("over", "order_stopped", "terminated"),
    flow("over", "archive", id="od"),
    path("archive", "e"),
)


def version() -> Process:
    files = folder(
        *MAIN,
        files=ACCEPTANCE | SUSPENSION | TERMINATION,
        manifest='calls = ["acceptance", "order_suspension", "order_termination"]\n',
        extra=MESSAGES.format(""),
    )
    return load(bundle(files, {}))


def env(days: int = 5) -> Env:
    def of(stage: str) -> dict[str, Any]:
        return {"due": NOW + timedelta(days=days), "why": {"stage": stage}}

    functions: dict[str, Callable[..., Any]] = {"limit": of, "warn": of}
    return Env(NOW, functions)


def handled() -> Case:
    case = Case(version(), {"sites": [1, 2]}, env())
    case.finish("acc_a")
    case.deliver("document_delivered")
    return case


def test_an_order_is_handled_and_suspended_on_the_way() -> None:
    case = handled()
    assert case.open == ["documents", "u", "u"]
    assert case.messages == ["stop", "suspend"]
    assert case.timers == ["overdue", "stage"]
    case.deliver("suspension_requested", why="weather")
    case.finish("sus_approve")
    case.step(Hold(("TOTAL", "SITE_SURVEY")))
    assert case.timers == []
    assert not case.process.while_suspended("u") and case.process.while_suspended("sus_resume")
    assert case.messages == ["stop", "sus_resume", "suspend"]
    case.deliver("resume_requested")
    case.step(Rearm(("TOTAL", "SITE_SURVEY")), env(9))
    assert {timer.due_at for timer in case.standing.timers.values()} == {NOW + timedelta(days=9)}
    assert case.variables["suspended"] == "weather"
    case.fire("stage")
    case.reply({})
    case.finish("u", "u")
    assert case.variables["surveyed"] == [2, 3]
    case.fire("overdue")
    case.finish("energise")
    assert case.messages == []
    assert case.open == ["documents", "escalated"]  # handling goes on until its own end
    case.finish("escalated")
    assert case.open == ["archive", "documents"]
    case.finish("documents")
    assert case.finish("archive").completed


def test_a_termination_is_refused_once_and_granted_then() -> None:
    case = handled()
    case.deliver("termination_requested", why="x")
    case.finish("ter_approve", approved=False)
    assert case.variables["approved"] is False
    assert case.messages == ["stop", "suspend"]
    case.deliver("suspension_requested", why="weather")
    case.deliver("termination_requested", why="y")
    done = case.finish("ter_approve", approved=True)
    assert done.completed
    assert (case.open, case.timers, case.messages) == ([], [], [])
    assert len(orjson.loads(done.state)["trees"]) == 1


def test_an_order_that_is_stopped_while_it_is_accepted() -> None:
    case = Case(version(), {"sites": []}, env())
    assert case.deliver("termination_requested").completed


def possible(standing: Standing, rng: Random) -> list[Step]:
    steps: list[Step] = [Complete(i, {"approved": rng.random() < 0.3}) for i in standing.tasks]
    steps += [Fire(i) for i in standing.timers]
    steps += [Reply(i, {}) for i in standing.calls]
    # a termination ends so much that it would hide the rest
    awaited = [m for m in standing.messages if m.message != "termination_requested" or rng.random() < 0.1]
    steps += [Deliver(m.message, {"why": "x"}, m.element_id) for m in awaited]
    return [*steps, Hold(("TOTAL",)), Rearm(("TOTAL", "SITE_SURVEY")), Retry()]


@pytest.mark.parametrize("seed", range(25))
def test_whatever_happens_in_whatever_order_it_goes_on_from_its_bytes(seed: int) -> None:
    rng, whole = Random(seed), version()
    moved = start(whole, {"sites": [1, 2, 3][: seed % 4]}, env())
    open_ids: set[str] = set()
    sizes = []
    for _ in range(300):
        assert moved.trouble is None
        open_ids = (open_ids | {t.task_id for t in moved.opened}) - set(moved.closed)
        standing = inspect(whole, moved.state)
        assert open_ids == set(standing.tasks)
        assert moved.pending == {i: timer.due_at for i, timer in standing.timers.items()}
        assert standing.completed == (not standing.current)
        assert advance(whole, moved.state, Retry(), env()).state == moved.state
        sizes.append(len(moved.state))
        if moved.completed:
            break
        moved = advance(whole, moved.state, rng.choice(possible(standing, rng)), env(rng.randint(1, 9)))
    assert max(sizes) < 60_000
