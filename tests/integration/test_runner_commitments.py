from __future__ import annotations

from datetime import date

import pytest

from engine.errors import CommitmentMoved, DocumentHeld, Invalid, InvalidForm, PaperRefused
from engine.policy import SYSTEM
from engine.store import commitments
from tests.diagrams import path, user
from tests.orders import CLERK, accept, complete, tasks_of
from tests.papers import LIST, answer, operate, papers, publish
from tests.promises import (
    draft,
    failing,
    following,
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
    sign_both,
)


@pytest.fixture
def order(engine):
    return failing(engine)


@pytest.fixture
def promised(engine, order):
    return promise_both(engine, order)


@pytest.fixture
def signed(engine, promised):
    return sign_both(engine, promised)


# ---- the gate --------------------------------------------------------------------------------------------------------


def gate(engine, order, stage="CONTRACT"):
    with engine.read() as view:
        return commitments.gate_faults(view.connection, order.order_id, stage)


def test_the_gate_names_what_is_out(engine, signed):
    faults = gate(engine, signed)

    assert [(f.field, f.code) for f in faults] == [
        ("PROPERTY_CERT", "document_gate_closed"),
        ("EQUIPMENT_LIST", "document_gate_closed"),
    ]
    assert all(part in faults[0].reason for part in ("物权证明", "2026-03-20", number(signed)))
    assert gate(engine, signed, "ENERGISATION") == []


def test_a_gate_opens_with_the_last_document(engine, clock, signed):
    assert receive(engine, signed, "EQUIPMENT_LIST") == 1
    assert [f.field for f in gate(engine, signed)] == ["PROPERTY_CERT"]

    assert receive(engine, signed, "PROPERTY_CERT") == 0
    assert gate(engine, signed) == []
    assert n_promised(engine, signed) == 0
    assert letter(engine, signed).status == "FULFILLED"


def test_a_draft_closes_no_gate(engine, promised):
    draft(engine, promised)

    assert gate(engine, promised) == []


# ---- delivery --------------------------------------------------------------------------------------------------------


def test_a_part_is_a_part(engine, signed):
    receive(engine, signed, "EQUIPMENT_LIST", way="APP")

    assert letter(engine, signed).status == "PARTLY_FULFILLED"
    assert [d.provenance for d in papers(engine, signed.order_id).documents] == ["CUSTOMER_UPLOAD"]
    assert "PromiseKept" in kinds(engine, signed) and "CommitmentFulfilled" not in kinds(engine, signed)


@pytest.mark.parametrize(
    ("on", "code"), [("2026-03-02", None), ("2026-03-01", "before_order"), ("2026-03-04", "in_future")]
)
def test_the_day_of_arrival_counts(engine, clock, signed, on, code):
    move(clock, "2026-03-03T10:00:00")
    if code is None:
        receive(engine, signed, "EQUIPMENT_LIST", on=on)
        assert items(engine, signed)["EQUIPMENT_LIST"].fulfilled_on == date.fromisoformat(on)
        return
    with pytest.raises(InvalidForm) as refused:
        receive(engine, signed, "EQUIPMENT_LIST", on=on)
    assert refused.value.faults[0].code == code


def test_what_has_come_does_not_come_again(engine, signed):
    receive(engine, signed, "EQUIPMENT_LIST")
    with pytest.raises(DocumentHeld):
        receive(engine, signed, "EQUIPMENT_LIST")


@pytest.mark.parametrize(("at", "taken"), [("2026-03-03T09:00:00", True), ("2026-03-03T09:01:00", False)])
def test_paper_for_a_promise_too_needs_a_fresh_failure(engine, clock, signed, at, taken):
    move(clock, at)
    if taken:
        assert receive(engine, signed, "PROPERTY_CERT") == 1
    else:
        with pytest.raises(PaperRefused):
            receive(engine, signed, "PROPERTY_CERT")
        assert n_promised(engine, signed) == 2


def test_the_platform_fulfils_by_itself(engine, signed):
    found(engine, signed)
    item = items(engine, signed)["PROPERTY_CERT"]

    assert (item.status, item.fulfilled_by) == ("FULFILLED", "PLATFORM")
    assert papers(engine, signed.order_id).documents[0].provenance == "SHARED_ECERT"
    assert (letter(engine, signed).status, n_promised(engine, signed)) == ("PARTLY_FULFILLED", 1)


def test_what_the_platform_finds_after_the_customer_is_not_had_twice(engine, signed):
    receive(engine, signed, "PROPERTY_CERT")
    found(engine, signed)

    stored = papers(engine, signed.order_id)
    assert [d.provenance for d in stored.documents] == ["PAPER"]
    assert sorted(q.outcome for q in stored.queries) == ["DOWN", "FOUND"]


# ---- the ladder ------------------------------------------------------------------------------------------------------


def test_the_ladder_of_the_table(engine, clock, signed):
    assert following(engine, signed) == ("RETRY", "2026-03-03T08:00", ["PROPERTY_CERT"])
    receive(engine, signed, "PROPERTY_CERT")
    assert following(engine, signed) == ("REMIND", "2026-03-17T09:00", ["EQUIPMENT_LIST"])

    for at, action, then in (
        ("2026-03-17T09:00:00", "REMIND", ("REMIND", "2026-03-19T09:00", ["EQUIPMENT_LIST"])),
        ("2026-03-19T09:00:00", "REMIND", ("OVERDUE", "2026-03-21T00:00", ["EQUIPMENT_LIST"])),
        ("2026-03-21T00:00:00", "OVERDUE", ("ONSITE", "2026-03-21T00:00", ["EQUIPMENT_LIST"])),
        ("2026-03-21T00:00:05", "ONSITE", ("RETRY", "2026-03-28T08:00", [])),
    ):
        move(clock, at)
        assert mark(engine, signed, action) == 1
        assert following(engine, signed) == then
    item = items(engine, signed)["EQUIPMENT_LIST"]
    assert (item.status, letter(engine, signed).status, item.n_reminders) == ("OVERDUE", "OVERDUE", 3)
    assert [moment[:10] for moment in item.reminders][:2] == ["2026-03-17", "2026-03-19"]

    move(clock, "2026-04-20T00:00:00")
    assert mark(engine, signed, "BREACH") == 1
    assert (letter(engine, signed).status, n_promised(engine, signed)) == ("BREACHED", 1)
    assert following(engine, signed)[0] == "RETRY"  # the suspension still waits for its gate
    assert {"CommitmentReminded", "CommitmentOverdue", "CommitmentBreached"} <= set(kinds(engine, signed))


@pytest.mark.parametrize(("at", "status"), [("2026-03-20T23:59:00", "ACTIVE"), ("2026-03-21T00:00:00", "OVERDUE")])
def test_what_is_not_due_is_not_marked(engine, clock, signed, at, status):
    move(clock, at)
    mark(engine, signed, "OVERDUE")

    assert letter(engine, signed).status == status


def test_a_promise_kept_late_is_no_breach(engine, clock, signed):
    move(clock, "2026-03-21T00:00:00")
    mark(engine, signed, "OVERDUE")
    receive(engine, signed, "EQUIPMENT_LIST", way="POST")
    assert letter(engine, signed).status == "OVERDUE"

    found(engine, signed)
    assert letter(engine, signed).status == "FULFILLED"
    assert following(engine, signed) == ("NONE", None, [])


def test_a_breach_needs_an_overdue_letter(engine, clock, signed):
    move(clock, "2026-04-20T00:00:00")
    with pytest.raises(CommitmentMoved):
        mark(engine, signed, "BREACH")

    assert items(engine, signed)["EQUIPMENT_LIST"].taken == []


def test_a_suspension_comes_only_with_its_gate(engine, clock):
    publish(engine, user("contract", yikuo__stage="CONTRACT"), path("s", "contract", "e"))
    order = accept(engine)
    operate(
        engine,
        order.order_id,
        ("documents.open", {"checklist": [LIST]}),
        ("documents.take", {"choices": [{"doc_type": "EQUIPMENT_LIST", "way": "COMMITMENT"}]}),
        ("commitments.draft", {"items": [{"doc_type": "EQUIPMENT_LIST", "due_on": "2026-03-20"}]}),
        ("commitments.sign", {"commitment_no": number(order), "sign_method": "ON_PAPER"}),
    )
    move(clock, "2026-03-19T09:00:00")
    mark(engine, order, "REMIND")
    move(clock, "2026-03-21T00:00:00")
    mark(engine, order, "OVERDUE")
    mark(engine, order, "ONSITE")

    assert following(engine, order) == ("SUSPEND", "2026-03-28T00:00", ["EQUIPMENT_LIST"])


def test_asking_again_is_remembered(engine, clock, signed):
    move(clock, "2026-03-03T08:00:00")
    mark(engine, signed, "RETRY")

    assert following(engine, signed)[:2] == ("RETRY", "2026-03-04T08:00")


def test_an_unknown_action_is_refused(engine, signed):
    with pytest.raises(Invalid):
        mark(engine, signed, "SHOUT")


# ---- extension -------------------------------------------------------------------------------------------------------


def extend(engine, order, day, approved=True):
    return run(engine, order, "commitments.extend", approved=approved, new_due_on=day, reason="FORCE_MAJEURE")


def test_a_letter_is_extended_once(engine, clock, signed):
    move(clock, "2026-03-21T00:00:00")
    mark(engine, signed, "OVERDUE")
    assert extend(engine, signed, "2026-04-03") == {"status": "EXTENDED"}
    item = items(engine, signed)["EQUIPMENT_LIST"]
    assert (item.due_on, item.original_due_on) == (date(2026, 4, 3), date(2026, 3, 20))
    assert (item.status, item.extended, item.taken) == ("PROMISED", True, [])

    with pytest.raises(CommitmentMoved):
        extend(engine, signed, "2026-04-10")
    assert extend(engine, signed, None, approved=False) == {"status": "EXTENDED"}
    move(clock, "2026-04-04T00:00:00")
    mark(engine, signed, "OVERDUE")
    with pytest.raises(CommitmentMoved):
        extend(engine, signed, "2026-04-10")
    assert kinds(engine, signed).count("CommitmentExtended") == 1


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2026-03-20", "not_later"),
        ("2026-03-21", None),
        ("2026-03-01", "due_in_past"),
        (None, "missing"),
        ("2026-05-07", None),
        ("2026-05-08", "due_too_late"),
    ],
)
def test_an_extension_is_later_and_within_the_table(engine, signed, day, code):
    if code is None:
        assert extend(engine, signed, day) == {"status": "EXTENDED"}
        return
    with pytest.raises(InvalidForm) as refused:
        extend(engine, signed, day)
    assert refused.value.faults[0].code == code
    assert letter(engine, signed).status == "ACTIVE"


def test_a_refused_wish_changes_nothing(engine, signed):
    assert extend(engine, signed, "2026-04-03", approved=False) == {"status": "ACTIVE"}
    assert items(engine, signed)["EQUIPMENT_LIST"].due_on == date(2026, 3, 20)
    assert "CommitmentExtensionRefused" in kinds(engine, signed)
    assert extend(engine, signed, "2026-04-03") == {"status": "EXTENDED"}


def test_nothing_out_is_not_extended(engine, promised):
    with pytest.raises(CommitmentMoved):
        extend(engine, promised, "2026-04-03")


# ---- the end of the order --------------------------------------------------------------------------------------------


def end(engine, order):
    """The rest of the process is gone through, after an approved termination."""
    run(engine, order, "test.terminate")
    complete(engine, tasks_of(engine, order.order_id)["b"].id, CLERK)
    answer(engine, order.order_id, "NOT_FOUND", SYSTEM)


def test_a_terminated_order_asks_for_nothing_more(engine, signed):
    receive(engine, signed, "EQUIPMENT_LIST")
    end(engine, signed)
    states = {item.doc_type: item.status for item in papers(engine, signed.order_id).items}

    assert (letter(engine, signed).status, n_promised(engine, signed)) == ("CANCELLED", 0)
    assert states == {"PROPERTY_CERT": "CANCELLED", "EQUIPMENT_LIST": "FULFILLED"}
    assert gate(engine, signed) == []


def test_what_was_broken_stays_so(engine, clock, signed):
    move(clock, "2026-04-20T00:00:00")
    mark(engine, signed, "OVERDUE")
    mark(engine, signed, "BREACH")
    end(engine, signed)

    assert letter(engine, signed).status == "BREACHED"
