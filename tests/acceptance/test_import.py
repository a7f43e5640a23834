from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from engine.app import Engine, build
from engine.clock import ManualClock
from engine.importing import import_lines
from engine.policy import SYSTEM
from engine.queries.orders import order_list, waiting_orders
from engine.rehearsal.applications import application
from engine.settings import Settings
from engine.store.reading import count_by_status
from tests.diagrams import path, user
from tests.orders import KEY, deploy
from tests.shape.source import ROOT

SUBMITTED = datetime.fromisoformat("2026-03-02T08:30:00+08:00")
GIVEN = Path(__file__).parents[3] / "shared" / "data" / "applications.jsonl"


def drawn(engine: Engine, n: int, seed: int = 7) -> list[dict[str, Any]]:
    with engine.read() as view:
        tree = view.world.organisation(view.connection)
    rng = Random(seed)
    return [application(tree, rng, SUBMITTED) for _ in range(n)]


def wrong(base: dict[str, Any]) -> list[tuple[bytes, str, str]]:
    """Lines that must be refused: bytes, code, field."""

    def changed(code: str, field: str, **changes: Any) -> tuple[bytes, str, str]:
        raw = copy.deepcopy(base) | {"external_id": f"WRONG-{code}"} | changes
        return orjson.dumps(raw), code, field

    person = base["applicant"] | {"subject_type": "NATURAL_PERSON", "id_type": "RESIDENT_ID"}
    return [
        (b"{not json", "not_json", ""),
        (b"[1, 2]", "wrong_type", ""),
        changed("unknown_unit", "unit_code", unit_code="99999"),
        changed("out_of_range", "capacity_kw", capacity_kw=-5),
        changed("bad_instant", "submitted_at", submitted_at="2026-02-30T10:00:00+08:00"),
        changed("bad_resident_id", "applicant.id_no", applicant=person | {"id_no": "330102199003070018"}),
        changed("missing", "address", address=None),
    ]


def lines(*rows: Iterable[dict[str, Any]]) -> list[bytes]:
    return [orjson.dumps(row) for group in rows for row in group]


def end_state(engine: Engine) -> dict[str, int]:
    with engine.read() as view:
        return count_by_status(view.connection)


def test_every_line_is_accepted_known_or_refused_with_field_and_reason(engine: Engine) -> None:
    good = drawn(engine, 40)
    bad = wrong(good[0])
    file = [*lines(good), *(line for line, _, _ in bad), *lines(good[:3]), b"  \n"]
    result = import_lines(engine, file)
    assert (result.accepted, result.duplicates) == (40, 3)
    assert [(r["line"], r["code"]) for r in result.refused] == [(41 + n, code) for n, (_, code, _) in enumerate(bad)]
    for (_, code, field), refused in zip(bad, result.refused, strict=True):
        assert field in {fault["field"] for fault in refused["errors"]}, code
        assert any("\u4e00" <= letter <= "\u9fff" for letter in refused["reason"])
    assert sum(end_state(engine).values()) == 40


def test_doing_it_twice_changes_nothing(engine: Engine) -> None:
    file = lines(drawn(engine, 15))
    import_lines(engine, file)
    before = end_state(engine)
    again = import_lines(engine, file)
    assert (again.accepted, again.duplicates, again.refused) == (0, 15, [])
    assert end_state(engine) == before


def test_same_number_with_another_content_is_refused(engine: Engine) -> None:
    one = next(raw for raw in drawn(engine, 40) if raw["usage"] == "RESIDENTIAL")
    other = one | {"capacity_kw": one["capacity_kw"] + 1}
    result = import_lines(engine, lines([one, other]))
    assert (result.accepted, [r["code"] for r in result.refused]) == (1, ["external_id_conflict"])


def test_no_personal_value_stands_in_a_refusal(engine: Engine) -> None:
    base = next(raw for raw in drawn(engine, 40) if raw["usage"] == "RESIDENTIAL")
    number = base["applicant"]["id_no"]
    broken = number[:-1] + ("1" if number[-1] != "1" else "2")
    raw = base | {"applicant": base["applicant"] | {"id_no": broken, "phone": "139123"}}
    result = import_lines(engine, lines([raw]))
    told = json.dumps(result.refused, ensure_ascii=False)
    assert result.refused and broken not in told and "139123" not in told and base["applicant"]["name"] not in told


def test_orders_wait_for_their_process_and_start_by_themselves(engine: Engine) -> None:
    import_lines(engine, lines(drawn(engine, 60)))
    before = end_state(engine)
    with engine.read() as view:
        waiting = {row["process_key"] for row in waiting_orders(view, SYSTEM, limit=200)}
    assert before["WAITING_PROCESS"] > 0 and before["RUNNING"] > 0
    assert waiting == {KEY}  # the one that the tests have withdrawn
    deploy(engine, user("a"), path("s", "a", "e"))
    assert end_state(engine) == {"RUNNING": sum(before.values())}
    with engine.read() as view:
        assert waiting_orders(view, SYSTEM, limit=200) == []


def test_every_category_has_its_process(engine: Engine) -> None:
    engine.deploy(ROOT / "processes" / KEY, SYSTEM)
    import_lines(engine, lines(drawn(engine, 60)))
    assert end_state(engine) == {"RUNNING": 60}
    with engine.read() as view:
        keys = Counter(row["process_key"] for row in order_list(view, SYSTEM, limit=200))
    assert set(keys) == {"lv_residential", "lv_nonresidential", "lv_sme_park", "charging_pile", "hv_single", "hv_dual"}


@pytest.mark.parametrize("point", ["before_commit:9", "after_commit:9"])
def test_killed_in_the_middle_and_run_again_gives_the_same_end(settings: Settings, point: str, tmp_path: Path) -> None:
    engine = build(settings)
    file = tmp_path / "applications.jsonl"
    file.write_bytes(b"\n".join(lines(drawn(engine, 20))) + b"\n{broken\n")
    command = [sys.executable, "-m", "engine", "import-applications", str(file), "--json"]
    command += ["--database", settings.database_url]
    environment = {**os.environ, "YIKUO_VAR_DIR": str(settings.var_dir)}
    killed = subprocess.run(command, env=environment | {"YIKUO_CRASH_AT": point}, capture_output=True, check=False)
    assert killed.returncode == -9
    n_kept = sum(end_state(engine).values())
    assert n_kept == (8 if point.startswith("before") else 9)
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    result = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert (result["accepted"], result["duplicates"], len(result["refused"])) == (20 - n_kept, n_kept, 1)
    assert sum(end_state(engine).values()) == 20
    assert engine.verify_audit()["broken"] == []
    engine.close()


def test_the_given_sample(engine: Engine, clock: ManualClock) -> None:
    clock.move_to(datetime.fromisoformat("2026-11-01T09:00:00+08:00"))
    engine.deploy(ROOT / "processes" / KEY, SYSTEM)
    file = GIVEN.read_bytes().splitlines() if GIVEN.exists() else lines(drawn(engine, 20))
    result = import_lines(engine, file)
    expected = (487, 6, 13) if GIVEN.exists() else (20, 0, 0)
    assert (result.accepted, result.duplicates, len(result.refused)) == expected
    assert end_state(engine) == {"RUNNING": result.accepted}
