from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from engine.commands.unmask_personal import UnmaskPersonal
from engine.errors import Forbidden, Invalid, NotFound, UnmaskedOften
from engine.policy import Actor
from engine.queries import personal
from engine.store.tables_house import audit_event, command_log
from tests.orders import CLERK, PERSONAL, STRANGER, SURVEYOR, accept
from tests.site import APPLICATION, Site

PLANNER = Actor("planner", "方案员", roles=frozenset({"PLANNER"}), unit_code=CLERK.unit_code)
APPLICANT = APPLICATION["applicant"]


@pytest.fixture
def order_no(engine):
    return accept(engine).order_no


def unmask(engine, order_no, *fields, actor=CLERK, reason="CONTACT_CUSTOMER", key="k1", note=""):
    return engine.run(UnmaskPersonal(order_no, fields or ("phone",), reason, key, note), actor)


def seen(engine, order_no, actor=CLERK):
    with engine.read() as view:
        return {name: one.value for name, one in personal.unmasked(view, actor, order_no).items()}


def test_nothing_is_seen_without_a_reason(engine, order_no):
    assert seen(engine, order_no) == {}
    for wrong in ({"reason": ""}, {"reason": "CURIOUS"}, {"reason": "OTHER"}, {"reason": "OTHER", "note": "  "}):
        with pytest.raises(Invalid):
            unmask(engine, order_no, **wrong)
    for fields in (("identity_reference",), ("phone", "nothing"), ()):
        with pytest.raises(Invalid):
            engine.run(UnmaskPersonal(order_no, fields, "VISIT", "k"), CLERK)
    assert seen(engine, order_no) == {}


def test_what_was_asked_for_is_seen_for_a_while_by_whoever_asked(engine, clock, order_no):
    unmask(engine, order_no, "phone", "address")
    assert seen(engine, order_no) == {"phone": PERSONAL["phone"], "address": PERSONAL["address"]}
    assert seen(engine, order_no, SURVEYOR) == {}
    clock.advance(seconds=59)
    assert len(seen(engine, order_no)) == 2
    clock.advance(seconds=1)

    assert seen(engine, order_no) == {}
    unmask(engine, order_no, "phone", "address")
    assert seen(engine, order_no) == {}, "the same request again opens nothing anew"


def test_the_record_says_who_saw_what_and_why_and_no_value(engine, order_no):
    unmask(engine, order_no, "id_no", reason="OTHER", note="客户张三来电核对")
    with engine.read() as view:
        told = view.connection.execute(select(audit_event).where(audit_event.c.kind == "PersonalUnmasked")).one()
        answers = view.connection.execute(select(command_log.c.result)).scalars().all()

    assert told.actor == "clerk"
    assert '"fields":["id_no"]' in told.body
    assert '"reason":"OTHER"' in told.body
    for text in (told.body, *answers):
        assert PERSONAL["id_no"] not in text
        assert "张三" not in text
    assert engine.verify_audit()["broken"] == []


def test_who_may_not(engine, order_no):
    with pytest.raises(Forbidden):
        unmask(engine, order_no, actor=PLANNER)
    with pytest.raises(NotFound):
        unmask(engine, order_no, actor=STRANGER)
    with engine.read() as view:
        with pytest.raises(Forbidden):
            personal.unmasked(view, PLANNER, order_no)
        with pytest.raises(NotFound):
            personal.unmasked(view, STRANGER, order_no)


def test_nobody_copies_the_file_of_customers(engine, clock, settings, order_no):
    for number in range(settings.n_unmaskings_an_hour):
        unmask(engine, order_no, key=f"n{number}")
    with pytest.raises(UnmaskedOften):
        unmask(engine, order_no, key="once more")
    unmask(engine, order_no, actor=SURVEYOR, key="another person")
    clock.advance(hours=1)

    unmask(engine, order_no, key="an hour later")


def test_pages_are_masked_and_the_page_that_is_not_leaves_by_itself(engine):
    site = Site(engine)
    clerk, path = site.visitor("clerk"), f"/orders/{site.order_no}/personal"
    for page in ("/orders", f"/orders/{site.order_no}", "/tasks", f"/tasks/{site.task_id}", path):
        text = clerk.get(page).text
        assert [value for value in (APPLICANT["id_no"], APPLICANT["phone"], APPLICANT["name"]) if value in text] == []
    refused = clerk.post(path, {"key": "k0", "fields": "phone", "reason": ""})
    assert refused.status_code == 422
    assert APPLICANT["phone"] not in refused.text

    clerk.get(path)
    shown = clerk.post(path, {"key": clerk.field("key"), "fields": ["phone", "id_no"], "reason": "VISIT"})
    assert shown.status_code == 200
    assert APPLICANT["phone"] in shown.text
    assert APPLICANT["id_no"] in shown.text
    assert APPLICANT["name"] not in shown.text
    assert re.fullmatch(rf"\d+; url={path}", shown.headers["Refresh"])
    assert shown.headers["Cache-Control"] == "no-store"
    assert APPLICANT["phone"] not in clerk.get(path).text
    timeline = clerk.get(f"/orders/{site.order_no}").text
    assert "查看个人信息" in timeline
    assert "上门办理" in timeline


def test_programs_give_a_reason_too(engine):
    site = Site(engine)
    path = f"/orders/{site.order_no}/unmaskings"
    program = site.program("clerk")
    answer = program.post(path, {"fields": ["phone"], "reason": "CONTACT_CUSTOMER"})
    refused = [program.post(path, body).status_code
               for body in ({"fields": ["phone"]}, {"fields": [], "reason": "VISIT"},
                            {"fields": ["premise"], "reason": "VISIT"})]  # fmt: skip

    assert [item["value"] for item in answer.json["items"]] == [APPLICANT["phone"]]
    assert refused == [422, 422, 422]
    assert program.get(path).status_code == 405
    assert site.program("stranger").post(path, {"fields": ["phone"], "reason": "VISIT"}).status_code == 404
