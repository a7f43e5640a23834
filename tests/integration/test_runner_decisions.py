from __future__ import annotations

import hashlib
import json
from datetime import date

import pytest
from alembic import command
from sqlalchemy import event, text

from engine.commands.clockwork import limits_on
from engine.commands.load_house import LoadHouse
from engine.errors import Invalid
from engine.folders import read_calendars, read_shared
from engine.policy import SYSTEM
from engine.queries import orders
from engine.queries.explanations import decision_of_order, explained, table_page
from engine.store import migrate as migrations
from engine.store import processes
from engine.store.database import Database
from tests.diagrams import path, script, user
from tests.orders import CLERK, STRANGER, accept, application, complete, deploy, tasks_of
from tests.quotes import BRANCHING, QUOTE, asking, rule_task

FILES = {"quote.dmn": QUOTE}
QUOTE_DIGEST = hashlib.sha256(QUOTE).hexdigest()


def entries(engine, order):
    with engine.read() as view:
        return orders.timeline(view, SYSTEM, order.order_no)


def page(engine, order):
    with engine.read() as view:
        return orders.order(view, SYSTEM, order.order_no)


def finish(engine, order, **form):
    complete(engine, tasks_of(engine, order.order_id)["a"].id, form=form)


def test_an_acceptance_tells_by_which_rule_each_clock_got_its_limit(engine):
    order = accept(engine)
    [accepted] = entries(engine, order)
    classification, *rest = accepted.body["decisions"]
    limits = [told for told in rest if "stage" in told]
    targets = {told["target_of"]: told["output"]["workdays"] for told in rest if "target_of" in told}
    clocks = {clock["stage"]: clock for clock in page(engine, order).clocks}

    assert targets == {stage: clock["internal_workdays"] for stage, clock in clocks.items()}
    label = {"key": "_shared", "title": "公用决策表", "version": 1}
    assert (classification["decision"], classification["from"]) == ("classification", label)
    assert classification["rule_ids"] == ["classification_rule_16"]
    assert {told["stage"]: told["output"]["workdays"] for told in limits} == {
        stage: clock["limit_workdays"] for stage, clock in clocks.items()
    }
    assert len(limits) == 6
    total = next(told for told in limits if told["stage"] == "TOTAL")
    assert (total["rules"], total["rule_ids"], total["from"]) == ([8], ["time_limits_rule_8"], label)
    assert total["inputs"]["applied_on"] == {"@date": "2026-03-02"}


def test_limits_are_evaluated_once_for_a_category_and_day(engine):
    accept(engine)
    with engine.read() as view:
        tables = view.world.shared(view.connection)
        day = date(2026, 3, 2)
        assert limits_on(tables, "HV_SINGLE", day) is limits_on(tables, "HV_SINGLE", day)


def test_a_limit_table_that_fails_refuses_instead_of_making_an_order_without_a_clock(engine):
    tables = read_shared(engine.settings.processes_dir)
    doubled = tables["time_limits.dmn"].replace(b'"HV_SINGLE"</text></inputEntry>', b"-</text></inputEntry>")
    tables["time_limits.dmn"] = doubled
    organisation = json.loads((engine.settings.processes_dir / "organisation.json").read_bytes())
    engine.run(LoadHouse(read_calendars(engine.settings.processes_dir), organisation, tables, "k"), SYSTEM)

    with pytest.raises(Invalid, match=r"时限表没有给出 LV_RES TOTAL 的时限：UNIQUE 表有多条规则同时命中"):
        accept(engine, usage="RESIDENTIAL", capacity_kw=8, requested_voltage="LV")


@pytest.mark.parametrize(("works", "workdays"), [(False, 5), (True, 15)])
def test_from_the_day_of_the_new_limits_an_order_has_those_of_its_own_works(engine, works, workdays):
    plain = {"requested_voltage": "LV", "hv_wish_evidence": None, "capacity_kw": 80, "needs_external_line_works": works}
    before = accept(engine, **plain)
    tables = read_shared(engine.settings.processes_dir)
    tables["time_limits.dmn"] = tables["time_limits.dmn"].replace(b'date("9999-12-31")', b'date("2025-09-01")')
    organisation = json.loads((engine.settings.processes_dir / "organisation.json").read_bytes())
    engine.run(LoadHouse(read_calendars(engine.settings.processes_dir), organisation, tables, "k"), SYSTEM)
    after = accept(engine, **plain)

    for order, expected in ((before, 15), (after, workdays)):
        [total] = page(engine, order).clocks
        assert (total["stage"], total["limit_workdays"]) == ("TOTAL", expected)


def test_a_business_rule_task_records_every_decision_with_the_version_of_its_process(engine):
    deploy(engine, *asking("deposit"), files=FILES)
    order = accept(engine)
    finish(engine, order)
    grade, deposit = entries(engine, order)[-1].body["decisions"]

    label = {"key": "hv_single", "title": "试验", "version": 1}
    assert (grade["decision"], grade["for"], grade["rule_ids"], grade["from"]) == (
        "grade",
        "deposit",
        ["grade_1"],
        label,
    )
    assert (deposit["element"], deposit["output"], deposit["table"]) == ("r", 63000, QUOTE_DIGEST)
    assert deposit["within"] == [{"table": "rates", "rules": [1]}]
    assert "for" not in deposit
    assert engine.verify_audit()["broken"] == []


def test_an_order_shows_the_table_it_met_after_another_was_published(engine, clock):
    deploy(engine, *asking("grade"), files=FILES)
    order = accept(engine)
    finish(engine, order)
    clock.advance(days=3)
    deploy(engine, *asking("grade"), files={"quote.dmn": QUOTE.replace(b"&gt;= 500", b"&gt;= 900")})

    with engine.read() as view:
        found = explained(view, orders.timeline(view, CLERK, order.order_no))[-1]
        old = table_page(view, CLERK, QUOTE_DIGEST, "grade")
        new_digest = hashlib.sha256(QUOTE.replace(b"&gt;= 500", b"&gt;= 900")).hexdigest()
        new = table_page(view, CLERK, new_digest, "Grade")
        assert decision_of_order(view, CLERK, order.order_no, found.seq, 0).told == found.told
    [row] = found.own.rows
    assert (found.title, row.conditions[0].text, row.conditions[0].value) == ("用电等级", ">= 500", 630)
    assert [(h.version.version, h.until) for h in old.holders] == [(1, clock.now())]
    assert [(h.version.version, h.until) for h in new.holders] == [(2, None)]
    assert new.logic.table.rules[0].conditions[0] == ">= 900"


def test_another_units_decisions_do_not_exist(engine):
    order = accept(engine)
    with engine.read() as view:
        for who, seq, number in ((STRANGER, 1, 0), (CLERK, 9, 0), (CLERK, 1, 99)):
            with pytest.raises(Exception) as caught:
                decision_of_order(view, who, order.order_no, seq, number)
            assert caught.value.code == "not_found"


def test_records_of_before_are_still_explained(engine):
    old = {"decision": "classification", "inputs": {"usage": "RESIDENTIAL"}, "rules": [9], "output": None}
    with engine.read() as view:
        digest = view.world.shared(view.connection).models["classification.dmn"].digest
        entry = orders.Entry(1, None, None, "x", "OrderAccepted", {"decisions": [old | {"table": digest}]})
        unknown = orders.Entry(2, None, None, "x", "OrderAccepted", {"decisions": [old | {"table": "0" * 64}]})
        found, gone = explained(view, [entry, unknown])

    assert [row.number for row in found.own.rows] == [9]
    assert (gone.title, gone.own, gone.parts) == ("classification", None, ())


def test_an_incident_keeps_the_place_at_fault_and_how_far_a_decision_had_come(engine):
    deploy(engine, *asking("deposit"), files={"quote.dmn": QUOTE.replace(b"rate of(Grade)", b"rate of(grade)")})
    order = accept(engine)
    finish(engine, order)
    [incident] = page(engine, order).incidents

    assert incident["code"] == "decision_failed"
    note = next(note for note in incident["detail"]["notes"] if "grade" in note["reason"])
    assert note["source"] == "rate of(grade) * capacity_kw" and note["position"] == 8
    taken = incident["detail"]["decisions"]
    assert [(each["decision"], each["output"]) for each in taken] == [("grade", "A"), ("deposit", None)]
    assert "decisions" not in entries(engine, order)[-1].body
    with engine.read() as view:
        assert orders.incidents(view, SYSTEM)[0]["element_name"] == "r"


def test_an_incident_of_a_condition_keeps_its_expression(engine):
    deploy(engine, *BRANCHING)
    order = accept(engine)
    finish(engine, order)
    [incident] = page(engine, order).incidents

    first = {"position": 0, "reason": "没有名为“approved_kw”的变量", "source": "approved_kw * 1.2 > 100"}
    assert incident["detail"]["notes"][0] == first
    assert "decisions" in incident["detail"] and incident["detail"]["decisions"] == []


FORM = {"title": "f", "order": [], "schema": {"type": "object", "properties": {"remark": {"type": "string"}}}}


def test_what_staff_wrote_is_not_in_the_record(engine):
    parts = (user("a", yikuo__form="f"), rule_task("r", "told", "answer"), user("b"), path("s", "a", "r", "b", "e"))
    deploy(engine, *parts, files=FILES | {"forms/f.json": json.dumps(FORM).encode()})
    order = accept(engine)
    finish(engine, order, remark="张三先生要求早日通电")
    body = entries(engine, order)[-1].body

    assert body["decisions"][0]["inputs"] == {"remark": {"@withheld": 10}, "usage": "NON_RESIDENTIAL"}
    assert "张三" not in json.dumps(body, ensure_ascii=False)


def statements(engine, order):
    """How many statements the completion of the order's open task sends."""
    task_id = tasks_of(engine, order.order_id)["a"].id
    sent = []
    listen = ("before_cursor_execute", lambda *args: sent.append(args[2]))
    event.listen(engine.database.engine, *listen)
    complete(engine, task_id)
    event.remove(engine.database.engine, *listen)
    return len(sent)


def test_recording_decisions_costs_no_statement(engine):
    deploy(engine, user("a"), script("r", "answer = 1"), user("b"), path("s", "a", "r", "b", "e"))
    plain = accept(engine)
    deploy(engine, *asking("deposit"), files=FILES)
    deciding = accept(engine)

    assert statements(engine, plain) == statements(engine, deciding) > 0


def test_files_of_versions_published_before_are_found_by_their_digest(request, backend, tmp_path):
    url = f"sqlite:///{tmp_path / 'before.db'}"
    if backend == "postgresql":
        url = request.getfixturevalue("postgres").create("published_before")
    database = Database(url)
    with database.engine.connect() as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        version = {"id": 1, "d": "x", "at": "2026-03-02T01:00:00.000000Z"}
        connection.execute(
            text(
                "INSERT INTO process_version (id, process_key, version, title, note, digest, deployed_at, deployed_by)"
                " VALUES (:id, 'p', 1, 'P', '', :d, :at, 'x')"
            ),
            version,
        )
        connection.execute(
            text("INSERT INTO process_file (version_id, path, content) VALUES (1, 'quote.dmn', :c)"), {"c": QUOTE}
        )
        connection.commit()
    migrations.migrate(database)
    with database.read() as connection:
        found = processes.file_of(connection, QUOTE_DIGEST)
        held = processes.holders(connection, QUOTE_DIGEST)
    assert found == ("quote.dmn", QUOTE)
    assert [(version.process_key, path) for version, path in held] == [("p", "quote.dmn")]
    assert migrations.differences(database) == []
    database.close()


def test_the_same_application_is_told_alike(engine):
    raw = application()
    first, second = accept(engine, **raw), accept(engine, **{**raw, "external_id": "T-other"})

    assert entries(engine, first)[0].body["decisions"] == entries(engine, second)[0].body["decisions"]
