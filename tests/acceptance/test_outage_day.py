from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from engine.app import Engine, build
from engine.clock import ManualClock
from engine.commands.accept_application import AcceptApplication, Accepted
from engine.errors import GateClosed
from engine.policy import PROVINCE, ROLES, SYSTEM, Actor
from engine.queries import outside
from engine.queries.standing import variables_at, waits
from engine.rehearsal.applications import application_for
from engine.settings import Settings
from engine.store import tasks
from scheduler.heartbeat import Heartbeat
from scheduler.ticks import Ticks
from tests.orders import complete, tasks_of
from tests.papers import papers
from tests.platforms import Sandbox, running
from tests.promises import n_promised
from tests.shape.source import ROOT
from tests.site import CONFIRMED
from web.sandbox import catalogue

STAFF = Actor("staff", "全能", roles=frozenset(ROLES), unit_code=PROVINCE)
WANTED = ("lv_residential", "lv_nonresidential", "lv_sme_park", "charging_pile", "hv_single", "hv_dual")
"""Every process that customers apply for; an order each."""
SHARED = {"PROPERTY_CERT", "PARKING_RIGHT", "LEGAL_REP_ID", "PROJECT_APPROVAL"}
"""What these orders need and the platform has."""
PEN = '[{"points":[{"x":10,"y":10},{"x":60,"y":30},{"x":120,"y":20}]}]'
SURVEYED = {"can_supply": True, "approved_capacity_kw": 8, "supply_phase": "SINGLE_PHASE", "access_point": "1号分支箱"}
PILE_SURVEYED = {"can_supply": True, "access_point": "2号分支箱", "needs_external_line_works": False,
                 "safe_distance_ok": True}  # fmt: skip


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running() as found:
        yield found


@pytest.fixture
def house(settings: Settings, clock: ManualClock, sandbox: Sandbox) -> Iterator[House]:
    """An installation whose platforms are the sandbox, with every process that is shipped."""
    patient = {"platform_connect_seconds": 30.0, "platform_read_seconds": 30.0, "platform_total_seconds": 60.0}
    # A machine under load that answers late would be an outage that the test did not order.
    own = settings.model_copy(update={"sandbox_url": sandbox.url, "n_platform_tries": 1, **patient})
    engine = build(own, clock)
    engine.deploy(ROOT / "processes/hv_single", SYSTEM)
    yield House(engine, clock, sandbox)
    engine.close()


@dataclass(frozen=True, slots=True)
class House:
    engine: Engine
    clock: ManualClock
    sandbox: Sandbox

    def until(self, text: str) -> None:
        """Hour by hour, the scheduler at work."""
        end = datetime.fromisoformat(f"{text}+08:00")
        while True:
            self.tick()
            if self.clock.now() >= end:
                return
            self.clock.advance(hours=1)

    def tick(self) -> None:
        ticks = Ticks(self.engine, threading.Event())
        while ticks.fire_due_timers() + ticks.deliver_outbox():
            pass
        Heartbeat(self.engine).beat()

    def settle(self, order: Accepted) -> None:
        """Until nothing that the order wants of the outside is under way: what stumbled is tried again."""
        for _ in range(10):
            self.tick()
            with self.engine.read() as view:
                if not waits(view, order.order_id).calls:
                    return
            self.clock.advance(seconds=10)
        raise AssertionError(f"{order.order_no} is not answered")

    def down(self) -> list[str]:
        with self.engine.read() as view:
            return [found.platform for found in outside.outages(view)]

    def told(self, order: Accepted) -> Counter[str]:
        """How often the customer was sent what."""
        sent = [item["message"] for item in self.sandbox.notifications()["items"]]
        return Counter(m["template"] for m in sent if m["order_no"] == order.order_no and m["to"] == "CUSTOMER")

    def every_task(self, order: Accepted) -> set[str]:
        with self.engine.read() as view:
            return {row.element_id for row in tasks.of_order(view.connection, order.order_id)}

    def apply(self, process: str, rng: Random) -> Accepted:
        """Somebody comes to the counter, alone, whose papers the platform would have."""
        with self.engine.read() as view:
            while True:
                drawn = application_for(view, process, rng, self.clock.now())
                at_home = process != "charging_pile" or drawn["usage"] == "RESIDENTIAL"
                if at_home and drawn.get("hv_wish_evidence") is None and platform_has_all(drawn):
                    break
        home = drawn["applicant"]["id_type"] == "RESIDENT_ID"
        method = "ID_CARD" if home else "BUSINESS_LICENCE"
        raw = drawn | {"channel": "HALL", "agent": None, "authorises_data_sharing": True,
                       "identity_check": drawn["identity_check"] | {"method": method}}  # fmt: skip
        accepted: Accepted = self.engine.run(AcceptApplication(raw, uuid4().hex), STAFF)
        return accepted

    def do(self, order: Accepted, element: str, **form: Any) -> None:
        complete(self.engine, tasks_of(self.engine, order.order_id)[element].id, STAFF, form=form)
        self.settle(order)

    def known(self, order: Accepted, element: str) -> dict[str, Any]:
        with self.engine.read() as view:
            return variables_at(view, order.order_id, tasks_of(self.engine, order.order_id)[element].id)


def platform_has_all(raw: dict[str, Any]) -> bool:
    area, subject = raw["address"]["area_code"], raw["applicant"]
    asked = {name: subject[name] for name in ("id_no", "name")}
    return all(catalogue.outcome(doc_type, area, asked) == "FOUND" for doc_type in SHARED)


def accept(house: House, order: Accepted) -> None:
    """As the counter does it: what cannot be had from the platform is promised, the rest the customer has with him."""
    house.settle(order)
    if "acc_check_subject" in tasks_of(house.engine, order.order_id):
        house.do(order, "acc_check_subject", identity_method="BUSINESS_LICENCE", subject_outcome="VERIFIED")
    missing = house.known(order, "acc_supplement")["missing"]
    shared = [row for row in missing if row["doc_type"] in SHARED]
    assert shared and all("COMMITMENT" in row["ways"] and row["reason"] == "PLATFORM_DOWN" for row in shared)
    choices = [
        {name: row[name] for name in ("doc_type", "name", "reason", "due_on")}
        | {"way": "COMMITMENT" if row["doc_type"] in SHARED else "UPLOAD"}
        for row in missing
    ]
    house.do(order, "acc_supplement", choices=choices, customer_informed=True)
    terms = house.known(order, "acc_sign")["terms"]
    assert {row["doc_type"] for row in terms} == {row["doc_type"] for row in shared}
    signed_at = house.clock.now().isoformat()
    house.do(order, "acc_sign", terms=terms, decision="SIGN", sign_method="ON_SCREEN", signature=PEN,
             signed_at=signed_at)  # fmt: skip
    house.do(order, "acc_confirm", **CONFIRMED)


def nothing_is_stuck(house: House, orders: list[Accepted]) -> None:
    for order in orders:
        with house.engine.read() as view:
            now = waits(view, order.order_id)
        assert (now.status, now.same, now.calls) == ("RUNNING", True, {}), now
        assert now.tasks, now


def test_a_day_without_the_sharing_platform_stops_nobody_and_asks_nobody_for_paper(house: House) -> None:
    house.sandbox.mood("sharing", down=True)
    rng, orders = Random(11), []
    for number, process in enumerate(WANTED):
        house.until(f"2026-03-02T{9 + number:02}:00")
        orders.append(house.apply(process, rng))
        accept(house, orders[-1])
    house.until("2026-03-02T17:00")
    assert house.down() == ["sharing"]
    signed_while_it_was_down(house, orders)
    home, pile = orders[0], orders[3]
    house.do(home, "survey", surveyed_on="2026-03-02", **SURVEYED)  # its promise is due later: the work goes on
    assert "works" in tasks_of(house.engine, home.order_id)
    with pytest.raises(GateClosed):
        house.do(pile, "survey", surveyed_on="2026-03-02", **PILE_SURVEYED)

    house.until("2026-03-03T09:00")  # the daily round of 08:00 met the outage
    for order in orders:
        again = [q.outcome for q in papers(house.engine, order.order_id).queries if q.purpose == "COMMITMENT_RETRY"]
        assert again and set(again) == {"DOWN"}
        assert [c.status for c in papers(house.engine, order.order_id).commitments] == ["ACTIVE"]
    assert house.down() == ["sharing"]
    nothing_is_stuck(house, orders)

    house.sandbox.mood("sharing", down=False)
    house.until("2026-03-04T09:00")
    kept_by_the_platform_alone(house, orders)
    assert house.down() == []
    house.do(pile, "survey", surveyed_on="2026-03-04", **PILE_SURVEYED)
    assert "survey" not in tasks_of(house.engine, pile.order_id)
    assert house.engine.verify_audit()["broken"] == []


def signed_while_it_was_down(house: House, orders: list[Accepted]) -> None:
    for order in orders:
        kept = papers(house.engine, order.order_id)
        [letter] = kept.commitments
        assert (letter.status, letter.sign_method, letter.n_pages is not None) == ("ACTIVE", "ON_SCREEN", True)
        failed = {query.id: query for query in kept.queries if query.outcome == "DOWN"}
        for item in kept.items:
            assert (item.reason, item.status) == ("PLATFORM_DOWN", "PROMISED")
            assert failed[str(item.query_id)].doc_type == item.doc_type
        assert {d.doc_type for d in kept.documents if d.provenance in ("PAPER", "CUSTOMER_UPLOAD")} & SHARED == set()
        assert n_promised(house.engine, order) == len(kept.items) > 0
        assert house.told(order) >= Counter(order_accepted=1, commitment_receipt=1)
    nothing_is_stuck(house, orders)


def kept_by_the_platform_alone(house: House, orders: list[Accepted]) -> None:
    for order in orders:
        kept = papers(house.engine, order.order_id)
        assert [letter.status for letter in kept.commitments] == ["FULFILLED"]
        assert {(item.status, item.fulfilled_by) for item in kept.items} == {("FULFILLED", "PLATFORM")}
        got = {document.doc_type: document.provenance for document in kept.documents}
        assert {got[item.doc_type] for item in kept.items} == {"SHARED_ECERT"}
        assert n_promised(house.engine, order) == 0
        assert house.told(order)["commitment_fulfilled"] == 1
        assert not {element for element in house.every_task(order) if element.startswith("mis_")}
    nothing_is_stuck(house, orders)
