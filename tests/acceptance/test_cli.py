from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.app import build
from engine.settings import Settings
from tests.diagrams import folder, path, user
from tests.notices import notice
from tests.orders import ADMIN, PERSONAL, application

ROOT = Path(__file__).parents[2]
PROCESSES = ROOT / "processes"
TABLE = PROCESSES / "shared" / "classification.dmn"


def engine(*arguments: str, settings: Settings | None = None) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ)
    if settings is not None:
        environment["YIKUO_VAR_DIR"] = str(settings.var_dir)
        arguments = (*arguments, "--database", settings.database_url)
    command = [sys.executable, "-m", "engine", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def told(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("key", ["lv_residential", "lv_nonresidential"])
def test_our_diagrams_pass_with_a_summary(key: str) -> None:
    done = engine("check-process", str(PROCESSES / key / "process.bpmn"))
    assert done.returncode == 0
    assert key in done.stdout


def test_a_faulty_diagram_is_named_with_element_and_reason(tmp_path: Path) -> None:
    file = tmp_path / "x.bpmn"
    file.write_bytes(folder(user("a"), path("s", "a", "nowhere"))["process.bpmn"])
    done = engine("check-process", str(file))
    assert done.returncode == 1
    assert any(line.startswith(f"{file}:") and line.count(":") >= 2 for line in done.stdout.splitlines())
    as_json = engine("check-process", str(file), "--json")
    assert as_json.returncode == 1
    assert told(as_json)["ok"] is False and told(as_json)["findings"][0]["code"]


def test_a_missing_file_is_said_without_a_stack_trace() -> None:
    done = engine("check-process", "no/such/file.bpmn")
    assert done.returncode == 1
    assert "no/such/file.bpmn" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("facts", "category", "process_key"),
    [
        ({"usage": "RESIDENTIAL", "capacity_kw": 8}, "LV_RES", "lv_residential"),
        ({"usage": "NON_RESIDENTIAL", "capacity_kw": 160.0}, "LV_NONRES", "lv_nonresidential"),
        ({"usage": "NON_RESIDENTIAL", "capacity_kw": 160.01, "in_sme_park": True}, "LV_PARK", "lv_sme_park"),
        ({"usage": "NON_RESIDENTIAL", "capacity_kw": 300.01, "in_sme_park": True}, "HV_SINGLE", "hv_single"),
        ({"usage": "NON_RESIDENTIAL", "capacity_kw": 630, "power_sources": 2}, "HV_DUAL", "hv_dual"),
    ],
)
def test_decide_evaluates_every_decision(
    facts: dict[str, Any], category: str, process_key: str, tmp_path: Path
) -> None:
    given = {
        "charging_pile": False,
        "requested_voltage": "LV",
        "power_sources": 1,
        "in_sme_park": False,
        "hv_wish": False,
    }
    file = tmp_path / "input.json"
    file.write_text(json.dumps(given | facts))
    done = engine("decide", str(TABLE), "--input", str(file), "--json")
    outcome = told(done)["classification"]
    assert (outcome["category"], outcome["process_key"]) == (category, process_key)


@pytest.mark.parametrize(
    ("category", "start", "days", "due_on"),
    [
        ("LV_RES", "2026-02-13T10:00:00+08:00", 1, "2026-02-14"),
        ("LV_RES", "2026-02-12T10:00:00+08:00", None, "2026-02-26"),
        ("LV_NONRES", "2026-04-30T10:00:00+08:00", None, "2026-05-25"),
        ("HV_SINGLE", "2026-09-30T10:00:00+08:00", None, "2026-11-05"),
        ("LV_RES", "2026-06-18T23:59:00+08:00", None, "2026-06-26"),
        ("LV_RES", "2026-06-18T16:30:00+00:00", None, "2026-06-26"),
    ],
)
def test_deadline_explains_itself(category: str, start: str, days: int | None, due_on: str) -> None:
    extra = [] if days is None else ["--days", str(days)]
    done = engine("deadline", "--category", category, "--stage", "TOTAL", "--start", start, *extra, "--json")
    result = told(done)
    assert done.returncode == 0 and result["due_on"] == due_on
    assert due_on in result["why"]["text"] and "日历 2026" in result["why"]["text"]


@pytest.mark.parametrize("before", [True, False])
def test_options_stand_before_or_behind_the_verb(before: bool) -> None:
    words = ["check-process", str(PROCESSES / "lv_residential" / "process.bpmn")]
    done = engine("--json", *words) if before else engine(*words, "--json")
    assert told(done)["ok"] is True


def test_deadline_wants_an_instant_with_an_offset() -> None:
    done = engine("deadline", "--category", "LV_RES", "--stage", "TOTAL", "--start", "2026-02-13T10:00:00")
    assert done.returncode == 2 and "时区" in done.stderr


def asked(*arguments: str, settings: Settings | None = None) -> Any:
    start = "2027-02-04T10:00:00+08:00"
    given = {"--category": "LV_RES", "--stage": "TOTAL", "--start": start}
    given |= dict(zip(arguments[::2], arguments[1::2], strict=True))
    return engine("deadline", *(word for pair in given.items() for word in pair), "--json", settings=settings)


def test_deadline_counts_by_the_year_that_an_administrator_entered(settings: Settings) -> None:
    before = asked("--days", "1", settings=settings)
    installation = build(settings)
    installation.run(notice(), ADMIN)
    installation.close()
    after = asked("--days", "1", settings=settings)

    assert (told(before)["due_on"], told(after)["due_on"]) == ("2027-02-09", "2027-02-12")
    assert "日历 2027 v1（暂定）" in told(before)["explanation"] and "日历 2027 v2；" in told(after)["explanation"]
    assert told(after)["why"]["calendar"] == [{"year": 2027, "version": 2, "status": "OFFICIAL"}]
    assert told(after)["calendar_from"] == "database"


def test_deadline_counts_by_the_files_where_no_database_is_and_makes_none(tmp_path: Path) -> None:
    nowhere = tmp_path / "not" / "there.db"
    done = asked("--database", f"sqlite:///{nowhere}")

    assert done.returncode == 0 and told(done)["calendar_from"] == "files"
    assert told(done)["due_on"] == "2027-02-15"
    assert not nowhere.parent.exists()


def test_deadline_counts_by_the_files_where_the_database_is_empty(database_url: str) -> None:
    assert told(asked("--database", database_url))["calendar_from"] == "files"


@pytest.mark.parametrize(
    ("option", "value", "code", "words"),
    [
        ("--category", "LV_NONE", "unknown_category", "LV_RES"),
        ("--stage", "SURVEY", "unknown_stage", "SITE_SURVEY"),
        ("--start", "9999-12-30T00:00:00+08:00", "out_of_range", "2100"),
    ],
)
def test_deadline_says_what_it_does_not_know(option: str, value: str, code: str, words: str) -> None:
    done = asked(option, value)

    assert done.returncode == 1 and told(done)["code"] == "invalid"
    [fault] = told(done)["errors"]
    assert (fault["field"], fault["code"]) == (option[2:], code) and words in fault["reason"]
    assert fault["reason"] in done.stderr and "Traceback" not in done.stderr


def test_deadline_of_a_stage_without_a_limit_is_not_found() -> None:
    done = asked("--stage", "CONTRACT")
    assert done.returncode == 1 and told(done)["code"] == "not_found" and "CONTRACT" in done.stderr


@pytest.mark.parametrize(("days", "returncode"), [("2500", 0), ("2501", 1), ("-1", 2), ("x", 2)])
def test_deadline_wants_a_possible_number_of_days(days: str, returncode: int) -> None:
    done = asked("--days", days)
    assert done.returncode == returncode and "Traceback" not in done.stderr


@pytest.mark.parametrize("key", ["lv_residential", "lv_nonresidential"])
def test_rehearsal_completes_every_order(key: str) -> None:
    done = engine("rehearse", key, "--orders", "25", "--seed", "3", "--json")
    report = told(done)
    assert done.returncode == 0, done.stdout
    assert (report["orders"], report["completed"], report["stuck"], report["errors"]) == (25, 25, 0, 0)
    assert report["timers_fired"] > 0


def test_an_order_from_file_to_verified_record(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text(json.dumps(application(), ensure_ascii=False) + "\n")
    imported = engine("import-applications", str(file), "--json", settings=settings)
    assert (told(imported)["accepted"], told(imported)["refused"]) == (1, [])
    assert PERSONAL["id_no"] not in imported.stdout + imported.stderr
    verified = engine("verify-audit", "--json", settings=settings)
    assert verified.returncode == 0
    assert told(verified)["n_events"] > 0 and told(verified)["broken"] == []


def test_a_token_is_for_a_known_account(settings: Settings) -> None:
    unknown = engine("token", "--user", "nobody", settings=settings)
    assert unknown.returncode == 1 and "Traceback" not in unknown.stderr
    accounts = engine("demo-accounts", settings=settings)
    assert accounts.returncode == 0
    listed = settings.var_dir / "demo-accounts.txt"
    assert listed.stat().st_mode & 0o077 == 0
    passwords = [line.split("\t")[1] for line in listed.read_text("utf-8").splitlines()]
    assert len(set(passwords)) == len(passwords) > 5
    token = engine("token", "--user", "demo", settings=settings)
    assert token.returncode == 0 and len(token.stdout.strip()) > 30
