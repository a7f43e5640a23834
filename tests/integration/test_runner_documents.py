from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from engine.commands.record_rendered import RecordRendered
from engine.errors import CommitmentMoved, InvalidForm, NotFound
from engine.policy import SYSTEM
from engine.queries import commitments as pages
from engine.queries import orders
from engine.store import attachments
from tests.diagrams import path, service, user
from tests.orders import CLERK, PERSONAL, STRANGER, accept, complete, tasks_of
from tests.papers import LIST, operate, papers, pending_call, publish
from tests.promises import (
    draft,
    failing,
    found,
    items,
    kinds,
    letter,
    mark,
    move,
    n_promised,
    number,
    promise_both,
    receive,
    run,
    sign,
    sign_both,
)

PDF = b"%PDF-1.7 a letter"
STROKES = [{"penColor": "black", "points": [{"x": 1.5, "y": 2, "time": 1}, {"x": 63.5, "y": 42, "time": 2}]}]
KEPT = [{"points": [{"x": 0.0, "y": 0.0}, {"x": 62.0, "y": 40.0}]}]
"""Only where it went: neither when, nor in which colour, nor where on the screen."""
HASH = "a" * 64
TODAY = date(2026, 3, 2)
RULE = date(2026, 4, 14)
"""30 working days after the morning on which the tests begin; 04-06 is a holiday."""


@pytest.fixture
def order(engine):
    return failing(engine)


@pytest.fixture
def promised(engine, order):
    return promise_both(engine, order)


@pytest.fixture
def signed(engine, promised):
    return sign_both(engine, promised)


# ---- drafting --------------------------------------------------------------------------------------------------------


def test_a_promise_is_due_when_the_table_says(engine, order):
    lines = run(engine, order, "documents.judge")["missing"]

    assert [(line["doc_type"], line["due_on"], line["reason"]) for line in lines] == [
        ("PROPERTY_CERT", RULE.isoformat(), "PLATFORM_DOWN"),
        ("EQUIPMENT_LIST", RULE.isoformat(), "NOT_ON_PLATFORM"),
    ]


@pytest.mark.parametrize(
    ("due_on", "code"),
    [
        (RULE, None),
        (RULE + timedelta(days=1), "due_too_late"),
        (TODAY, None),
        (TODAY - timedelta(days=1), "due_in_past"),
    ],
)
def test_the_day_may_be_earlier_never_later(engine, promised, due_on, code):
    if code is None:
        draft(engine, promised, due_on)
        assert {item.due_on for item in items(engine, promised).values()} == {due_on}
        return
    with pytest.raises(InvalidForm) as refused:
        draft(engine, promised, due_on)
    assert [(f.field, f.code) for f in refused.value.faults] == [("PROPERTY_CERT", code), ("EQUIPMENT_LIST", code)]
    assert papers(engine, promised.order_id).commitments == []


def test_a_draft_holds_what_stands_behind_each_promise(engine, promised):
    draft(engine, promised)
    found, stored = items(engine, promised), papers(engine, promised.order_id)

    assert found["PROPERTY_CERT"].due_on == found["PROPERTY_CERT"].original_due_on == RULE
    assert found["PROPERTY_CERT"].query_id == stored.queries[0].id
    assert found["EQUIPMENT_LIST"].query_id is None
    assert (letter(engine, promised).status, n_promised(engine, promised)) == ("DRAFT", 0)
    with engine.read() as view:
        version = orders.order_head(view, CLERK, promised.order_no)["process_version"]
    assert letter(engine, promised).template_version == f"hv_single v{version}"


def test_a_promise_of_each_missing_document_and_of_no_other(engine, promised):
    with pytest.raises(InvalidForm) as refused:
        run(engine, promised, "commitments.draft", items=[{"doc_type": "SUBJECT_CERT"}, {"doc_type": "PROPERTY_CERT"}])

    assert [(f.field, f.code) for f in refused.value.faults] == [
        ("SUBJECT_CERT", "not_promised"),
        ("EQUIPMENT_LIST", "item_missing"),
    ]


def test_a_letter_without_a_promise_is_none(engine, order):
    with pytest.raises(InvalidForm) as refused:
        run(engine, order, "commitments.draft", items=[])
    assert refused.value.faults[0].code == "no_item"


def test_a_second_draft_replaces_the_first(engine, promised):
    first, second = draft(engine, promised), draft(engine, promised, TODAY)

    assert (first, second) == (f"{promised.order_no}C01", f"{promised.order_no}C02")
    assert [letter(engine, promised, n).status for n in (0, 1)] == ["CANCELLED", "DRAFT"]
    with pytest.raises(CommitmentMoved):
        sign(engine, promised, first)
    assert sign(engine, promised, second) == {"status": "ACTIVE"}


# ---- signing ---------------------------------------------------------------------------------------------------------


def test_a_signature_makes_the_promises_hold(engine, promised):
    draft(engine, promised)
    sign(engine, promised, sign_method="ON_SCREEN", signature=json.dumps(STROKES))
    row = letter(engine, promised)

    assert (row.status, row.sign_method, row.received_by) == ("ACTIVE", "ON_SCREEN", "clerk")
    assert len(row.content_hash) == 64
    assert n_promised(engine, promised) == 2
    with engine.read() as view:
        kept = attachments.one(view.connection, row.signature_id)
    assert json.loads(attachments.opened(engine.vault, kept)) == KEPT
    assert b"points" not in kept.sealed


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"sign_method": "BY_WORD"}, "unknown_method"),
        ({"sign_method": "ON_SCREEN"}, "signature_missing"),
        ({"sign_method": "ON_SCREEN", "signature": "[]"}, "signature_refused"),
        ({"sign_method": "ON_SCREEN", "signature": "{"}, "signature_refused"),
        ({"sign_method": "ON_SCREEN", "signature": json.dumps(["x" * 200_000])}, "signature_refused"),
        ({"signed_at": "2026-03-02T09:06:00+08:00"}, "in_future"),
        ({"signed_at": "2026-03-02T08:19:00+08:00"}, "before_order"),
        ({"signed_at": "2026-03-02T08:30:00"}, "bad_instant"),
        ({"signed_at": "yesterday"}, "bad_date"),
    ],
)
def test_what_is_no_signature_is_refused(engine, promised, params, code):
    draft(engine, promised)
    with pytest.raises(InvalidForm) as refused:
        sign(engine, promised, **params)

    assert refused.value.faults[0].code == code
    assert (letter(engine, promised).status, n_promised(engine, promised)) == ("DRAFT", 0)


@pytest.mark.parametrize("at", ["2026-03-02T09:05:00+08:00", "2026-03-02T08:20:00+08:00"])
def test_the_stated_time_of_a_signature_is_kept(engine, promised, at):
    draft(engine, promised)
    sign(engine, promised, signed_at={"@datetime": at})

    assert letter(engine, promised).signed_at == datetime.fromisoformat(at)


def test_nobody_signs_twice_or_what_is_not_there(engine, signed):
    with pytest.raises(CommitmentMoved):
        sign(engine, signed)
    with pytest.raises(NotFound):
        sign(engine, signed, "nothing")


@pytest.mark.parametrize(("at", "holds"), [("2026-03-02T23:59:00", True), ("2026-03-03T00:01:00", False)])
def test_a_draft_whose_day_has_passed_is_drafted_again(engine, clock, promised, at, holds):
    draft(engine, promised, TODAY)
    move(clock, at)
    if holds:
        assert sign(engine, promised) == {"status": "ACTIVE"}
    else:
        with pytest.raises(CommitmentMoved):
            sign(engine, promised)
        assert {item.status for item in items(engine, promised).values()} == {"DRAFT"}


def test_what_came_before_the_signature_is_not_promised(engine, promised):
    draft(engine, promised)
    found(engine, promised)
    sign(engine, promised)

    assert set(items(engine, promised)) == {"EQUIPMENT_LIST"}
    assert n_promised(engine, promised) == 1


# ---- letters ---------------------------------------------------------------------------------------------------------


def test_a_printed_letter_is_kept_and_its_hash_fixed_by_the_signature(engine):
    ask = service("print", "letters.render", result="printed")
    publish(
        engine,
        user("a"),
        ask,
        user("b"),
        service("again", "letters.render"),
        path("s", "a", "print", "b", "again", "e"),
    )
    order = accept(engine)
    operate(
        engine,
        order.order_id,
        ("documents.open", {"checklist": [LIST]}),
        ("documents.take", {"choices": [{"doc_type": "EQUIPMENT_LIST", "way": "COMMITMENT"}]}),
        ("commitments.draft", {"items": [{"doc_type": "EQUIPMENT_LIST"}]}),
    )
    complete(engine, tasks_of(engine, order.order_id)["a"].id, CLERK)
    call_id = pending_call(engine, order.order_id)
    assert engine.run(RecordRendered(call_id, uuid4().hex, number(order), PDF, 2, HASH), SYSTEM).accepted
    assert not engine.run(RecordRendered(call_id, uuid4().hex, number(order), b"other", 3, "b" * 64), SYSTEM).accepted
    assert letter(engine, order).content_hash == HASH
    sign(engine, order)
    signed = letter(engine, order).content_hash
    complete(engine, tasks_of(engine, order.order_id)["b"].id, CLERK)
    again = RecordRendered(pending_call(engine, order.order_id), uuid4().hex, number(order), b"signed", 2, "c" * 64)
    engine.run(again, SYSTEM)

    with engine.read() as view:
        file = pages.file(view, CLERK, number(order))
    assert letter(engine, order).content_hash == signed != HASH
    assert (file.content, file.digest) == (b"signed", hashlib.sha256(b"signed").hexdigest())


def test_broken_promises_stand_in_a_register(engine, clock, signed):
    other = accept(engine)
    with engine.read() as view:
        assert pages.breaches(view, CLERK) == []
    move(clock, "2026-04-20T00:00:00")
    mark(engine, signed, "OVERDUE")
    mark(engine, signed, "BREACH")
    receive(engine, signed, "EQUIPMENT_LIST")

    with engine.read() as view:
        found = pages.breaches(view, CLERK, order_no=other.order_no)
        assert [(row["doc_type"], row["commitment_no"]) for row in found] == [
            ("PROPERTY_CERT", number(signed)),
            ("EQUIPMENT_LIST", number(signed)),
        ]
        assert PERSONAL["name"] not in repr(found) and "subject_index" not in found[0]
        assert pages.breaches(view, STRANGER) == []
    assert letter(engine, signed).status == "BREACHED"


def test_the_record_of_all_this_holds(engine, signed):
    receive(engine, signed, "EQUIPMENT_LIST")

    assert engine.verify_audit()["broken"] == []
    assert {"CommitmentDrafted", "CommitmentSigned", "DocumentsOpened", "DocumentsFetched"} <= set(
        kinds(engine, signed)
    )
