from __future__ import annotations

from collections import Counter
from uuid import uuid4

import pytest

from engine.app import build
from engine.commands import deploy_process
from engine.commands.deploy_process import DeployProcess
from engine.commands.operators import registry
from engine.domain.identifiers import ecertificate_fault
from engine.errors import ModelRefused
from engine.outbox_worker import deliver_due
from engine.outbox_worker import registry as worker
from engine.policy import SYSTEM
from engine.portal import SEND_CODE
from engine.queries import orders, outside
from engine.settings import Settings
from engine.store import documents
from scheduler.heartbeat import Heartbeat
from tests.diagrams import folder, path, service, user
from tests.orders import ADMIN, KEY, PERSONAL, UNIT, accept, deploy, tasks_of
from tests.papers import LIST, PROPERTY, operate, papers
from tests.platforms import running

OPERATORS = ["notify.send", "documents.fetch", "identity.verify", "evidence.verify", "ami.first_energised", "no.such"]


@pytest.fixture(autouse=True)
def an_operator_that_is_no_more(monkeypatch):
    """An older version may name an operator that this release has not: it could be published then."""
    monkeypatch.setattr(deploy_process, "OUTER", registry.OUTER | {"no.such"})


OWNER = {
    "subject_type": "NATURAL_PERSON",
    "name": "许雅宁",
    "id_type": "RESIDENT_ID",
    "id_no": "330122196612281980",
    "phone": "13900138001",
}
BROKEN_CERTIFICATE = {**OWNER, "name": "周明远", "id_no": "330122199911237764"}
FIRM = {
    "subject_type": "ENTERPRISE",
    "name": "桐庐云栖数控有限公司",
    "id_type": "USCC",
    "id_no": "91330122MA4AK0UU9Y",
    "phone": "13900138001",
}
AGENT = {"name": "韩子谦", "id_no": "330122197508205376", "phone": "13700137002"}


@pytest.fixture
def calm():
    with running() as found:
        yield found


@pytest.fixture
def site(settings, clock, calm):
    """An engine whose platforms are the sandbox, impatient so that outages cost little."""
    impatient = {"sandbox_url": calm.url, "platform_read_seconds": 0.5, "n_breaker_failures": 4}
    engine = build(settings.model_copy(update=impatient), clock)
    yield engine
    engine.close()


def draw(engine, operator, **params):
    """A process that calls the operator and then tells the customer what came of it, so that a test can read it."""
    quoted = {name: value.replace('"', "&quot;") for name, value in params.items()}
    parts = [
        service("ask", operator, result="got", **quoted),
        service("tell", "notify.send", template="&quot;result&quot;", detail="got"),
        user("a"),
    ]
    files = folder(*parts, path("s", "ask", "tell", "a", "e"))
    files["manifest.toml"] = f'key = "{KEY}"\ntitle = "试验"\noperators = {OPERATORS}\n'.replace("'", '"').encode()
    engine.run(DeployProcess(files, uuid4().hex), ADMIN)
    engine.start_waiting()


def result(engine, sandbox, order):
    """Let the worker work; what the process got."""
    while deliver_due(engine).n_answered:
        pass
    sent = [item["message"] for item in sandbox.notifications()["items"]]
    return next(message["detail"] for message in sent if message["order_no"] == order.order_no)


def page(engine, order):
    with engine.read() as view:
        return orders.order(view, SYSTEM, order.order_no)


FETCH = {"doc_types": '["PROPERTY_CERT","AGENT_ID","VILLAGE_PROOF","PROPERTY_CERT"]', "purpose": '"受理"'}


def test_documents_are_fetched_each_with_its_own_outcome(site, calm):
    draw(site, "documents.fetch", **FETCH)
    order = accept(site, applicant=OWNER, agent=AGENT)

    assert result(site, calm, order) == [
        {"doc_type": "PROPERTY_CERT", "outcome": "FOUND"},
        {"doc_type": "AGENT_ID", "outcome": "FOUND"},
        {"doc_type": "VILLAGE_PROOF", "outcome": "NOT_ON_PLATFORM"},
    ]
    assert list(tasks_of(site, order.order_id)) == ["a"]


@pytest.mark.parametrize(
    ("wrong", "outcome", "reason"),
    [
        ("OTHER_HOLDER", "MISMATCH", "OTHER_HOLDER"),
        ("BAD_NUMBER", "MISMATCH", "BAD_CERTIFICATE_NO"),
        ("CONTRADICTION", "REVOKED", "STATUS_CONTRADICTS"),
        ("MALFORMED", "DOWN", None),
    ],
)
def test_what_cannot_be_believed_is_no_document_and_is_logged(site, calm, caplog, wrong, outcome, reason):
    draw(site, "documents.fetch", **FETCH)
    calm.mood("sharing", wrong=wrong)
    order = accept(site, applicant=OWNER)

    assert result(site, calm, order)[0] == {"doc_type": "PROPERTY_CERT", "outcome": outcome}
    doubts = [record.reason for record in caplog.records if getattr(record, "action", "") == "platform.doubted"]
    assert doubts == ([reason] if reason else [])


def test_without_an_authorisation_nothing_is_asked(site, calm, caplog):
    caplog.set_level("INFO")
    draw(site, "documents.fetch", **FETCH)
    order = accept(site, applicant=OWNER, authorises_data_sharing=False)

    assert [one["outcome"] for one in result(site, calm, order)] == ["NOT_FOUND"] * 3
    asked = [vars(record) for record in caplog.records if getattr(record, "action", "") == "platform.asked"]
    assert {told["platform"] for told in asked} == {"notification"}


def test_the_customers_last_word_counts(site, calm, caplog):
    caplog.set_level("INFO")
    draw(site, "documents.fetch", **FETCH)
    refusing = accept(site, applicant=OWNER, authorises_data_sharing=False)
    operate(site, refusing.order_id, ("consents.give", {"kind": "DATA_SHARING", "given": True}), actor=SYSTEM)
    kept = papers(site, refusing.order_id).consents[0].id

    assert result(site, calm, refusing)[0]["outcome"] == "FOUND"
    assert kept in {getattr(record, "authorisation_id", "") for record in caplog.records}

    consenting = accept(site, applicant=OWNER)
    operate(site, consenting.order_id, ("consents.give", {"kind": "DATA_SHARING", "given": False}), actor=SYSTEM)
    assert result(site, calm, consenting)[0]["outcome"] == "NOT_FOUND"


def test_what_is_found_is_on_file_and_every_question_in_the_log(site, calm):
    draw(site, "documents.fetch", **FETCH)
    order = accept(site, applicant=OWNER, agent=AGENT)
    operate(site, order.order_id, ("documents.open", {"checklist": [PROPERTY, LIST]}), actor=SYSTEM)
    result(site, calm, order)
    kept = papers(site, order.order_id)

    assert [(d.doc_type, d.provenance) for d in kept.documents] == [("PROPERTY_CERT", "SHARED_ECERT")]
    assert ecertificate_fault(documents.certificate(site.vault, kept.documents[0])) is None
    assert {(q.doc_type, q.outcome) for q in kept.queries} == {
        ("PROPERTY_CERT", "FOUND"),
        ("AGENT_ID", "FOUND"),
        ("VILLAGE_PROOF", "NOT_ON_PLATFORM"),
    }
    assert {q.authorisation_id for q in kept.queries} == {kept.consents[0].id}
    assert all(q.platform_no for q in kept.queries)


def test_a_platform_that_is_down_holds_up_nobody(site, calm):
    draw(site, "documents.fetch", **FETCH)
    calm.mood("sharing", down=True)
    order = accept(site, applicant=OWNER, agent=AGENT)

    assert [one["outcome"] for one in result(site, calm, order)] == ["DOWN"] * 3
    assert list(tasks_of(site, order.order_id)) == ["a"]
    assert page(site, order).head["n_incidents"] == 0


def test_a_slow_platform_is_down_for_those_who_wait(site, calm):
    draw(site, "identity.verify", method='"E_ID_ZLB"')
    calm.mood("identity", slow_seconds=3)
    order = accept(site, applicant=OWNER)

    assert result(site, calm, order) == {"outcome": "DOWN", "verified_at": None, "level": None}


def test_no_address_of_a_platform_is_down_as_well(settings, clock, calm):
    own = {"notification_url": calm.url, "sandbox_url": ""}
    engine = build(settings.model_copy(update=own), clock)
    draw(engine, "documents.fetch", **FETCH)
    order = accept(engine, applicant=OWNER)

    assert {one["outcome"] for one in result(engine, calm, order)} == {"DOWN", "NOT_FOUND"}  # no agent to ask about
    engine.close()


@pytest.mark.parametrize(
    ("method", "applicant", "outcome", "level"),
    [
        ("ID_CARD", OWNER, "NOT_ONLINE", None),
        ("E_ID_GOV", OWNER, "VERIFIED", "HIGH"),
        ("KIOSK_SLIP", {**OWNER, "name": "许雅宁宁"}, "MISMATCH", None),
        ("BUSINESS_LICENCE", FIRM, "VERIFIED", "REGISTER"),
        ("BUSINESS_LICENCE", {**FIRM, "name": "别的公司"}, "MISMATCH", None),
    ],
)
def test_who_he_is_is_asked_where_it_can_be_known(site, calm, method, applicant, outcome, level):
    draw(site, "identity.verify", method=f'"{method}"')
    by = "BUSINESS_LICENCE" if applicant["id_type"] == "USCC" else "ID_CARD"
    order = accept(site, applicant=applicant, identity_check={"method": by, "reference": "R1"})
    got = result(site, calm, order)

    assert (got["outcome"], got["level"]) == (outcome, level)
    assert (got["verified_at"] is not None) is (outcome == "VERIFIED")


def test_a_licence_that_is_not_believed_verifies_nobody(site, calm):
    draw(site, "identity.verify", method='"BUSINESS_LICENCE"')
    calm.mood("sharing", wrong="BAD_NUMBER")
    order = accept(site, applicant=FIRM, identity_check={"method": "BUSINESS_LICENCE", "reference": "R1"})

    assert result(site, calm, order)["outcome"] == "MISMATCH"


def test_the_wish_for_high_voltage_is_looked_up_by_its_record(site, calm):
    draw(site, "evidence.verify")
    signed = {"record_id": "BDZS-96969731", "signed_at": "2026-03-01T14:10:00+08:00"}
    with_record = accept(site, applicant=OWNER, hv_wish_evidence=signed)
    without = accept(site, applicant=OWNER)
    calm.mood("evidence", down=False)

    assert result(site, calm, with_record) == {"outcome": "FOUND", "signed_at": signed["signed_at"]}
    assert result(site, calm, without) == {"outcome": "NOT_FOUND", "signed_at": None}
    calm.mood("evidence", down=True)
    again = accept(site, applicant=OWNER, hv_wish_evidence=signed)
    assert result(site, calm, again) == {"outcome": "DOWN", "signed_at": None}


def test_the_meter_says_when_it_saw_electricity_first(site, calm, clock):
    draw(site, "ami.first_energised")
    order = accept(site, applicant=OWNER)
    at = "2026-03-02T08:15:00+08:00"
    calm.enter_event(order_no=order.order_no, first_energised_at=at)
    never = accept(site, applicant=OWNER)
    calm.enter_event(order_no=never.order_no, first_energised_at="2026-03-03T08:15:00+08:00")

    assert result(site, calm, order) == {"outcome": "FOUND", "first_energised_at": at}
    assert result(site, calm, never) == {"outcome": "NONE", "first_energised_at": None}
    calm.mood("ami", down=True)
    blind = accept(site, applicant=OWNER)
    assert result(site, calm, blind)["outcome"] == "DOWN"


def test_a_message_outlives_an_outage_of_hours_and_is_sent_once(site, calm, clock):
    draw(site, "ami.first_energised")
    calm.mood("notification", forgetful=True)
    order = accept(site, applicant=OWNER)
    assert deliver_due(site).n_answered == 1  # the meter
    for _ in range(5):
        assert deliver_due(site).n_postponed == 1
        clock.advance(hours=3)
    assert tasks_of(site, order.order_id) == {}

    calm.mood("notification", forgetful=False)
    assert deliver_due(site).n_answered == 1
    assert list(tasks_of(site, order.order_id)) == ["a"]
    mine = [item for item in calm.notifications()["items"] if item["message"]["order_no"] == order.order_no]
    assert len(mine) == 1 and mine[0]["n"] > 1


def test_a_message_waits_untouched_while_there_is_no_platform(settings, clock):
    engine = build(settings, clock)
    draw(engine, "notify.send", template='"first"')
    order = accept(engine)
    for _ in range(30):
        clock.advance(hours=3)
        deliver_due(engine)
    [call] = page(engine, order).calls

    assert (call["state"], call["n_attempts"], page(engine, order).head["n_incidents"]) == ("PENDING", 0, 0)
    engine.close()


def test_staff_are_told_without_the_customers_phone(site, calm):
    draw(site, "notify.send", template='"warning"', to='"TEAM_LEADER"')
    order = accept(site)
    result(site, calm, order)
    sent = [item["message"] for item in calm.notifications()["items"]]
    mine = {message["to"]: message for message in sent if message["order_no"] == order.order_no}

    assert (mine["TEAM_LEADER"]["phone"], mine["TEAM_LEADER"]["unit_code"]) == (None, UNIT)
    assert mine["CUSTOMER"]["phone"] == PERSONAL["phone"]


@pytest.mark.parametrize(
    ("operator", "params", "reason"),
    [
        ("no.such", {}, "UNKNOWN_OPERATOR"),
        ("documents.fetch", {"doc_types": "7"}, "BAD_PARAMETER doc_types"),
        ("documents.fetch", {"doc_types": '"PROPERTY_CERT"'}, "BAD_PARAMETER doc_types"),
        ("identity.verify", {"method": "7"}, "BAD_PARAMETER method"),
        ("notify.send", {"template": '""'}, "OUR_MESSAGE template: minLength"),
    ],
)
def test_a_call_that_cannot_be_done_is_an_incident_that_says_why(site, operator, params, reason):
    draw(site, operator, **params)
    order = accept(site)

    assert deliver_due(site).n_failed == 1
    [incident] = page(site, order).incidents
    assert (incident["element_id"], incident["message"]) == ("ask", reason)


def test_many_calls_are_done_at_a_time_each_once(site, calm):
    draw(site, "documents.fetch", **FETCH)
    accepted = [accept(site, applicant=OWNER) for _ in range(12)]
    before = calm.notifications()["n"]

    assert deliver_due(site).n_answered == 12
    assert deliver_due(site).n_answered == 12
    assert calm.notifications()["n"] - before == 12
    assert all(list(tasks_of(site, order.order_id)) == ["a"] for order in accepted)
    assert site.verify_audit()["broken"] == []


def test_a_call_whose_lease_is_over_is_left_to_the_next(site, clock, calm, monkeypatch):
    draw(site, "notify.send", template='"first"')
    orders_ = [accept(site) for _ in range(3)]
    late = site.settings.model_copy(update={"n_outbox_threads": 1})
    monkeypatch.setattr(site, "settings", late)
    send = type(site.platforms.notification).send

    def slow_send(self, errand, message):
        clock.advance(seconds=late.outbox_lease_seconds + 1)
        return send(self, errand, message)

    monkeypatch.setattr(type(site.platforms.notification), "send", slow_send)
    first = deliver_due(site)

    assert (first.n_answered, first.n_postponed, first.n_failed) == (1, 0, 0)
    assert sum(page(site, order).calls[0]["state"] == "PENDING" for order in orders_) == 2


def test_a_circuit_that_opened_is_seen_by_other_processes_until_it_closes(site, calm, clock):
    draw(site, "documents.fetch", **FETCH)
    calm.mood("sharing", down=True)
    result(site, calm, accept(site, applicant=OWNER, agent=AGENT))
    heart, began = Heartbeat(site), clock.now()
    heart.beat()
    other = build(Settings(database_url=site.settings.database_url, var_dir=site.settings.var_dir), clock)
    with other.read() as view:
        [found] = outside.outages(view)
    assert (found.platform, found.title, found.since) == ("sharing", "政务数据共享平台", began)
    clock.advance(seconds=61)
    with other.read() as view:
        assert outside.outages(view) == ()  # nobody has been heard of for a minute

    calm.mood("sharing", down=False)
    result(site, calm, accept(site, applicant=OWNER))
    heart.beat()
    with other.read() as view:
        assert outside.outages(view) == ()
    other.close()


def test_a_heartbeat_of_an_older_release_knows_no_platforms(site):
    site.beat(kind="scheduler", threads=3)
    with site.read() as view:
        assert outside.outages(view) == ()


def test_nothing_personal_is_logged_stored_or_left_in_calls(site, calm, caplog):
    caplog.set_level("DEBUG")
    draw(site, "documents.fetch", **FETCH)
    order = accept(site, agent=AGENT)
    result(site, calm, order)
    calm.mood("sharing", wrong="OTHER_HOLDER")
    result(site, calm, accept(site, agent=AGENT))
    ours = [record for record in caplog.records if record.name != "werkzeug"]
    logged = "\n".join(str(vars(record)) for record in ours)
    stored = str(page(site, order).calls)

    assert Counter(getattr(record, "action", "") for record in ours)["platform.asked"] >= 4
    assert [value for value in (*PERSONAL.values(), *AGENT.values()) if value in logged or value in stored] == []


def test_the_operators_that_may_be_published_are_those_that_somebody_does():
    assert worker.OPERATORS.keys() == registry.OUTER | {SEND_CODE}
    assert SEND_CODE not in registry.OUTER  # codes are asked for by customers, never by a diagram
    assert not registry.OUTER & registry.INNER.keys()


def test_an_operator_that_nobody_does_is_not_published(engine, monkeypatch):
    monkeypatch.setattr(deploy_process, "OUTER", registry.OUTER)
    with pytest.raises(ModelRefused) as refused:
        deploy(engine, user("a"), path("s", "a", "e"), operators=("no.such",))
    assert [fault.code for fault in refused.value.faults] == ["operator_unknown"]


@pytest.mark.parametrize("text", ["{{ nobody }}", "{% for x in %}", "{{ customer.phone }}", "{{ signed_at.year }}"])
def test_a_letter_that_cannot_be_written_is_not_published(engine, text):
    files = {"letters/told.html": f"<main>{text}</main>".encode()}
    with pytest.raises(ModelRefused) as refused:
        deploy(engine, user("a"), path("s", "a", "e"), files=files)
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [("letters/told.html", "letter_refused")]
