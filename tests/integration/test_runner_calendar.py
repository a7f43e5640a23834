from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import update

from engine.app import build
from engine.commands.fire_timer import FireTimer
from engine.commands.load_house import LoadHouse
from engine.errors import AlreadyFired, CalendarMoved, CalendarUnchanged, Forbidden, Invalid
from engine.folders import read_calendars, read_shared
from engine.policy import SYSTEM
from engine.store import audit, calendars, locks
from engine.store.tables import connection_order
from engine.store.uow import UnitOfWork
from scheduler.ticks import Ticks
from tests.diagrams import boundary, path, user
from tests.notices import TURNED, notice
from tests.orders import ADMIN, CLERK, accept, deploy, finish
from tests.stopping import told

HOME = {"usage": "RESIDENTIAL", "capacity_kw": 8, "requested_voltage": "LV"}


def enter(engine, **changes):
    return engine.run(notice(**changes), ADMIN)


def years(engine):
    with engine.read() as view:
        return {row.year: row for row in calendars.in_force(view.connection)}


def calendar(engine):
    with engine.read() as view:
        return view.world.calendar(view.connection)


def house(engine, kind="CalendarYearEntered"):
    with engine.read() as view:
        events = audit.events_of(view.connection, audit.HOUSE)
    return [(event["actor"], orjson.loads(event["body"])) for event in events if event["kind"] == kind]


def load(engine, *texts):
    place = engine.settings.processes_dir
    organisation = orjson.loads((place / "organisation.json").read_bytes())
    return engine.run(LoadHouse(texts, organisation, read_shared(place), uuid4().hex), SYSTEM)


def test_a_notice_becomes_the_next_version_of_its_year(engine):
    assert calendar(engine).add_workdays(date(2027, 2, 4), 1) == date(2027, 2, 9)
    entered = enter(engine)

    assert (entered.year, entered.version, list(entered.turned)) == (2027, 2, TURNED)
    assert calendar(engine).year(2027).label == "日历 2027 v2"
    assert calendar(engine).add_workdays(date(2027, 2, 4), 1) == date(2027, 2, 12)
    assert "暂定" not in calendar(engine).explain(date(2027, 2, 4), 1)["text"]
    assert years(engine)[2027].source == notice().source


def test_every_version_stays_readable(engine):
    enter(engine)
    enter(engine, key="again", based_on=2, makeup_days=notice_makeup_without("2027-10-09"))
    with engine.read() as view:
        newest, second, first = calendars.of_year(view.connection, 2027)

    assert [newest.version, second.version, first.version] == [3, 2, 1]
    assert (first.status, first.entered_by, first.notice_on) == ("PROVISIONAL", "system", None)
    assert (second.status, second.entered_by, second.notice_on) == ("OFFICIAL", "admin", date(2026, 3, 1))
    assert "2027-10-09" in second.makeup_days and "2027-10-09" not in newest.makeup_days
    assert not calendar(engine).is_workday(date(2027, 10, 9))


def notice_makeup_without(day):
    return "\n".join(f"{span.first} {span.name}" for span in notice().makeup_days if str(span.first) != day)


def test_the_record_says_what_turned_and_proves_the_citation(engine):
    enter(engine)
    [(actor, told)] = [each for each in house(engine) if each[1]["year"] == 2027 and each[0] != "system"]

    assert actor == "admin"
    assert (told["before"], told["after"]) == (
        {"version": 1, "status": "PROVISIONAL"}, {"version": 2, "status": "OFFICIAL"})  # fmt: skip
    assert sorted(told["turned_on"] + told["turned_off"]) == TURNED
    assert "2027-02-20" in told["turned_on"] and "2027-02-09" in told["turned_off"]
    assert told["notice_on"] == "2026-03-01" and len(told["source_digest"]) == 64
    assert "国务院" not in orjson.dumps(told).decode()
    assert engine.verify_audit()["broken"] == []


def test_asking_twice_enters_once(engine):
    assert enter(engine) == enter(engine)
    assert years(engine)[2027].version == 2


def test_who_saw_an_older_version_is_told(engine):
    enter(engine)

    with pytest.raises(CalendarMoved, match="现为 v2"):
        enter(engine, key="late", status="PROVISIONAL")
    with pytest.raises(CalendarUnchanged):
        enter(engine, key="same", based_on=2)
    assert years(engine)[2027].version == 2


def test_a_year_without_a_file_begins_at_one(engine):
    spans = "01-01 元旦\n05-01 至 05-02 劳动节\n10-01 至 10-03 国庆节"
    entered = enter(engine, year=2028, based_on=0, status="PROVISIONAL", notice_on=None, holidays=spans, makeup_days="")

    assert (entered.version, entered.turned) == (1, ())
    assert calendar(engine).year(2028).label == "日历 2028 v1（暂定）"


def test_only_the_administrator_enters_a_year(engine):
    with pytest.raises(Forbidden):
        engine.run(notice(), CLERK)
    assert years(engine)[2027].version == 1


def test_a_wrong_year_changes_nothing(engine):
    with pytest.raises(Invalid) as caught:
        enter(engine, holidays="2027-01-01 元旦", notice_on=None)

    assert {fault.code for fault in caught.value.faults} == {"notice_date_missing"}
    with pytest.raises(Invalid):
        enter(engine, key="2", holidays="2027-01-01 元旦")
    assert years(engine)[2027].version == 1 and len(house(engine)) == 9


def test_a_file_never_replaces_what_somebody_entered(engine):
    enter(engine)
    *_, text = read_calendars(engine.settings.processes_dir)
    newer = text.replace("version = 1", "version = 9")

    assert "year = 2027" in text
    assert load(engine, text).years == () and load(engine, newer, text).years == ()
    assert calendar(engine).year(2027).label == "日历 2027 v2"
    engine.init()
    assert years(engine)[2027].version == 2


def test_a_newer_file_replaces_an_older_one_and_queues_the_open_orders(engine):
    deploy(engine, user("a"), path("s", "a", "e"))
    order = accept(engine)
    *_, text = read_calendars(engine.settings.processes_dir)

    assert load(engine, text.replace("version = 1", "version = 2")).years == (2027,)
    with engine.read() as view:
        assert [due.order_id for due in queue(view.connection, engine)] == [order.order_id]


def queue(connection, engine, limit=100):
    return calendars.to_recount(connection, engine.clock.now(), limit)


def test_open_orders_wait_to_be_recounted_and_ended_ones_do_not(engine):
    deploy(engine, user("a"), path("s", "a", "e"))
    ended, going = accept(engine), accept(engine)
    finish(engine, ended.order_id)
    assert enter(engine).n_to_recount == 1
    with engine.read() as view:
        [due] = queue(view.connection, engine)
    assert (due.order_id, due.cause) == (going.order_id, "CALENDAR 2027 v2")


def test_an_order_asked_for_anew_meanwhile_stays_in_the_queue(engine, clock):
    deploy(engine, user("a"), path("s", "a", "e"))
    accept(engine)
    enter(engine)
    with engine.read() as view:
        [due] = queue(view.connection, engine)
    clock.advance(seconds=1)
    enter(engine, key="2", based_on=2, status="PROVISIONAL")
    with UnitOfWork(engine.database) as uow:
        calendars.recounted(uow, due.order_id, due.asked_at)
        uow.finish()
    with engine.read() as view:
        [newer] = queue(view.connection, engine)
        assert newer.cause == "CALENDAR 2027 v3"
    with UnitOfWork(engine.database) as uow:
        calendars.recounted(uow, newer.order_id, newer.asked_at)
        uow.finish()
    with engine.read() as view:
        assert calendars.n_to_recount(view.connection) == 0


def test_an_order_that_fails_rests_and_lets_the_others_by(engine, clock):
    deploy(engine, user("a"), path("s", "a", "e"))
    first, second = accept(engine), accept(engine)
    enter(engine)
    with engine.read() as view:
        [due] = queue(view.connection, engine, limit=1)
    with UnitOfWork(engine.database) as uow:
        calendars.recount_failed(uow, due, clock.now())
        uow.finish()
    with engine.read() as view:
        assert [each.order_id for each in queue(view.connection, engine)] == [second.order_id]
    clock.advance(minutes=10)
    with engine.read() as view:
        assert [each.order_id for each in queue(view.connection, engine)] == [first.order_id, second.order_id]


def test_another_process_counts_by_the_new_year_at_once(engine, settings, clock):
    other = build(settings, clock)
    assert not calendar(other).is_workday(date(2027, 2, 20))
    enter(engine)
    assert calendar(other).is_workday(date(2027, 2, 20))
    other.close()


# SQLite has one writer at a time: there nobody can come in between.
@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_transaction_keeps_the_calendar_with_which_it_began(engine):
    with UnitOfWork(engine.database) as uow:
        before = engine.world.calendar(uow.connection)
        enter(engine)
        assert engine.world.calendar(uow.connection) is before
    assert calendar(engine).year(2027).version == 2


@pytest.mark.parametrize("backend", ["postgresql"])
def test_an_order_that_is_being_accepted_is_waited_for(engine):
    deploy(engine, user("a"), path("s", "a", "e"))
    entered = []
    thread = threading.Thread(target=lambda: entered.append(enter(engine)))
    with UnitOfWork(engine.database) as uow:
        locks.share_name(uow, calendars.CALENDAR)
        thread.start()
        thread.join(0.5)
        assert entered == []
        uow.finish()
    thread.join(10)
    assert [each.version for each in entered] == [2]


@pytest.mark.parametrize("backend", ["postgresql"])
def test_an_application_waits_for_who_is_entering_a_year(engine):
    deploy(engine, user("a"), path("s", "a", "e"))
    accepted = []
    thread = threading.Thread(target=lambda: accepted.append(accept(engine)))
    with UnitOfWork(engine.database) as uow:
        locks.lock_name(uow, calendars.CALENDAR)
        thread.start()
        thread.join(0.5)
        assert accepted == []
        uow.finish()
    thread.join(10)
    assert len(accepted) == 1


def recounts(engine, order):
    return [entry.body for entry in told(engine, order, "DeadlinesRecounted")]


def test_queued_orders_are_recounted_with_both_values_and_leave_the_queue(engine, clock):
    deploy(engine, user("a"), path("s", "a", "e"), key="lv_residential")
    clock.move_to(datetime.fromisoformat("2027-02-03T09:00:00+08:00"))
    order = accept(engine, submitted_at="2027-02-03T08:20:00+08:00", **HOME)
    enter(engine)

    assert (engine.recount_due(), engine.recount_due()) == (1, 0)
    [body] = recounts(engine, order)
    [total] = [each for each in body["clocks"] if each["stage"] == "TOTAL"]
    assert body["cause"] == "CALENDAR 2027 v2"
    assert (total["before"], total["after"]) == ("2027-02-12", "2027-02-17")
    assert {"year": 2027, "version": 2, "status": "OFFICIAL"} in total["why"]["calendar"]
    assert engine.verify_audit()["broken"] == []


def test_an_order_that_does_not_move_leaves_the_queue_without_an_event(engine):
    deploy(engine, user("a"), path("s", "a", "e"))
    order = accept(engine)
    enter(engine)

    assert engine.recount_due() == 1 and recounts(engine, order) == []
    with engine.read() as view:
        assert calendars.n_to_recount(view.connection) == 0


def test_one_order_that_cannot_be_recounted_stops_no_other(engine, clock, monkeypatch):
    deploy(engine, user("a"), path("s", "a", "e"))
    first, second = accept(engine), accept(engine)
    enter(engine)
    with UnitOfWork(engine.database) as uow:  # its state cannot be read
        broken = update(connection_order).where(connection_order.c.id == first.order_id)
        uow.run(broken.values(instance=b"x"))
        uow.finish()

    assert engine.recount_due() == 1
    with engine.read() as view:
        assert calendars.n_to_recount(view.connection) == 1
        assert queue(view.connection, engine) == []
    clock.advance(minutes=6)
    with engine.read() as view:
        assert [each.order_id for each in queue(view.connection, engine)] == [first.order_id]
    assert second.order_id != first.order_id


def test_orders_whose_timers_are_due_first_are_recounted_first(engine):
    later, sooner = (
        deploy_and_accept(engine, key, parts, changes)
        for key, parts, changes in (
            ("lv_residential", (user("a"), path("s", "a", "e")), HOME),
            ("hv_single", (user("a"), boundary("t", "a", "PT1H"), path("s", "a", "e"), path("t", "e")), {}),
        )
    )
    enter(engine)
    with engine.read() as view:
        assert [each.order_id for each in queue(view.connection, engine)] == [sooner.order_id, later.order_id]


def deploy_and_accept(engine, key, parts, changes):
    deploy(engine, *parts, key=key)
    return accept(engine, **changes)


def test_two_schedulers_recount_each_order_once(engine, settings, clock):
    deploy(engine, user("a"), path("s", "a", "e"), key="lv_residential")
    clock.move_to(datetime.fromisoformat("2027-02-03T09:00:00+08:00"))
    made = [accept(engine, submitted_at="2027-02-03T08:20:00+08:00", **HOME) for _ in range(6)]
    enter(engine)
    other = build(settings, clock)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda each: each.recount_due(), (engine, other)))
    other.close()

    assert [len(recounts(engine, order)) for order in made] == [1] * 6
    with engine.read() as view:
        assert calendars.n_to_recount(view.connection) == 0


def test_the_scheduler_recounts(engine):
    deploy(engine, user("a"), path("s", "a", "e"))
    for _ in range(3):
        accept(engine)
    enter(engine)
    ticks = Ticks(engine, threading.Event())

    assert (ticks.recount_deadlines(), ticks.recount_deadlines()) == (3, 0)


def overdue_by_the_old_count(engine, clock):
    """An order whose limit would have ended on 2027-02-12 and ends on 02-17 by the year that was entered since; nobody
    has recounted it yet, and it is the morning of the 13th."""
    late = boundary("late", "a", "limit(&quot;TOTAL&quot;)").replace("timeDuration", "timeDate")
    deploy(engine, user("a"), late, path("s", "a", "e"), path("late", "e"), key="lv_residential")
    clock.move_to(datetime.fromisoformat("2027-02-03T09:00:00+08:00"))
    order = accept(engine, submitted_at="2027-02-03T08:20:00+08:00", **HOME)
    enter(engine)
    clock.move_to(datetime.fromisoformat("2027-02-13T08:00:00+08:00"))
    return order


def test_no_timer_fires_by_a_calendar_that_was_replaced(engine, clock):
    order = overdue_by_the_old_count(engine, clock)
    [timer_id] = engine.claim_due_timers(10)

    with pytest.raises(AlreadyFired):
        engine.run(FireTimer(timer_id, uuid4().hex), SYSTEM)
    assert told(engine, order, "TimerFired") == [] and engine.recount_due() == 1
    clock.move_to(datetime.fromisoformat("2027-02-18T00:00:00+08:00"))
    assert Ticks(engine, threading.Event()).fire_due_timers() == 1
    [fired] = told(engine, order, "TimerFired")
    assert fired.body["late_seconds"] == 0


def test_who_completes_before_the_recount_is_in_time_by_the_new_count(engine, clock):
    order = overdue_by_the_old_count(engine, clock)
    finish(engine, order.order_id)

    [recounted] = told(engine, order, "DeadlinesRecounted")
    assert (recounted.actor, recounted.body["cause"]) == ("system", "CALENDAR 2027 v2")
    assert told(engine, order, "TimerFired") == []
    with engine.read() as view:
        assert calendars.n_to_recount(view.connection) == 0
