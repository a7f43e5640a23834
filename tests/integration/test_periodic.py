from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from engine import watch
from engine.app import build
from engine.clock import SHANGHAI
from engine.commands.fire_timer import FireTimer
from engine.periodic import PERIODIC, Periodic, run_due, standing
from engine.policy import SYSTEM
from engine.store import house, periodic, portal
from engine.store.tables import clock as clocks
from engine.store.tables_house import audit_event, command_log, heartbeat, login_failure, session
from engine.store.tables_portal import portal_code, portal_session
from engine.store.uow import UnitOfWork
from tests.diagrams import boundary, path, user
from tests.orders import accept, complete, deploy, tasks_of
from tests.site import Site

MORNING = "2026-03-02T09:00:00+08:00"


class Seen:
    """A work that notes what it was told, and may fail."""

    def __init__(self, every="day", name="seen", at=time(3)):
        self.periods = []
        self.fails = 0
        self.work = Periodic(name, every, at, self)

    def __call__(self, engine, period):
        if self.fails:
            self.fails -= 1
            raise ValueError("broken")
        self.periods.append(period)
        return {"n": len(self.periods)}

    @property
    def keys(self):
        return [period.key for period in self.periods]


def runs(engine, name="seen"):
    with engine.read() as view:
        return sorted(
            (row for row in periodic.recent(view.connection, 100) if row.name == name), key=lambda r: r.period
        )


def of_now(engine, works):
    with engine.read() as view:
        return {each.name: each for each in standing(view, works)}


def test_each_period_is_run_once(engine, clock):
    seen = Seen()

    assert run_due(engine, [seen.work]) == 1
    assert run_due(engine, [seen.work]) == 0
    clock.move_to(datetime(2026, 3, 3, 2, 59, tzinfo=SHANGHAI))
    assert run_due(engine, [seen.work]) == 0
    clock.advance(minutes=1)
    assert run_due(engine, [seen.work]) == 1

    assert seen.keys == ["2026-03-02", "2026-03-03"]
    assert [period.late_seconds for period in seen.periods] == [0, 0]
    assert [period.before for period in seen.periods] == [{}, {"n": 1}]
    assert [row.result for row in runs(engine)] == [{"n": 1}, {"n": 2}]


def test_three_missed_days_run_late_in_order_and_say_so(engine, clock):
    seen = Seen()
    run_due(engine, [seen.work])
    clock.move_to(datetime(2026, 3, 5, 9, 0, tzinfo=SHANGHAI))

    assert of_now(engine, [seen.work])["seen"].is_late
    assert run_due(engine, [seen.work]) == 3
    assert seen.keys == ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]
    assert [row.late_seconds for row in runs(engine)] == [0, 54 * 3600, 30 * 3600, 6 * 3600]
    assert not of_now(engine, [seen.work])["seen"].is_late


def test_missed_months_run_in_order(engine, clock):
    seen = Seen("month")
    run_due(engine, [seen.work])
    clock.move_to(datetime(2026, 6, 1, 3, 0, tzinfo=SHANGHAI))

    assert run_due(engine, [seen.work]) == 3
    assert seen.keys == ["2026-02", "2026-03", "2026-04", "2026-05"]
    assert [period.last for period in seen.periods][-1] == date(2026, 5, 31)


def test_what_a_dead_worker_left_is_taken_over_when_its_lease_ends(engine, clock, settings):
    class Killed(BaseException):
        pass

    def dies(_engine, _period):
        raise Killed

    seen = Seen()
    with pytest.raises(Killed):
        run_due(engine, [Periodic("seen", "day", time(3), dies)])
    clock.advance(seconds=settings.periodic_lease_seconds - 1)
    assert run_due(engine, [seen.work]) == 0
    clock.advance(days=1)
    other = build(settings, clock)
    assert run_due(other, [seen.work]) == 2
    other.close()

    assert seen.keys == ["2026-03-02", "2026-03-03"]
    assert [period.attempt for period in seen.periods] == [2, 1]
    assert [row.n_attempts for row in runs(engine)] == [2, 1]


def test_a_worker_that_outlived_its_lease_finishes_nothing(engine, clock, settings):
    seen = Seen()

    def slow(_engine, _period):
        clock.advance(seconds=settings.periodic_lease_seconds)
        run_due(engine, [seen.work])
        return {"n": "too late"}

    assert run_due(engine, [Periodic("seen", "day", time(3), slow)]) == 0
    assert [row.result for row in runs(engine)] == [{"n": 1}]


def test_a_failure_holds_up_the_later_periods_of_its_own_work_only(engine, clock, settings):
    failing, other = Seen(), Seen(name="other")
    run_due(engine, [failing.work, other.work])
    clock.advance(days=2)
    failing.fails = 2

    assert run_due(engine, [failing.work, other.work]) == 2
    assert other.keys[1:] == ["2026-03-03", "2026-03-04"]
    assert runs(engine)[-1].error == "ValueError"
    assert run_due(engine, [failing.work, other.work]) == 0  # it waits before it tries again
    for _ in range(2):
        clock.advance(seconds=settings.periodic_retry_seconds)
        run_due(engine, [failing.work, other.work])
    assert failing.keys[1:] == ["2026-03-03", "2026-03-04"]
    assert runs(engine)[1].error is None


def test_told_to_stop_it_begins_no_other_period(engine, clock):
    seen = Seen()
    run_due(engine, [seen.work])
    clock.advance(days=3)

    assert run_due(engine, [seen.work], lambda: len(seen.periods) > 1) == 1


def test_a_work_of_before_its_first_run_is_not_late(engine):
    found = of_now(engine, PERIODIC)

    assert {each.is_late for each in found.values()} == {False}
    assert {each.next_due_at for each in found.values()} == {None}


def test_the_shipped_works_run(engine):
    assert run_due(engine, PERIODIC) == len(PERIODIC)


def results(engine, name):
    return [row.result for row in runs(engine, name)]


def test_the_self_check_goes_on_where_it_left_off_and_sees_a_break(engine, clock, settings, caplog):
    deploy(engine, user("a"), path("s", "a", "e"))
    accepted = [accept(engine).order_id for _ in range(4)]
    engine.settings.n_self_check_events = 1
    works = [work for work in PERIODIC if work.name == "self_check"]
    run_due(engine, works)
    with UnitOfWork(engine.database) as uow:
        uow.run(update(audit_event).where(audit_event.c.chain == accepted[1]).values(actor="nobody"))
        uow.finish()
    clock.advance(days=len(accepted) + 1)
    run_due(engine, works)
    assert "record_broken" in alarms(engine)

    found = results(engine, "self_check")
    assert [each["after"] for each in found] == [-1, 0, *accepted[:3], -1]  # 0 is the chain of the house
    assert [each["n_broken"] for each in found] == [0, 0, 1, 1, 1, 1]  # known until looked at again
    assert found[2]["broken"][0]["chain"] == accepted[1]
    with engine.read() as view:
        n_events = view.connection.execute(select(func.count()).select_from(audit_event)).scalar_one()
    with UnitOfWork(engine.database) as uow:
        uow.run(update(audit_event).where(audit_event.c.chain == accepted[1]).values(actor=SYSTEM.id))
        uow.finish()
    clock.advance(days=3)
    run_due(engine, works)
    assert results(engine, "self_check")[-1]["n_broken"] == 0
    assert "record_broken" not in alarms(engine)
    assert sum(each["n_events"] for each in found[: len(accepted) + 1]) == n_events


def alarms(engine):
    with engine.read() as view:
        return {alarm.code for alarm in watch.look(view).alarms}


def test_the_clean_up_drops_what_is_old_and_nothing_else(engine, clock, settings):
    site = Site(engine)
    site.visitor("clerk")
    old, mid = clock.now() - timedelta(days=200), clock.now() - timedelta(days=31)
    order_id = accept(engine).order_id
    with UnitOfWork(engine.database) as uow:
        for name, at in (("old", old), ("mid", mid)):
            uow.run(
                insert(command_log), {"actor": "x", "key": name, "kind": "K", "digest": "", "result": "{}", "at": at}
            )
            uow.run(insert(session), {"token_hash": name, "login": "clerk", "created_at": at, "seen_at": at})
            uow.run(insert(login_failure), {"login": "x", "address": name, "at": at})
            house.beat(uow, name, at, at, {})
            portal.add_code(uow, portal.CodeRow(name, name, None, "x", at, at, 0, None))
            portal.add_session(uow, name, order_id, at)
        uow.finish()

    def left(column):
        with engine.read() as view:
            return set(view.connection.execute(select(column)).scalars())

    answers = left(command_log.c.key)
    run_due(engine, [work for work in PERIODIC if work.name == "clean_up"])

    assert left(command_log.c.key) == answers - {"old", "mid"}
    assert {"mid"} == left(session.c.token_hash) & {"old", "mid"}
    assert len(left(session.c.token_hash)) == 2
    assert left(login_failure.c.address) == {"mid"}
    assert left(heartbeat.c.worker) == set()
    assert left(portal_code.c.id) == left(portal_session.c.token_hash) == {"mid"}
    assert results(engine, "clean_up") == [
        {"n_answers": 2, "n_sessions": 1, "n_login_failures": 1, "n_portal_codes": 1, "n_portal_sessions": 1,
         "n_drafts": 0, "n_heartbeats": 2}
    ]  # fmt: skip


def test_the_turn_of_the_month_keeps_its_figures(engine, clock):
    deploy(engine, user("a"), boundary("late", "a", "PT1H", interrupting=False), user("b"), path("s", "a", "e"),
           path("late", "b", "e"))  # fmt: skip
    done, left = accept(engine), accept(engine)
    works = [work for work in PERIODIC if work.name == "month_turn"]
    run_due(engine, works)
    clock.advance(minutes=30)
    complete(engine, tasks_of(engine, done.order_id)["a"].id)
    clock.advance(hours=3)
    for timer_id in engine.claim_due_timers(10):
        engine.run(FireTimer(timer_id, f"fire:{timer_id}"), SYSTEM)
    with UnitOfWork(engine.database) as uow:
        at = datetime(2026, 3, 20, tzinfo=SHANGHAI)
        uow.run(update(clocks).where(clocks.c.order_id == left.order_id).values(due_at=at, running_since=at.date()))
        uow.finish()
    clock.move_to(datetime(2026, 4, 1, 0, 10, tzinfo=SHANGHAI))
    run_due(engine, works)

    march = results(engine, "month_turn")[-1]
    n_clocks = march.pop("n_clocks_late")
    assert n_clocks >= 1
    assert march == {
        "n_accepted": 2, "n_completed": 1, "n_open": 1, "n_orders_late": 1,
        "n_timers_fired": 1, "n_timers_late": 1, "latest_timer_s": 9000,
    }  # fmt: skip
    assert results(engine, "month_turn")[0]["n_accepted"] == 0
