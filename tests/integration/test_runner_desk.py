from __future__ import annotations

from uuid import uuid4

import pytest

from engine.commands.claim_task import ClaimTask
from engine.commands.save_draft import N_MAX_BYTES, SaveDraft
from engine.commands.write_comment import N_MAX_TEXT, WriteComment
from engine.errors import AlreadyDone, Forbidden, Invalid, NotFound
from engine.policy import Actor
from engine.queries import desk, orders
from engine.store import desk as store
from engine.store.uow import UnitOfWork
from tests.diagrams import path, user
from tests.orders import CLERK, CLERK_2, OTHER_UNIT, PERSONAL, STRANGER, accept, complete, deploy, tasks_of


@pytest.fixture
def order(engine):
    deploy(engine, user("a"), path("s", "a", "e"))
    return accept(engine)


@pytest.fixture
def task_id(engine, order):
    (found,) = tasks_of(engine, order.order_id).values()
    return found.id


def save(engine, task_id, values, actor=CLERK, **timing):
    return engine.run(SaveDraft(task_id, values, timing, uuid4().hex), actor)


def drafted(engine, task_id, actor=CLERK):
    with engine.read() as view:
        found = desk.draft(view, actor, task_id)
    return found and found.content


def test_a_draft_is_its_holders_own_and_sealed(engine, task_id):
    engine.run(ClaimTask(task_id, uuid4().hex), CLERK)
    save(engine, task_id, {"remark": "写到一半"}, late_reason="补")
    save(engine, task_id, {"remark": "写到一半了"}, late_reason="补")

    assert drafted(engine, task_id) == {"values": {"remark": "写到一半了"}, "timing": {"late_reason": "补"}}
    assert drafted(engine, task_id, CLERK_2) is None
    with engine.database.read() as connection:
        (row,) = connection.exec_driver_sql("SELECT sealed FROM task_draft").fetchall()
    assert "写到".encode() not in bytes(row[0])


def test_only_the_holder_of_an_open_task_drafts(engine, task_id):
    with pytest.raises(Forbidden):
        save(engine, task_id, {"remark": "x"})
    with pytest.raises(NotFound):
        save(engine, task_id, {"remark": "x"}, STRANGER)
    with pytest.raises(NotFound):
        save(engine, "nothing", {"remark": "x"})
    engine.run(ClaimTask(task_id, uuid4().hex), CLERK)
    with pytest.raises(Invalid, match="草稿"):
        save(engine, task_id, {"remark": "x" * N_MAX_BYTES})
    complete(engine, task_id, CLERK)
    with pytest.raises(AlreadyDone):
        save(engine, task_id, {"remark": "x"})


def test_an_empty_draft_is_none(engine, task_id):
    engine.run(ClaimTask(task_id, uuid4().hex), CLERK)
    save(engine, task_id, {"remark": "x"})
    assert save(engine, task_id, {}).saved_at == ""
    assert drafted(engine, task_id) is None


def test_a_draft_moves_no_order_and_goes_with_its_task(engine, clock, order, task_id):
    engine.run(ClaimTask(task_id, uuid4().hex), CLERK)
    with engine.read() as view:
        before = orders.order_head(view, CLERK, order.order_no)["version"]
    save(engine, task_id, {"remark": "x"})
    with engine.read() as view:
        assert orders.order_head(view, CLERK, order.order_no)["version"] == before

    assert forgotten(engine, clock) == 0
    complete(engine, task_id, CLERK)
    clock.advance(seconds=1)
    assert forgotten(engine, clock) == 1
    assert drafted(engine, task_id) is None


def forgotten(engine, clock):
    with UnitOfWork(engine.database) as uow:
        n = store.forget_drafts(uow, clock.now(), 10)
        uow.finish()
    return n


def write(engine, order, text, actor=CLERK, key=None):
    return engine.run(WriteComment(order.order_no, text, key or uuid4().hex), actor)


def test_a_comment_is_masked_sealed_and_only_counted_in_the_record(engine, order):
    text = f"{PERSONAL['name']}（{PERSONAL['phone']}、证号330102199003070019）要求周六上门\n先打座机0571-88886666"
    done = write(engine, order, text)

    with engine.read() as view:
        (kept,) = desk.comments(view, CLERK_2, order.order_no)
        (entry,) = [e for e in orders.timeline(view, CLERK, order.order_no) if e.kind == "CommentWritten"]
    assert done.n_masked == 4 and "要求周六上门" in kept.text and kept.written_by == "clerk"
    for secret in (PERSONAL["name"], PERSONAL["phone"], "199003070019", "88886666"):
        assert secret not in kept.text
    assert entry.body == {"comment": done.comment_id, "n_text": len(kept.text), "n_masked": 4}
    with engine.database.read() as connection:
        (row,) = connection.exec_driver_sql("SELECT sealed FROM order_comment").fetchall()
    assert "周六".encode() not in bytes(row[0])


@pytest.mark.parametrize("text", ["", "  \n", "字" * (N_MAX_TEXT + 1), "a\x00b"])
def test_what_is_no_comment_is_refused(engine, order, text):
    with pytest.raises(Invalid):
        write(engine, order, text)


def test_comments_are_of_the_unit_and_of_who_may_write(engine, order):
    write(engine, order, "只此一次", key="k")
    write(engine, order, "只此一次", key="k")
    with pytest.raises(NotFound):
        write(engine, order, "x", STRANGER)
    with pytest.raises(Forbidden):
        write(engine, order, "x", Actor("o", "主", roles=frozenset({"PROCESS_OWNER"}), unit_code="33"))
    with engine.read() as view:
        assert [each.text for each in desk.comments(view, CLERK, order.order_no)] == ["只此一次"]
        with pytest.raises(NotFound):
            desk.comments(view, STRANGER, order.order_no)


def test_other_orders_of_the_customer_are_found_within_ones_units(engine, order):
    same = accept(engine, capacity_kw=800)
    accept(engine, STRANGER, unit_code=OTHER_UNIT, hall_code=f"{OTHER_UNIT}H0")
    with engine.read() as view:
        found = desk.related(view, CLERK, order.order_no)
    assert [(one.order_no, one.same_subject, one.same_premise) for one in found] == [(same.order_no, True, True)]
    assert PERSONAL["address"] not in repr(found)
