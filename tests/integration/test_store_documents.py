from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from engine.commands.fire_timer import FireTimer
from engine.commands.record_fetched import RecordFetched
from engine.errors import DocumentHeld, InvalidForm, NotFound, PaperRefused
from engine.policy import SYSTEM
from engine.queries import documents as pages
from engine.store import commitments, documents
from engine.store.vault import SealBroken
from tests.diagrams import boundary, path, service, user
from tests.orders import CLERK, PERSONAL, STRANGER, accept, complete, tasks_of, timers_of
from tests.papers import (
    AGENT_LETTER,
    CHECKLIST,
    LIST,
    PROPERTY,
    SUBJECT,
    answer,
    fetching,
    operate,
    papers,
    pending_call,
    publish,
    row,
)

CERTIFICATE = "1.2.156.3005.2.11100000000013338W011.11330000002500287Y.202606010001.001.H"
OTHER_ADDRESS = {"text": "浙江省杭州市淳安县试验路78号", "area_code": "330127", "real_estate_unit_no": "330127F2"}


@pytest.fixture
def order(engine):
    """An order whose process has a task, then asks the platform for the property certificate."""
    fetching(engine)
    return accept(engine)


def opened(engine, order, checklist=CHECKLIST):
    return operate(engine, order.order_id, ("documents.open", {"checklist": checklist}))


def asked(engine, order, outcome, **more):
    """The clerk finishes his task, and the platform answers."""
    complete(engine, next(iter(tasks_of(engine, order.order_id).values())).id, CLERK)
    return answer(engine, order.order_id, outcome, SYSTEM, **more)


def judged(engine, order):
    return operate(engine, order.order_id, ("documents.judge", {}))


def missing(engine, order):
    return {line["doc_type"]: line for line in judged(engine, order)["missing"]}


def take(engine, order, doc_type, way, **more):
    return operate(
        engine, order.order_id, ("documents.take", {"choices": [{"doc_type": doc_type, "way": way, **more}]})
    )


def page(engine, order, actor=CLERK):
    with engine.read() as view:
        found = pages.of_order(view, actor, order.order_no)
    return {line.doc_type: line for line in found.lines}


def states(engine, order):
    return {need.doc_type: need.state for need in papers(engine, order.order_id).needs}


# ---- opening ---------------------------------------------------------------------------------------------------------


def test_the_subject_certificate_was_seen_and_the_rest_is_fetched_or_asked(engine, order):
    assert opened(engine, order) == {
        "held": ["SUBJECT_CERT"],
        "to_fetch": ["PROPERTY_CERT"],
        "rest": ["EQUIPMENT_LIST"],
    }
    assert papers(engine, order.order_id).documents == []


def test_without_the_customers_authorisation_nothing_is_fetched(engine):
    fetching(engine)
    refusing = accept(engine, authorises_data_sharing=False)

    assert opened(engine, refusing)["to_fetch"] == []
    assert missing(engine, refusing)["PROPERTY_CERT"]["ways"] == ["CUSTOMER_ECERT", "UPLOAD", "COMMITMENT", "PAPER"]


def test_the_applications_authorisation_is_a_consent_of_its_own(engine, order):
    opened(engine, order)
    opened(engine, order)
    consent = papers(engine, order.order_id).consents

    assert [(c.kind, c.method, c.refused_at) for c in consent] == [("DATA_SHARING", "APPLICATION_HALL", None)]
    assert consent[0].given_at.isoformat() == "2026-03-02T00:20:00+00:00"


def test_opened_again_what_nobody_signed_for_is_let_go(engine, order):
    opened(engine, order)
    opened(engine, order, [SUBJECT, LIST])
    assert states(engine, order) == {"SUBJECT_CERT": "HELD", "PROPERTY_CERT": "WAIVED", "EQUIPMENT_LIST": "OPEN"}

    opened(engine, order)
    assert states(engine, order)["PROPERTY_CERT"] == "OPEN"


def test_the_checklist_of_a_stage_comes_on_top(engine, order):
    opened(engine, order)
    stage = row("COMPLETION_FILES", shareable=False, deferrable=False, due_rule="AT_STAGE")
    opened(engine, order, [stage])

    assert states(engine, order)["PROPERTY_CERT"] == "OPEN"
    assert missing(engine, order)["COMPLETION_FILES"]["ways"] == ["UPLOAD", "PAPER"]


def test_what_is_only_looked_up_is_missed_by_nobody(engine, order):
    opened(engine, order, [SUBJECT, row("SME_STATUS", deferrable=False, due_rule="QUERY_ONLY")])

    assert judged(engine, order) == {"complete": True, "missing": []}
    assert page(engine, order)["SME_STATUS"].why == "ONLY_LOOKED_UP"


# ---- own archive -----------------------------------------------------------------------------------------------------


@pytest.fixture
def first(engine, order):
    """An order that has the certificate, valid until the end of March."""
    opened(engine, order)
    asked(engine, order, "FOUND", certificate_no=CERTIFICATE, valid_to="2026-03-31")
    return order


def test_a_valid_document_of_the_same_subject_and_premise_is_used_again(engine, first):
    second = accept(engine)

    assert opened(engine, second)["held"] == ["SUBJECT_CERT", "PROPERTY_CERT"]
    stored = papers(engine, second.order_id).documents[0]
    assert (stored.provenance, stored.valid_to) == ("REUSED", date(2026, 3, 31))
    assert stored.reused_from == papers(engine, first.order_id).documents[0].id
    assert documents.certificate(engine.vault, stored) == CERTIFICATE


@pytest.mark.parametrize(("on", "held"), [("2026-03-31T23:59:00+08:00", True), ("2026-04-01T00:01:00+08:00", False)])
def test_a_document_is_used_again_until_the_end_of_its_last_day(engine, clock, first, on, held):
    second = accept(engine)
    clock.move_to(clock.now().fromisoformat(on))

    assert ("PROPERTY_CERT" in opened(engine, second)["held"]) is held


def test_another_premise_needs_its_own_certificate(engine, first):
    assert "PROPERTY_CERT" in opened(engine, accept(engine, address=OTHER_ADDRESS))["to_fetch"]


def test_another_subject_needs_its_own_certificate(engine, first):
    other = {
        "subject_type": "NATURAL_PERSON",
        "name": "司马测试丙",
        "id_type": "RESIDENT_ID",
        "id_no": "330205198511301282",
        "phone": "13700137002",
    }

    assert "PROPERTY_CERT" in opened(engine, accept(engine, applicant=other))["to_fetch"]


def test_what_is_held_is_not_asked_again(engine, first):
    second = accept(engine)
    opened(engine, second)

    with pytest.raises(DocumentHeld) as refused:
        take(engine, second, "PROPERTY_CERT", "PAPER")
    assert refused.value.code == "document_held"
    assert [fault.field for fault in refused.value.faults] == ["PROPERTY_CERT"]
    assert page(engine, second)["PROPERTY_CERT"].why == "ON_FILE"


# ---- the platform ----------------------------------------------------------------------------------------------------


def test_what_is_found_is_had(engine, first):
    stored = papers(engine, first.order_id)

    assert [(d.doc_type, d.provenance) for d in stored.documents] == [("PROPERTY_CERT", "SHARED_ECERT")]
    assert [(q.outcome, q.purpose, q.operator) for q in stored.queries] == [("FOUND", "ACCEPTANCE", "clerk")]
    assert stored.queries[0].authorisation_id == stored.consents[0].id
    assert stored.documents[0].certificate_masked.startswith("1.2.15***")
    assert judged(engine, first)["missing"][0]["doc_type"] == "EQUIPMENT_LIST"


def test_a_certificate_opens_only_in_its_place(engine, first):
    stored = papers(engine, first.order_id).documents[0]

    assert documents.certificate(engine.vault, stored) == CERTIFICATE
    stored.id = "0" * 32
    with pytest.raises(SealBroken):
        documents.certificate(engine.vault, stored)


def test_a_second_answer_changes_nothing(engine, order):
    opened(engine, order)
    complete(engine, tasks_of(engine, order.order_id)["a"].id, CLERK)
    call_id = pending_call(engine, order.order_id)
    answer(engine, order.order_id, "NOT_FOUND", SYSTEM)
    again = engine.run(RecordFetched(call_id, "again", ({"doc_type": "PROPERTY_CERT", "outcome": "FOUND"},)), SYSTEM)

    assert not again.accepted
    assert [q.outcome for q in papers(engine, order.order_id).queries] == ["NOT_FOUND"]
    assert papers(engine, order.order_id).documents == []


@pytest.mark.parametrize(("valid_to", "outcome"), [("2026-03-02", "FOUND"), ("2026-03-01", "EXPIRED")])
def test_what_has_run_out_is_not_found(engine, order, valid_to, outcome):
    opened(engine, order)
    asked(engine, order, "FOUND", certificate_no=CERTIFICATE, valid_to=valid_to)

    assert [q.outcome for q in papers(engine, order.order_id).queries] == [outcome]
    assert len(papers(engine, order.order_id).documents) == (outcome == "FOUND")


def test_a_question_that_never_went_out_excuses_no_paper(engine, order):
    opened(engine, order)
    asked(engine, order, "NOT_FOUND", reason="NOT_AUTHORISED")

    assert papers(engine, order.order_id).queries == []
    assert "PAPER" not in missing(engine, order)["PROPERTY_CERT"]["ways"]


def test_what_is_found_too_late_for_the_process_is_on_file(engine, clock):
    ask = service("ask", "documents.fetch", doc_types="[&quot;PROPERTY_CERT&quot;]")
    late = boundary("late", "ask", "duration(&quot;PT1H&quot;)")
    publish(engine, user("a"), ask, late, user("b"), path("s", "a", "ask", "b", "e"), path("late", "b"))
    order = accept(engine)
    opened(engine, order)
    complete(engine, tasks_of(engine, order.order_id)["a"].id, CLERK)
    call_id = pending_call(engine, order.order_id)
    clock.advance(hours=2)
    engine.run(FireTimer(timers_of(engine, order.order_id)["late"]["id"], "fire"), SYSTEM)
    result = {"doc_type": "PROPERTY_CERT", "outcome": "FOUND", "certificate_no": CERTIFICATE}
    for key in ("first", "second"):
        assert not engine.run(RecordFetched(call_id, key, (result,)), SYSTEM).accepted

    stored = papers(engine, order.order_id)
    assert [d.provenance for d in stored.documents] == ["SHARED_ECERT"]
    assert [q.outcome for q in stored.queries] == ["FOUND"]


def test_an_unknown_call_is_not_found(engine, order):
    with pytest.raises(NotFound):
        engine.run(RecordFetched("nothing", "k", ()), SYSTEM)


# ---- taking ----------------------------------------------------------------------------------------------------------


def test_no_paper_before_the_platform_has_failed(engine, order):
    opened(engine, order)
    assert missing(engine, order)["PROPERTY_CERT"]["ways"] == ["CUSTOMER_ECERT", "COMMITMENT"]
    for way in ("PAPER", "UPLOAD"):
        with pytest.raises(PaperRefused) as refused:
            take(engine, order, "PROPERTY_CERT", way)
        assert refused.value.code == "paper_refused"

    assert states(engine, order)["PROPERTY_CERT"] == "OPEN"
    assert papers(engine, order.order_id).documents == []
    assert page(engine, order)["PROPERTY_CERT"].why == "PLATFORM_FIRST"


@pytest.mark.parametrize("outcome", ["NOT_FOUND", "MISMATCH", "DOWN", "NOT_ON_PLATFORM", "EXPIRED", "REVOKED"])
def test_a_failed_query_lets_paper_be_taken(engine, order, outcome):
    opened(engine, order)
    asked(engine, order, outcome)
    assert page(engine, order)["PROPERTY_CERT"].why == "PLATFORM_FAILED"

    assert take(engine, order, "PROPERTY_CERT", "PAPER") == {"promised": [], "taken": ["PROPERTY_CERT"]}
    assert page(engine, order)["PROPERTY_CERT"].provenance == "PAPER"


@pytest.mark.parametrize(("later", "taken"), [(timedelta(hours=24), True), (timedelta(hours=24, minutes=1), False)])
def test_a_failed_query_excuses_paper_for_a_day(engine, clock, order, later, taken):
    opened(engine, order)
    asked(engine, order, "NOT_FOUND")
    clock.move_to(clock.now() + later)

    if taken:
        assert take(engine, order, "PROPERTY_CERT", "UPLOAD")["taken"] == ["PROPERTY_CERT"]
    else:
        with pytest.raises(PaperRefused):
            take(engine, order, "PROPERTY_CERT", "UPLOAD")


def test_a_step_with_one_wrong_choice_takes_none(engine, order):
    opened(engine, order, [*CHECKLIST, AGENT_LETTER])
    choices = [
        {"doc_type": "EQUIPMENT_LIST", "way": "UPLOAD"},
        {"doc_type": "PROPERTY_CERT", "way": "PAPER"},
        {"doc_type": "AGENT_LETTER", "way": "COMMITMENT"},
        {"doc_type": "NOTHING", "way": "PAPER"},
        {"doc_type": "SUBJECT_CERT", "way": "PAPER"},
    ]
    with pytest.raises(InvalidForm) as refused:
        operate(engine, order.order_id, ("documents.take", {"choices": choices}))

    assert [(fault.field, fault.code) for fault in refused.value.faults] == [
        ("PROPERTY_CERT", "paper_refused"),
        ("AGENT_LETTER", "not_deferrable"),
        ("NOTHING", "unknown_document"),
        ("SUBJECT_CERT", "document_held"),
    ]
    assert states(engine, order)["EQUIPMENT_LIST"] == "OPEN"


def test_what_is_not_answered_stays_missing(engine, order):
    opened(engine, order)

    assert take(engine, order, "EQUIPMENT_LIST", None) == {"promised": [], "taken": []}
    assert set(missing(engine, order)) == {"PROPERTY_CERT", "EQUIPMENT_LIST"}


def test_the_customers_own_certificate_is_sealed(engine, order):
    opened(engine, order)
    take(engine, order, "PROPERTY_CERT", "CUSTOMER_ECERT", reference=CERTIFICATE)
    stored = papers(engine, order.order_id).documents[0]

    assert (stored.provenance, documents.certificate(engine.vault, stored)) == ("CUSTOMER_ECERT", CERTIFICATE)


def test_operators_of_one_step_see_each_other(engine, order):
    result = operate(
        engine,
        order.order_id,
        ("documents.open", {"checklist": CHECKLIST}),
        ("documents.take", {"choices": [{"doc_type": "EQUIPMENT_LIST", "way": "PAPER"}]}),
        ("documents.judge", {}),
    )

    assert [line["doc_type"] for line in result["missing"]] == ["PROPERTY_CERT"]


# ---- consents --------------------------------------------------------------------------------------------------------


def consent(engine, order, **params):
    return operate(engine, order.order_id, ("consents.give", params))


def test_a_face_needs_another_way(engine, order):
    with pytest.raises(InvalidForm) as refused:
        consent(engine, order, kind="FACE", given=True, method="KIOSK")
    assert refused.value.faults[0].code == "no_alternative"

    consent(engine, order, kind="FACE", given=True, method="KIOSK", alternative_offered=True)
    consent(engine, order, kind="FACE", given=False, method="KIOSK")
    assert [bool(row.given_at) for row in papers(engine, order.order_id).consents].count(True) == 1


def test_the_last_word_counts(engine, clock, order):
    opened(engine, order)
    clock.advance(minutes=1)
    consent(engine, order, kind="DATA_SHARING", given=False, method="COUNTER")
    assert missing(engine, order)["PROPERTY_CERT"]["reason"] == "NOT_AUTHORISED"
    assert page(engine, order)["PROPERTY_CERT"].why == "SHARING_REFUSED"

    clock.advance(minutes=1)
    consent(engine, order, kind="DATA_SHARING", given=True, method="COUNTER", valid_until="2026-03-02")
    assert "PAPER" not in missing(engine, order)["PROPERTY_CERT"]["ways"]
    clock.move_to(clock.now().fromisoformat("2026-03-03T00:00:00+08:00"))
    assert "PAPER" in missing(engine, order)["PROPERTY_CERT"]["ways"]


def test_what_the_customer_allows_is_all_that_is_fetched(engine, order):
    consent(engine, order, kind="DATA_SHARING", given=True, method="COUNTER", scope=["PROJECT_APPROVAL"])
    found = opened(engine, order, [PROPERTY, row("PROJECT_APPROVAL")])

    assert (found["to_fetch"], found["rest"]) == (["PROJECT_APPROVAL"], ["PROPERTY_CERT"])


# ---- what is kept ----------------------------------------------------------------------------------------------------


def test_nothing_personal_is_stored_in_the_clear(engine, first):
    with engine.read() as view:
        tables = ("document", "platform_query", "document_need", "consent", "audit_event", "command_log", "outbox")
        stored = "\n".join(
            str(tuple(row)) for table in tables for row in view.connection.execute(text(f"SELECT * FROM {table}"))
        )

    assert "DocumentsFetched" in stored and "DocumentTaken" in stored
    assert [value for value in (CERTIFICATE, *PERSONAL.values()) if value in stored] == []


def test_strangers_do_not_see_an_orders_papers(engine, first):
    assert set(page(engine, first)) == {"SUBJECT_CERT", "PROPERTY_CERT", "EQUIPMENT_LIST"}
    with pytest.raises(NotFound):
        page(engine, first, STRANGER)


def test_an_order_without_promises_has_no_gate(engine, order):
    opened(engine, order)
    with engine.read() as view:
        assert commitments.gate_faults(view.connection, order.order_id, "CONTRACT") == []


def test_a_process_that_asks_nothing_has_no_papers(engine):
    publish(engine, user("a"), path("s", "a", "e"))
    order = accept(engine)

    assert page(engine, order) == {}
    assert PROPERTY["doc_type"] not in states(engine, order)
