from __future__ import annotations

import re
import sys
from datetime import timedelta

import pytest

from engine import watch
from engine.periodic import PERIODIC, run_due
from engine.store.uow import UnitOfWork
from scheduler.heartbeat import Heartbeat
from tests.diagrams import boundary, path, user
from tests.orders import accept, deploy, timers_of
from tests.site import COUNTY, OTHER_COUNTY, Site
from web.timekeeping import WORKS

HOUR = timedelta(hours=1)


@pytest.fixture
def site(engine):
    """Orders with a timer due in two hours and one in three days."""
    deploy(
        engine,
        user("a"),
        boundary("soon", "a", "PT2H", interrupting=False),
        boundary("later", "a", "P3D"),
        user("b"),
        path("s", "a", "e"),
        path("soon", "b", "e"),
        path("later", "e"),
    )
    return Site(engine)


def order_in(engine, unit):
    return accept(engine, unit_code=unit, hall_code=f"{unit}H0")


def page(site, login, query="", client=None):
    answer = (client or site.visitor(login)).get(f"/admin/timers{query}")
    assert answer.status_code == 200
    return answer.text.split('id="content"')[1]


def test_what_is_due_today_and_within_a_week(engine, site):
    order = order_in(engine, COUNTY)
    today, week = page(site, "leader"), page(site, "leader", "?show=week")

    assert order.order_no in today
    assert "soon" in today
    assert "later" not in today
    assert week.index("soon") < week.index("later")
    assert "2026年3月2日" in week
    assert "2026年3月5日" in week
    assert f'href="/orders/{order.order_no}"' in today
    assert f'href="/orders/{order.order_no}"' not in page(site, "admin")
    assert order.order_no in page(site, "admin")


def test_another_units_timers_are_not_seen(engine, site):
    ours, theirs = order_in(engine, COUNTY), order_in(engine, OTHER_COUNTY)
    seen = page(site, "leader")

    assert ours.order_no in seen
    assert theirs.order_no not in seen
    assert theirs.order_no in page(site, "supervisor")


def test_it_is_paged_without_loss(engine, site, monkeypatch):
    monkeypatch.setattr(sys.modules["web.views.timers"], "N_PAGE", 3)
    orders = {order_in(engine, COUNTY).order_no for _ in range(7)}
    admin, query, seen = site.visitor("admin"), "", []
    while query is not None:
        shown = page(site, "admin", query, admin)
        seen += re.findall(r'<span class="number">([^<]*\d{6,}[^<]*)</span>', shown)
        following = re.search(r'href="/admin/timers(\?[^"]*after=[^"]*)"', shown)
        query = following[1].replace("&amp;", "&") if following else None
    assert sorted(number for number in seen if number in orders) == sorted(orders)


@pytest.mark.parametrize("after", ["x", "2026-03-02|t", "2026-03-02T09:00:00|t", "|"])
def test_a_wrong_place_in_the_list_is_refused(site, after):
    assert site.visitor("admin").get("/admin/timers", query_string={"after": after}).status_code == 422


def test_why_a_timer_is_late(engine, site, clock, settings):
    order = order_in(engine, COUNTY)
    clock.advance(hours=3)
    leader = site.visitor("leader")
    late = lambda: page(site, "leader", "?show=late", leader)  # noqa: E731

    assert "已迟 1小时" in " ".join(late().split())
    assert "没有调度进程在运行<" in late()
    Heartbeat(engine).beat()
    assert "排队等待执行" in late()
    (timer_id,) = engine.claim_due_timers(10)
    assert engine.worker in late().split("正由调度进程执行")[1][:200]
    clock.advance(seconds=settings.timer_lease_seconds)
    assert "已尝试，未成功，将重试" in late()
    clock.host_ahead = HOUR
    Heartbeat(engine).beat()
    assert "时钟不一致，全部暂缓<" in late()
    assert timers_of(engine, order.order_id)["soon"]["id"] == timer_id


def test_a_late_timer_of_a_stopped_order_says_so(engine, site, clock):
    order = order_in(engine, COUNTY)
    Heartbeat(engine).beat()
    clock.advance(hours=3)
    with UnitOfWork(engine.database) as uow:
        uow.connection.exec_driver_sql(
            f"UPDATE connection_order SET n_incidents = 1, suspended_since = accepted_at WHERE id = {order.order_id}"
        )
        uow.finish()
    late = page(site, "leader", "?show=late")

    assert "工单有未处理的异常" in late
    assert "工单已暂停" in late


def codes(engine):
    with engine.read() as view:
        return [alarm.code for alarm in watch.look(view).alarms]


def test_alarms_come_and_go_and_stand_on_the_pages_of_the_house(engine, site, clock, settings):
    leader, clerk = site.visitor("leader"), site.visitor("clerk")
    assert codes(engine) == ["no_scheduler"]
    for address in ("/admin/timers", "/admin/incidents"):
        assert "no_scheduler" in leader.get(address).text
    assert "no_scheduler" not in leader.get("/orders").text
    assert "no_scheduler" not in clerk.get("/admin/waiting").text

    heart = Heartbeat(engine)
    heart.beat()
    assert codes(engine) == []
    engine.beat(kind="web")
    clock.advance(seconds=settings.scheduler_silent_seconds + 1)
    assert codes(engine) == ["no_scheduler"]  # whatever else beats is no scheduler
    heart.beat()
    engine.worker, before = "other:1", engine.worker
    heart.beat()
    clock.advance(seconds=settings.scheduler_silent_seconds + 1)
    heart.beat()
    assert codes(engine) == ["scheduler_silent"]
    assert before in leader.get("/admin/timers").text
    clock.advance(hours=1)
    heart.beat()
    assert codes(engine) == []
    engine.leave()
    assert codes(engine) == ["no_scheduler"]


def test_alarms_of_clocks_and_lateness(engine, site, clock):
    order_in(engine, COUNTY)
    run_due(engine, PERIODIC)
    heart = Heartbeat(engine, lambda: {"listening": False})
    heart.beat()
    assert codes(engine) == ["listener_lost"]
    clock.host_ahead = -HOUR
    heart.beat()
    assert codes(engine) == ["clock_off", "listener_lost"]
    clock.host_ahead = timedelta(0)
    clock.advance(hours=-2)
    heart.beat()
    assert codes(engine) == ["listener_lost", "clock_set_back"]
    clock.advance(days=2)
    heart.beat()
    assert set(codes(engine)) == {"listener_lost", "timers_late", "periodic_late"}
    text = site.visitor("leader").get("/admin/timers").text
    assert "定期工作“存证自检”应于 2026年3月3日 02:30 执行" in text
    assert "有 1 个到期事项尚未执行" in text


def test_ready_stays_ready_and_names_what_is_wrong(engine, site):
    answer = site.visitor().get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ready", "degraded": ["no_scheduler"]})
    Heartbeat(engine).beat()
    assert site.visitor().get("/readyz").json["degraded"] == []


def test_the_figures_of_time(engine, site, clock):
    order_in(engine, COUNTY)
    clock.advance(hours=2, seconds=30)
    fires = {"counts": [0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3], "sum_s": 90_003.1}
    Heartbeat(engine, lambda: {"fires": fires, "listening": True}).beat()
    text = site.visitor().get("/metrics").text
    worker = f'worker="{engine.worker}"'

    for line in (
        f"yikuo_timers_fired_total{{{worker}}} 3.0",
        f'yikuo_timer_fire_lateness_seconds_bucket{{le="0.25",{worker}}} 1.0',
        f'yikuo_timer_fire_lateness_seconds_bucket{{le="+Inf",{worker}}} 3.0',
        f"yikuo_timer_fire_lateness_seconds_sum{{{worker}}} 90003.1",
        "yikuo_timers_due 1.0",
        "yikuo_timer_lateness_seconds 30.0",
        f"yikuo_clock_skew_seconds{{{worker}}} 0.0",
        f"yikuo_worker_silence_seconds{{{worker}}} 0.0",
        "yikuo_clock_off 0.0",
        "yikuo_schedulers_alive 1.0",
        'yikuo_periodic_late{work="self_check"} 0.0',
    ):
        assert line in text.splitlines()


def test_every_work_of_a_day_or_month_has_a_name():
    assert WORKS.keys() == {work.name for work in PERIODIC}
