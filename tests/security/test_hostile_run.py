from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from engine.app import Engine
from engine.commands.deploy_process import DeployProcess
from engine.errors import ModelRefused
from engine.kernel.loader import Process, bundle, load
from engine.kernel.model import Complete, Env, Fire
from engine.kernel.spiff import advance, inspect, start
from tests.diagrams import flow, folder, node, path, script, user
from tests.orders import ADMIN
from tests.security.test_hostile_diagrams import FOR_THE_BUDGET, GENERATOR, HARMLESS

ENV = Env(datetime(2026, 3, 2, tzinfo=UTC))
MANIFEST = b'key = "hostile"\n'
SECONDS_A_STEP = 2.5
OURS = {
    "bomb_list": folder(script("x", "a = for i in 1..9000 return for j in 1..9000 return i"), path("s", "x", "e")),
    "bomb_text": folder(
        script("x", *["a = string join(for i in 1..90 return string(i))"] * 1_001), path("s", "x", "e")
    ),
    "null_power": folder(script("x", "a = 9 ** (9 ** (9 ** 9))"), path("s", "x", "e")),
    "bomb_growth": folder(
        user("a"),
        script("x", 'big = if big = null then "xxxxxxxxxxxxxxxxxxxx" else big + big'),
        node("exclusiveGateway", "g", default="out"),
        flow("g", "e", id="out"),
        flow("g", "a", "string length(big) > 0"),
        path("s", "a", "x", "g"),
    ),
    "rules_only": folder(user("a"), path("s", "a", "e")),
}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hostile")
    if GENERATOR.exists():
        subprocess.run([sys.executable, str(GENERATOR), str(place)], check=True, capture_output=True)
    return place


def run_out(process: Process, n_at_most: int = 900) -> str:
    """Answer and fire everything; how it ended, each step within its budget."""
    begun = time.perf_counter()
    result = start(process, {}, ENV)
    for _ in range(n_at_most):
        assert time.perf_counter() - begun < SECONDS_A_STEP
        if result.trouble is not None:
            return f"incident {result.trouble.code}"
        if result.completed:
            return "completed"
        waits = inspect(process, result.state)
        begun = time.perf_counter()
        if waits.tasks:
            result = advance(process, result.state, Complete(next(iter(waits.tasks)), {}), ENV)
        elif waits.timers:
            result = advance(process, result.state, Fire(next(iter(waits.timers))), ENV)
        else:
            return f"waits for {waits.current}"
    return "still running"


def test_given_diagrams_are_refused_or_run_within_their_budget(given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(given)
    ended: dict[str, str] = {}
    for file in sorted(given.glob("*.bpmn")):
        files = {"manifest.toml": MANIFEST, "process.bpmn": file.read_bytes()}
        try:
            ended[file.name] = run_out(load(bundle(files, {})))
        except ModelRefused as refusal:
            assert refusal.faults and all(fault.field and fault.reason for fault in refusal.faults)
    ran_on = {name: end for name, end in ended.items() if end == "still running" or end.startswith("waits")}
    assert ran_on == {}
    allowed = HARMLESS | FOR_THE_BUDGET
    assert ended.keys() <= allowed
    assert {end for name, end in ended.items() if name in HARMLESS} <= {"completed"}
    assert list(given.rglob("canary*")) == []


@pytest.mark.parametrize("name", [n for n in OURS if n.startswith("bomb")])
def test_a_bomb_in_feel_becomes_an_incident(name: str) -> None:
    process = load(bundle(OURS[name], {}))
    begun = time.perf_counter()
    end = run_out(process)
    assert end.startswith("incident"), end
    assert time.perf_counter() - begun < 30


@pytest.mark.parametrize("name", ["null_power", "rules_only"])
def test_what_only_yields_null_runs(name: str) -> None:
    assert run_out(load(bundle(OURS[name], {}))) == "completed"


def test_nothing_is_half_stored(engine: Engine) -> None:
    before = len(engine.processes)
    broken = dict(OURS["rules_only"])
    broken["process.bpmn"] = broken["process.bpmn"].replace(b'targetRef="e"', b'targetRef="nowhere"')
    with pytest.raises(ModelRefused) as refusal:
        engine.run(DeployProcess(broken, uuid4().hex), ADMIN)
    assert refusal.value.faults
    assert len(engine.processes) == before
