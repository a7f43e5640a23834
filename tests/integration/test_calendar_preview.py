from __future__ import annotations

from datetime import date, datetime

import pytest

from engine.clock import SHANGHAI
from engine.commands.enter_calendar_year import proposed
from engine.commands.recount_order import RecountOrder
from engine.errors import Forbidden
from engine.policy import SYSTEM
from engine.queries import calendar_preview
from engine.store import audit, calendars, segments
from engine.store.uow import UnitOfWork
from tests.diagrams import boundary, path, user
from tests.notices import TURNED, notice
from tests.orders import ADMIN, CLERK, accept, deploy, finish, tasks_of
from tests.promises import draft, failing, items, promise_both, sign
from tests.stopping import clocks_of, pending_timers

BEFORE_THE_FEAST = "2027-02-03T09:00:00+08:00"
HOME = {"usage": "RESIDENTIAL", "capacity_kw": 8, "requested_voltage": "LV"}


@pytest.fixture
def orders(engine, clock):
    """Residential orders just before the Spring Festival: their five working days run through it."""
    work = user("a", yikuo__stage="SITE_SURVEY")
    own, hanging = (
        boundary("own", "a", "workdays(5)"),
        boundary("hanging", "a", "warn(&quot;TOTAL&quot;)", interrupting=False),
    )
    parts = (work, own, hanging, path("s", "a", "e"), path("own", "late", "e"), path("hanging", "warned", "e"))
    deploy(engine, *parts, user("late"), user("warned"), key="lv_residential")

    def made(n=1, at=BEFORE_THE_FEAST):
        clock.move_to(datetime.fromisoformat(at))
        return [accept(engine, submitted_at=at, **HOME) for _ in range(n)]

    return made


def asked(engine, page=1, actor=ADMIN, **changes):
    year = proposed(notice(**changes), 2, engine.clock.now().astimezone(SHANGHAI).date())
    with engine.read() as view:
        return calendar_preview.preview(view, actor, year, page)


def warning(day):
    return datetime.fromisoformat(f"{day}T01:00:00+00:00")


def at_end(day):
    return datetime.fromisoformat(f"{day}T16:00:00+00:00")


def test_what_would_move_is_named_with_both_days(engine, orders):
    [order] = orders()
    found = asked(engine)
    [moving] = found.orders

    assert [str(day) for day in found.turned] == TURNED
    assert (found.n_orders, found.n_clocks, found.n_timers, moving.order_no) == (1, 1, 1, order.order_no)
    assert {(move.kind, move.name, move.before, move.after) for move in moving.moves} == {
        ("clock", "TOTAL", at_end("2027-02-12"), at_end("2027-02-17")),
        ("timer", "own", at_end("2027-02-12"), at_end("2027-02-17")),
        ("timer", "hanging", warning("2027-02-11"), warning("2027-02-16")),
        ("task", "a", at_end("2027-02-12"), at_end("2027-02-17")),
    }


def test_what_was_foreseen_is_what_happens(engine, orders):
    made = orders(3)
    foreseen = {order.order_no: order.moves for order in asked(engine).orders}
    engine.run(notice(), ADMIN)

    assert engine.recount_due() == 3
    for order in made:
        moves = {(move.kind, move.name): move for move in foreseen[order.order_no]}
        rows = clocks_of(engine, order)
        assert rows["TOTAL"]["due_at"] == moves["clock", "TOTAL"].after
        assert {("timer", name): at for name, at in pending_timers(engine, order).items()} == {
            key: move.after for key, move in moves.items() if key[0] == "timer"}  # fmt: skip
        assert tasks_of(engine, order.order_id)["a"].due_at == moves["task", "a"].after
    assert asked(engine).turned == []


def test_days_that_were_used_before_a_pause_are_counted_by_the_proposed_year_too(engine, orders, clock):
    [order] = orders(at="2027-02-01T09:00:00+08:00")
    with UnitOfWork(engine.database) as uow:  # used up 02-02 to 02-09 of the old count, paused, running since 02-22
        key = {"order_id": order.order_id, "stage": "TOTAL"}
        pause = {"kind": "PAUSE", "reason": "X", "from_on": date(2027, 2, 9), "until_on": date(2027, 2, 22), "seq": 2}
        uow.run(segments.ADD, [dict.fromkeys(segments.FIELDS) | key | pause])
        uow.finish()
    engine.run(RecountOrder(order.order_id, "TEST", "test"), SYSTEM)
    [move] = [move for move in asked(engine).orders[0].moves if move.kind == "clock"]

    # by the old count 02-02, 03, 04, 09 are used and one day is left; by the new one 02-09 is a rest day
    assert (move.before, move.after) == (at_end("2027-02-23"), at_end("2027-02-24"))
    engine.run(notice(), ADMIN)
    engine.recount_due()
    assert clocks_of(engine, order)["TOTAL"]["due_at"] == move.after


def test_looking_ahead_writes_nothing(engine, orders):
    orders()
    with engine.read() as view:
        before = audit.events_of(view.connection, audit.HOUSE)
    asked(engine)
    with engine.read() as view:
        assert audit.events_of(view.connection, audit.HOUSE) == before
        assert calendars.n_to_recount(view.connection) == 0
        assert calendars.versions(view.connection)[2027] == 1


def test_what_ends_before_the_days_that_turn_or_has_ended_does_not_move(engine, orders):
    orders(at="2027-01-11T09:00:00+08:00")
    [ended] = orders()
    finish(engine, ended.order_id)

    assert (asked(engine).n_orders, asked(engine).orders) == (0, [])


def test_a_year_that_turns_no_day_moves_nothing(engine, orders):
    orders()
    same = "01-01 元旦\n02-05 至 02-08 春节\n04-05 清明节\n05-01 至 05-02 劳动节\n"
    same += "06-09 端午节\n09-15 中秋节\n10-01 至 10-03 国庆节"
    found = asked(engine, holidays=same, makeup_days="")

    assert (found.turned, found.n_orders, found.n_pages) == ([], 0, 1)


def test_the_orders_come_in_pages(engine, orders, monkeypatch):
    monkeypatch.setattr(calendar_preview, "N_PAGE", 2)
    numbers = [order.order_no for order in orders(5)]
    pages = [asked(engine, page) for page in (1, 2, 3, 9)]

    assert [[order.order_no for order in found.orders] for found in pages] == [
        numbers[:2], numbers[2:4], numbers[4:], numbers[4:]]  # fmt: skip
    assert {(found.n_orders, found.n_clocks, found.n_pages) for found in pages} == {(5, 5, 3)}


def test_only_who_may_enter_a_year_looks_ahead(engine, orders):
    with pytest.raises(Forbidden):
        asked(engine, actor=CLERK)


def test_a_promised_day_that_becomes_a_rest_day_moves_and_one_in_the_past_does_not(engine, clock):
    clock.move_to(datetime.fromisoformat("2027-01-28T09:00:00+08:00"))
    order = promise_both(engine, failing(engine))
    draft(engine, order, date(2027, 2, 9))
    sign(engine, order)
    found = asked(engine)
    [moving] = found.orders

    expected = ("promise", at_end("2027-02-09"), at_end("2027-02-12"))
    promised = [move for move in moving.moves if move.kind == "promise"]
    assert found.n_promises == 2 and {(m.kind, m.before, m.after) for m in promised} == {expected}
    engine.run(notice(), ADMIN)
    engine.recount_due()
    assert {item.due_on for item in items(engine, order).values()} == {date(2027, 2, 12)}
