from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import select

from engine.commands.rate_order import RateOrder
from engine.commands.withdraw_online import WithdrawOnline
from engine.errors import Forbidden, NotFound
from engine.policy import SYSTEM, customer
from engine.queries import orders
from engine.store import attachments, portal
from engine.store.tables_documents import attachment
from engine.store.tables_portal import portal_code
from tests.customers import Customer, all_promised, phones, photo
from tests.handled import Handled
from tests.integration.test_runner_high_voltage import replied
from tests.orders import ADMIN, KEY, PERSONAL, tasks_of
from tests.papers import papers
from tests.site import Site

NOBODY = "334010226030299999"
SIGNED = '[{"points": [{"x": 1, "y": 2}, {"x": 60, "y": 40}, {"x": 90, "y": 20}]}]'


@pytest.fixture
def order(engine, clock):
    """A high-voltage order of the shipped process, at its list of missing documents."""
    engine.deploy(engine.settings.processes_dir / KEY, ADMIN)
    return Handled(engine, clock)


@pytest.fixture
def guest(engine, order):
    return Customer(Site(engine), phones(engine))


@pytest.fixture
def inside(guest, order):
    return guest.come_in(order.order.order_no)


def events(engine, order):
    with engine.read() as view:
        return [(e.kind, e.actor) for e in orders.timeline(view, SYSTEM, order.order.order_no)]


# ---- the way in ------------------------------------------------------------------------------------------------------


def test_the_code_that_was_sent_opens_the_order(guest, order, engine):
    asked = guest.ask(order.order.order_no)
    code = guest.read()
    message = guest.phone.sent[-1]
    entered = guest.give(code)

    assert (asked.status_code, entered.status_code, entered.location) == (303, 303, "/portal/order")
    assert (message.to, message.phone, len(code)) == ("CUSTOMER", PERSONAL["phone"], 6)
    page = guest.page()
    assert order.order.order_no in page
    assert not any(value in page for value in PERSONAL.values())


def test_a_code_is_stored_nowhere(guest, order, engine):
    guest.ask(order.order.order_no)
    code = guest.read()

    with engine.read() as view:
        rows = [str(dict(row)) for row in view.connection.execute(select(portal_code)).mappings()]
        rows += [str(call) for call in orders.order(view, SYSTEM, order.order.order_no).calls]
        rows += [str(e.body) for e in orders.timeline(view, SYSTEM, order.order.order_no)]
    assert not any(f"'{code}'" in row for row in rows)


def test_a_number_that_is_no_orders_is_answered_the_same(guest, order):
    known, unknown = guest.ask(order.order.order_no), guest.ask(NOBODY)
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location) == (303, "/portal/enter")
    assert known.data == unknown.data

    wrong_of_unknown = guest.give("000000")
    guest.ask(order.order.order_no)
    wrong_of_known = guest.give("x")
    texts = {a.text.replace(n, "").split('role="alert"')[1].split("<")[0] for a, n in
             ((wrong_of_unknown, NOBODY), (wrong_of_known, order.order.order_no))}  # fmt: skip
    assert len(texts) == 1
    assert wrong_of_unknown.status_code == wrong_of_known.status_code == 401


def test_codes_of_a_number_are_limited_whether_it_exists_or_not(guest, order):
    for number in (order.order.order_no, NOBODY):
        assert [guest.ask(number).status_code for _ in range(4)] == [303, 303, 303, 429]


def test_an_address_cannot_go_through_the_numbers(guest):
    found = [guest.ask(f"33401022603{n:07d}").status_code for n in range(21)]
    assert found == [303] * 20 + [429]


def test_five_guesses_end_a_code(guest, order):
    guest.ask(order.order.order_no)
    code = guest.read()
    wrong = str((int(code) + 1) % 1_000_000).zfill(6)

    assert [guest.give(wrong).status_code for _ in range(5)] == [401] * 5
    assert guest.give(code).status_code == 401


def test_a_code_opens_once_and_not_for_long(guest, order, clock):
    guest.come_in(order.order.order_no)
    code = guest.read()
    guest.ask(order.order.order_no)
    assert guest.give(code).status_code == 401  # used, and another was sent since

    newer = guest.read()
    clock.advance(seconds=301)
    assert guest.give(newer).status_code == 401


def test_a_session_ends_by_leaving_by_rest_and_by_age(guest, order, clock):
    inside = guest.come_in(order.order.order_no)
    inside.page()
    assert inside.browser.post("/portal/leave").status_code == 303
    assert inside.browser.get("/portal/order").status_code == 303

    inside.come_in(order.order.order_no)
    clock.advance(seconds=601)
    assert inside.browser.get("/portal/order").location == "/portal"

    inside.come_in(order.order.order_no)
    for _ in range(7):
        assert inside.browser.get("/portal/order").status_code == 200
        clock.advance(seconds=540)
    assert inside.browser.get("/portal/order").status_code == 303


def test_a_customer_is_nobody_among_staff_and_staff_are_nobody_here(inside, order):
    for path in ("/tasks", "/orders", f"/orders/{order.order.order_no}", "/password"):
        assert inside.browser.get(path).location.startswith("/login")
    assert inside.browser.client.get("/api/v1/tasks").status_code == 401
    assert inside.site.visitor("clerk").get("/portal/order").location == "/portal"


def test_a_customer_acts_on_his_own_order_only(engine, order):
    other = customer(NOBODY, order.page.head["unit_code"])
    with pytest.raises(NotFound):
        engine.run(WithdrawOnline(order.order.order_no, "k"), other)
    with pytest.raises(Forbidden):
        engine.run(RateOrder(order.order.order_no, 5, (), "k"), SYSTEM.__class__("x", "某人", unit_code="33"))


def test_a_qr_code_brings_the_number_along(guest):
    assert 'value="334010226030200001"' in guest.browser.get("/portal?order=334010226030200001").text


# ---- what the customer does ------------------------------------------------------------------------------------------


def test_a_missing_document_is_sent_as_a_photo(inside, order, engine):
    missing = [n for n in papers(engine, order.order.order_id).needs if n.state == "OPEN" and not n.shareable]
    wanted = missing[0].doc_type
    assert f"/portal/order/documents/{wanted}" in inside.page()
    sent = inside.act(f"documents/{wanted}", {"file": (BytesIO(photo()), "../../‮gnp.exe")})

    assert sent.status_code == 303, sent.text
    document = next(d for d in papers(engine, order.order.order_id).documents if d.doc_type == wanted)
    assert (document.provenance, document.recorded_by) == ("CUSTOMER_UPLOAD", f"customer:{order.order.order_no}")
    with engine.read() as view:
        kept = attachments.one(view.connection, document.attachment_id)
        assert attachments.opened(engine.vault, kept)[:3] == b"\xff\xd8\xff"
    assert ("DocumentHandedIn", f"customer:{order.order.order_no}") in events(engine, order)
    assert f"/portal/order/documents/{wanted}" not in inside.page()

    again = inside.act(f"documents/{wanted}", {"file": (BytesIO(photo()), "x.jpg")}, key="k2")
    assert again.status_code == 409 or again.status_code == 422


def test_what_is_no_photo_is_refused_and_said_beside_the_document(inside, order, engine):
    wanted = next(n for n in papers(engine, order.order.order_id).needs if n.state == "OPEN").doc_type
    sent = inside.act(f"documents/{wanted}", {"file": (BytesIO(b"<svg onload=alert(1)>"), "x.png")})

    assert sent.status_code == 422
    assert "不是可以识别的图片（JPEG、PNG、WebP），也不是 PDF" in sent.text
    with engine.read() as view:
        assert view.connection.execute(select(attachment)).first() is None


def test_promise_and_signature_on_the_phone_then_the_promised_document(inside, order, engine):
    order.do("acc_supplement", choices=all_promised(order))
    assert "acc_sign" in order.open
    assert "请签署承诺书" in inside.page()

    page = inside.browser.get("/portal/order/sign").text
    assert PERSONAL["name"] in page  # who signs must read what he signs
    task = tasks_of(engine, order.order.order_id)["acc_sign"]
    data = {"task": task.id, "signature": SIGNED, "key": "s1"}
    assert inside.browser.post("/portal/order/sign", data).status_code == 303
    order.answered()

    letter = papers(engine, order.order.order_id).commitments[-1]
    assert (letter.status, letter.sign_method, letter.received_by) == (
        "ACTIVE", "ON_SCREEN", f"customer:{order.order.order_no}")  # fmt: skip
    order.do("acc_confirm", application_changed=False)
    assert "document_delivered" in {m.message for m in order.waits.messages.values()}

    item = papers(engine, order.order.order_id).outstanding[0]
    assert "前补交" in inside.page()
    sent = inside.act(f"documents/{item.doc_type}", {"file": (BytesIO(photo()), "x.jpg")}, key="k9")
    assert sent.status_code == 303, sent.text
    order.answered()
    now = papers(engine, order.order.order_id)
    kept = next(i for i in now.items if i.doc_type == item.doc_type)
    assert (kept.status, kept.fulfilled_by) == ("FULFILLED", "CUSTOMER")
    assert next(d for d in now.documents if d.doc_type == item.doc_type).attachment_id
    kinds = [kind for kind, who in events(engine, order) if who.startswith("customer:")]
    assert {"CommitmentSigned", "MessageDelivered", "PromiseKept", "DocumentHandedIn"} <= set(kinds)


def test_what_the_customer_sent_meanwhile_does_not_stop_the_clerk(inside, order, engine):
    wanted = next(n for n in papers(engine, order.order.order_id).needs if n.state == "OPEN" and not n.shareable)
    inside.act(f"documents/{wanted.doc_type}", {"file": (BytesIO(photo()), "x.jpg")})
    order.do("acc_supplement")  # his page is older: it still says that the document will be uploaded

    found = [d for d in papers(engine, order.order.order_id).documents if d.doc_type == wanted.doc_type]
    assert [d.recorded_by for d in found] == [f"customer:{order.order.order_no}"]
    assert "acc_confirm" in order.open


@pytest.fixture
def planned(order, clock, inside):
    order.do("acc_supplement")
    order.do("acc_confirm", application_changed=False)
    replied(order)
    return inside.come_in(order.order.order_no)


def milestones(page):
    part = page.split('class="milestones"')[1].split("</ol>")[0]
    return [line.split('"')[1] for line in part.split("<li class=")[1:]]


def test_the_milestones_of_high_voltage_are_four(planned, inside, order):
    assert milestones(planned.page()) == ["done", "done", "now", "ahead"]


def test_the_plan_is_accepted(planned, order, engine):
    page = planned.page()
    assert "630 kW" in page and "主供电源" in page
    assert planned.act("plan", {"answer": "ACCEPT"}).status_code == 303
    order.answered()

    assert "plan_answered" not in {m.message for m in order.waits.messages.values()}
    assert "请答复供电方案" not in planned.page()
    assert ("MessageDelivered", f"customer:{order.order.order_no}") in events(engine, order)


def test_an_objection_is_chosen_and_makes_a_new_plan(planned, order):
    assert planned.act("plan", {"answer": "OBJECT", "objection": ""}).status_code == 422
    assert planned.act("plan", {"answer": "OBJECT", "objection": "CHARGE"}, key="k2").status_code == 303
    order.answered()

    assert "hvp_draft" in order.open
    assert milestones(planned.page()) == ["done", "now", "ahead", "ahead"]


def test_a_withdrawal_goes_to_approval_and_cannot_be_asked_twice(planned, order, engine):
    assert "/portal/order/withdraw" in planned.page()
    assert planned.act("withdraw", key="w1").status_code == 303
    order.answered()

    assert "ter_approve" in order.open
    page = planned.page()
    assert "终止申请正在审批" in page and "/portal/order/withdraw" not in page
    assert planned.act("withdraw", key="w2").status_code == 409
    order.do("ter_approve", by=1, termination_approved=True)
    assert order.page.head["status"] == "TERMINATED"


def test_a_finished_order_is_rated_once_with_codes_only(planned, order, engine):
    assert planned.act("rating", {"score": "5"}, key="r0").status_code == 409
    planned.act("withdraw", key="w1")
    order.answered()
    order.do("ter_approve", by=1, termination_approved=True)

    assert planned.act("rating", {"score": ""}, key="r1").status_code == 422
    data = {"score": "4", "tags": ["FAST", "no such", "CLEAR"], "comment": PERSONAL["name"]}
    assert planned.act("rating", data, key="r2").status_code == 303
    with engine.read() as view:
        row = portal.rating_of(view.connection, order.order.order_id)
    assert (row.score, row.tags) == (4, ["CLEAR", "FAST"])
    assert planned.act("rating", {"score": "1"}, key="r3").status_code == 409
    assert "满意" in planned.page()


def test_a_double_click_is_one_act(planned, order, engine):
    assert planned.act("withdraw", key="w1").status_code == 303
    assert planned.act("withdraw", key="w1").status_code == 303
    assert [kind for kind, _ in events(engine, order)].count("WithdrawalConfirmed") == 1


# ---- what staff see --------------------------------------------------------------------------------------------------


def test_staff_save_what_a_customer_sent_and_no_page_shows_it(inside, order, engine):
    wanted = next(n for n in papers(engine, order.order.order_id).needs if n.state == "OPEN" and not n.shareable)
    inside.act(f"documents/{wanted.doc_type}", {"file": (BytesIO(photo()), "x.jpg")})
    document = next(d for d in papers(engine, order.order.order_id).documents if d.attachment_id)
    path = f"/orders/{order.order.order_no}/files/{document.attachment_id}"
    clerk = inside.site.visitor("supervisor")
    assert path in clerk.get(f"/orders/{order.order.order_no}").text
    answer = clerk.get(path)

    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="')
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert clerk.get(path.replace(document.attachment_id, "0" * 32)).status_code == 404
    assert inside.site.visitor("stranger").get(path).status_code == 404


def test_staff_read_who_acted_and_how_it_was_rated(planned, order):
    planned.act("withdraw", key="w1")
    order.answered()
    order.do("ter_approve", by=1, termination_approved=True)
    planned.act("rating", {"score": "4", "tags": ["FAST"]}, key="r2")
    page = planned.site.visitor("supervisor").get(f"/orders/{order.order.order_no}").text

    for told in ("客户（线上）", "客户线上确认撤回", "客户评价", "满意、办得快"):
        assert told in page, told
