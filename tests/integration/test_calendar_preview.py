from __future__ import annotations

from datetime import datetime

import pytest

from engine.clock import SHANGHAI
from engine.commands.enter_calendar_year import proposed
from engine.errors import Forbidden
from engine.queries import calendar_preview
from engine.store import audit, calendars
from tests.diagrams import boundary, path, user
from tests.notices import TURNED, notice
from tests.orders import ADMIN, CLERK, accept, deploy, finish

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
        ("task", "a", at_end("2027-02-12"), at_end("2027-02-17")),
    }
    assert moving.n_following == 1


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
