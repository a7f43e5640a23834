from __future__ import annotations

import hashlib
from uuid import uuid4

import pytest

from engine.commands.deploy_process import DeployProcess
from engine.policy import SYSTEM
from tests.diagrams import folder
from tests.orders import accept, complete, deploy, tasks_of
from tests.quotes import QUOTE, asking
from tests.site import TABLE_DIGEST, Site

DIGEST = hashlib.sha256(QUOTE).hexdigest()


@pytest.fixture
def site(engine):
    return Site(engine)


@pytest.fixture
def clerk(site):
    return site.program("clerk")


def ask(program, address, inputs, **more):
    return program.post(f"/decisions/{address}/evaluate", {"inputs": inputs, **more})


def deploy_as(engine, key, *parts, **files):
    whole = folder(*parts, files={name.replace("_dmn", ".dmn"): data for name, data in files.items()})
    whole["manifest.toml"] = f'key = "{key}"\ntitle = "{key}"\noperators = []\n'.encode()
    engine.run(DeployProcess(whole, uuid4().hex), SYSTEM)


def test_a_limit_is_asked_for_with_a_plain_date(clerk):
    inputs = {"category": "LV_NONRES", "stage": "TOTAL", "applied_on": "2022-12-30", "needs_external_line_works": None}
    found = ask(clerk, "time_limits", inputs).json

    assert (found["value"]["workdays"], [rule["number"] for rule in found["rules"]]) == (20, [3])
    assert found["inputs"] == inputs | {"applied_on": {"@date": "2022-12-30"}}
    assert (found["decision"], found["title"], found["file"]) == ("time_limits", "办理时限", "time_limits.dmn")
    assert (found["table"], found["version"]) == (
        TABLE_DIGEST, {"key": "_shared", "title": "公用决策表", "version": 1},
    )  # fmt: skip
    [rule] = found["rules"]
    assert rule["id"] == "time_limits_rule_3"
    assert rule["conditions"][2] == {
        "label": "申请日期", "name": "applied_on", "text": '[date("2021-12-31")..date("2022-12-30")]',
    }  # fmt: skip
    assert rule["outputs"][0] == {"label": "工作日", "name": "workdays", "text": "20"}
    assert rule["annotations"] == [{"label": "出处与把握", "name": "", "text": "SOURCED；生效日 GUESS"}]
    assert found["notes"] == []


def test_every_decision_that_was_required_is_told_with_its_rows(engine, clerk):
    deploy(engine, *asking("deposit"), files={"quote.dmn": QUOTE}, starting=False)
    found = ask(clerk, "deposit", {"capacity_kw": 630, "usage": "OTHER"}).json
    grade, deposit = found["decisions"]

    assert (found["value"], grade["value"], deposit["value"]) == (63000, "A", 63000)
    assert [rule["id"] for rule in grade["rules"]] == ["grade_1"]
    assert [(part["decision"], [rule["id"] for rule in part["rules"]]) for part in deposit["within"]] == [
        ("rate_of", ["rate_1"])
    ]


@pytest.mark.parametrize(
    ("inputs", "reasons"),
    [
        ({"category": "NOBODY", "stage": "TOTAL", "applied_on": "2026-03-02"}, ["不在允许值"]),
        ({"category": 5, "stage": [], "applied_on": "soon"}, ["“category”应为 string", "“applied_on”应为 date"]),
        ({}, ["没有给出输入“category”", "没有规则命中"]),
        ({"category": {"@date": "2026-02-31"}, "stage": None, "applied_on": None}, ["@date “2026-02-31” 无法读取"]),
        ({"category": "LV_RES", "stage": "NO_SUCH", "applied_on": "2026-03-02"}, ["没有规则命中"]),
    ],
)
def test_what_does_not_fit_is_null_and_never_without_a_reason(clerk, inputs, reasons):
    answer = ask(clerk, "time_limits", inputs)

    assert answer.status_code == 200
    assert answer.json["value"] in (None, dict.fromkeys(("workdays", "warn_share", "clock", "basis")))
    said = "\n".join(note["reason"] for note in answer.json["notes"])
    assert [reason for reason in reasons if reason not in said] == []


def test_notes_point_into_the_expression(engine, clerk):
    deploy(engine, *asking("deposit"), files={"quote.dmn": QUOTE}, starting=False)
    notes = ask(clerk, "told", {"usage": "OTHER"}).json["notes"]

    assert {"position": 0, "reason": "没有给出输入“remark”", "source": ""} in notes
    assert any(note["position"] > 0 and note["source"].startswith("{n: string length") for note in notes)


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {("inputs", "wrong_type")}),
        ({"inputs": [1]}, {("inputs", "wrong_type")}),
        ({"inputs": {}, "version": "v1"}, {("version", "bad_shape")}),
        ({"inputs": {}, "versoin": None}, {("versoin", "unknown_field")}),
        ({"inputs": {"category": {"@day": "x"}}}, {("category", "bad_value")}),
        ({"inputs": {"category": "\ud800"}}, {("inputs", "bad_text")}),
    ],
)
def test_a_malformed_body_names_the_field(clerk, body, faults):
    answer = clerk.post("/decisions/time_limits/evaluate", body)

    assert answer.status_code == 422
    assert {(fault["field"], fault["code"]) for fault in answer.json["errors"]} == faults


@pytest.mark.parametrize(
    ("address", "more"),
    [
        ("nowhere", {}),
        ("办理时限", {}),
        ("lv_residential/nowhere", {}),
        ("nowhere/time_limits", {}),
        ("time_limits", {"version": "0" * 64}),
        ("classification", {"version": TABLE_DIGEST}),
        ("nowhere/time_limits", {"version": TABLE_DIGEST}),
    ],
)
def test_what_is_not_there_is_not_found(clerk, address, more):
    answer = ask(clerk, address, {}, **more)

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_a_file_that_is_no_table_is_not_evaluated(clerk, engine):
    with engine.read() as view:
        files = view.world.version(view.connection, 2).files
    other = next(data for name, data in files.items() if name.endswith(".bpmn"))

    assert ask(clerk, "time_limits", {}, version=hashlib.sha256(other).hexdigest()).status_code == 404


def test_beyond_the_limits_of_an_evaluation_is_told_with_its_code(engine, clerk):
    endless = QUOTE.replace(
        b"rate of(Grade) * capacity_kw", b"sum(for i in 1..9999 return sum(for j in 1..9999 return j))"
    )
    deploy(engine, *asking("deposit"), files={"quote.dmn": endless}, starting=False)
    deep: object = 1
    for _ in range(90):
        deep = [deep]

    for answer in (ask(clerk, "deposit", {}), ask(clerk, "time_limits", {"category": deep})):
        assert (answer.status_code, answer.json["code"]) == (422, "feel_budget")


def test_a_process_is_asked_for_its_own_copy(engine, clerk):
    found = ask(
        clerk, "lv_residential/time_limits", {"category": "LV_RES", "stage": "TOTAL", "applied_on": "2026-03-02"}
    )

    assert found.json["version"]["key"] == "lv_residential"
    assert found.json["value"]["workdays"] == 5


def test_a_key_of_several_processes_must_name_one(engine, clerk):
    deploy_as(engine, "one", *asking("grade"), quote_dmn=QUOTE)
    assert ask(clerk, "grade", {"capacity_kw": 630, "usage": "X"}).json["value"] == "A"
    deploy_as(engine, "two", *asking("grade"), quote_dmn=QUOTE.replace(b'"A"', b'"C"'))
    unclear = ask(clerk, "grade", {"capacity_kw": 630, "usage": "X"})

    assert (unclear.status_code, unclear.json["code"]) == (422, "decision_ambiguous")
    assert "one/grade" in unclear.json["detail"] and "two/grade" in unclear.json["detail"]
    assert ask(clerk, "two/grade", {"capacity_kw": 630, "usage": "X"}).json["value"] == "C"
    assert ask(clerk, "grade", {"capacity_kw": 630, "usage": "X"}, version=DIGEST).json["value"] == "A"


def test_an_old_version_can_still_be_asked(engine, clerk):
    deploy(engine, *asking("grade"), files={"quote.dmn": QUOTE}, starting=False)
    changed = QUOTE.replace(b"&gt;= 500", b"&gt;= 900")
    deploy(engine, *asking("grade"), files={"quote.dmn": changed}, starting=False)
    inputs = {"capacity_kw": 630, "usage": "X"}
    old, new = ask(clerk, "grade", inputs, version=DIGEST).json, ask(clerk, "grade", inputs).json

    assert (old["value"], old["version"]["version"], old["table"]) == ("A", 1, DIGEST)
    assert (new["value"], new["version"]["version"]) == ("B", 2)


def test_decisions_in_force_are_listed_with_what_they_ask(engine, site, clerk):
    deploy(engine, *asking("deposit"), files={"quote.dmn": QUOTE}, starting=False)
    items = {item["address"]: item for item in site.program("surveyor").get("/decisions").json["items"]}

    assert {"classification", "step_targets", "time_limits", "hv_single/deposit", "hv_single/grade"} <= set(items)
    assert "lv_residential/time_limits" not in items
    assert items["time_limits"]["inputs"] == [
        {"name": "category", "type": "string"}, {"name": "stage", "type": "string"},
        {"name": "applied_on", "type": "date"}, {"name": "needs_external_line_works", "type": "boolean"},
    ]  # fmt: skip
    assert items["hv_single/deposit"]["inputs"] == [
        {"name": "capacity_kw", "type": "number"}, {"name": "usage", "type": "string"},
    ]  # fmt: skip
    for address, item in items.items():
        assert ask(clerk, address, {}).json["table"] == item["table"]


def test_asking_records_nothing(engine, clerk):
    before = engine.verify_audit()["n_events"]
    ask(clerk, "classification", {"usage": "RESIDENTIAL"})

    assert engine.verify_audit()["n_events"] == before


def test_an_order_tells_its_decisions_and_incidents_to_programs(engine, site):
    deploy(engine, *asking("deposit"), files={"quote.dmn": QUOTE.replace(b"rate of(Grade)", b"rate of(grade)")})
    order = accept(engine)
    complete(engine, tasks_of(engine, order.order_id)["a"].id)
    found = site.program("supervisor").get(f"/orders/{order.order_no}").json

    assert found["decisions"][0]["from"]["title"] == "公用决策表"
    assert found["incidents"][0]["notes"][0]["source"]
    assert [each["decision"] for each in found["incidents"][0]["decisions"]] == ["grade", "deposit"]
