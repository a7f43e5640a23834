from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from playwright.sync_api import expect

from engine.app import build
from engine.policy import SYSTEM
from tests.acceptance.test_outage_day import House
from tests.platforms import running
from tests.screens import SIZES
from tests.shape.source import ROOT
from tests.site import Site
from tests.walking import Walk


@pytest.fixture
def house(settings, clock) -> Iterator[House]:
    with running() as sandbox:
        patient = {"platform_read_seconds": 30.0, "platform_total_seconds": 60.0}
        engine = build(
            settings.model_copy(update={"sandbox_url": sandbox.url, "n_platform_tries": 1, **patient}), clock
        )
        engine.deploy(ROOT / "processes/hv_single", SYSTEM)
        yield House(engine, clock, sandbox)
        engine.close()


@pytest.fixture
def site(house) -> Site:
    return Site(house.engine)


@pytest.fixture(params=[("desktop", "zh"), ("phone", "en")], ids=["desktop-zh", "phone-en"])
def begun(request, house, address, chromium):
    """Somebody has applied; his order is walked through the pages from there."""
    size, language = request.param
    walks: list[Walk] = []

    def begin(process: str, **likes) -> Walk:
        order = house.apply(process, Random(11))
        walks.append(Walk(house, order, address, chromium, size, SIZES[size], language, likes))
        return walks[0]

    yield begin
    for walk in walks:
        walk.close()


SAID_TO_THE_ACCOUNT_MANAGER = ("answer", "design", "start", "mid", "completion")
"""What a customer of high voltage does himself, and tells; by the end of the element that waits for it."""


def tells(walk: Walk, number: str) -> None:
    awaited = [each for each in walk.waits.messages if each.rpartition("_")[2] in SAID_TO_THE_ACCOUNT_MANAGER]
    assert awaited, walk.waits
    walk.register("ACCOUNT_MANAGER", awaited[0], number)
    walk.told.append(awaited[0])


def shown_at_its_end(walk: Walk) -> None:
    assert walk.waits.status == "COMPLETED"
    page = walk.page(walk.roles[0])
    page.goto(f"{walk.address}/orders/{walk.order.order_no}")
    expect(page.locator("#diagram")).to_have_attribute("data-state", "shown")
    walk.pictured(page, "end")
    assert [line for line in walk.said if "status of 422" not in line] == [] and walk.wide == []


def test_a_whole_low_voltage_order(begun):
    walk = begun("lv_residential")
    walk.to_the_end(tells)

    shown_at_its_end(walk)
    assert {"ACCEPTANCE_CLERK", "METER_CREW", "ARCHIVIST"} <= set(walk.roles) and walk.told == []


def test_a_whole_high_voltage_order(begun):
    important = {"important_customer": True, "special_load": False, "hidden_works": True}
    walk = begun("hv_single", application_changed=False, approved_capacity_kw=630, customer_charge_yuan=0, **important)
    walk.to_the_end(tells)

    shown_at_its_end(walk)
    assert {"ACCEPTANCE_CLERK", "SURVEYOR", "PLANNER", "COUNTY_MANAGER", "INSPECTOR", "METER_CREW"} <= set(walk.roles)
    assert [each.rpartition("_")[2] for each in walk.told] == list(SAID_TO_THE_ACCOUNT_MANAGER)
