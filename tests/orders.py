"""Invented applications, staff and small processes for the tests of store and runner."""

from __future__ import annotations

from itertools import count
from typing import Any
from uuid import uuid4

from engine.app import Engine
from engine.commands.accept_application import AcceptApplication, Accepted
from engine.commands.complete_task import CompleteTask
from engine.commands.deploy_process import Deployed, DeployProcess
from engine.policy import SYSTEM, Actor
from engine.store import tasks, timers
from engine.store.tasks import TaskRow
from tests.diagrams import folder

UNIT, CITY, OTHER_UNIT = "3340102", "33401", "3340201"
KEY = "hv_single"
"""Tests deploy theirs under the key of the category HV_SINGLE; the shipped process is withdrawn (conftest.py)."""

CLERK = Actor("clerk", "受理员", roles=frozenset({"ACCEPTANCE_CLERK"}), unit_code=UNIT)
CLERK_2 = Actor("clerk2", "另一受理员", roles=frozenset({"ACCEPTANCE_CLERK"}), unit_code=UNIT)
CITY_CLERK = Actor("city", "市公司受理员", roles=frozenset({"ACCEPTANCE_CLERK"}), unit_code=CITY)
STRANGER = Actor("stranger", "外单位受理员", roles=frozenset({"ACCEPTANCE_CLERK"}), unit_code=OTHER_UNIT)
SURVEYOR = Actor("surveyor", "勘查员", roles=frozenset({"SURVEYOR"}), unit_code=UNIT)
LEADER = Actor("leader", "班组长", roles=frozenset({"TEAM_LEADER"}), unit_code=UNIT)
ADMIN = Actor("admin", "管理员", roles=frozenset({"ADMIN", "PROCESS_OWNER"}), unit_code="33")

PERSONAL = {
    "name": "欧阳测试甲",
    "id_no": "330102199003070019",
    "phone": "13900138001",
    "address": "浙江省杭州市淳安县试验路77号5幢301室",
    "real_estate_unit_no": "3301270290089777148F00005788",
    "reference": "REF-CANARY-0001",
}
_numbers = count(1)


def application(**changes: Any) -> dict[str, Any]:
    """A valid high-voltage application of the test unit, with an external number of its own."""
    return {
        "external_id": f"T-{next(_numbers):06d}",
        "channel": "HALL",
        "submitted_at": "2026-03-02T08:20:00+08:00",
        "business_type": "NEW",
        "usage": "NON_RESIDENTIAL",
        "charging_pile": False,
        "unit_code": UNIT,
        "hall_code": f"{UNIT}H0",
        "applicant": {
            "subject_type": "NATURAL_PERSON",
            "name": PERSONAL["name"],
            "id_type": "RESIDENT_ID",
            "id_no": PERSONAL["id_no"],
            "phone": PERSONAL["phone"],
        },
        "agent": None,
        "address": {
            "text": PERSONAL["address"],
            "area_code": "330127",
            "real_estate_unit_no": PERSONAL["real_estate_unit_no"],
        },
        "capacity_kw": 630,
        "requested_voltage": "HV",
        "power_sources": 1,
        "sme_park_code": None,
        "needs_external_line_works": False,
        "identity_check": {"method": "ID_CARD", "reference": PERSONAL["reference"]},
        "authorises_data_sharing": True,
        **changes,
    }


def deploy(
    engine: Engine,
    *parts: str,
    lanes: str = "",
    starting: bool = True,
    operators: tuple[str, ...] = (),
    key: str = KEY,
    **options: Any,
) -> Deployed:
    """Publish a drawn process for HV_SINGLE and start what waits for it."""
    files = folder(*parts, **options)
    known = ", ".join(f'"{name}"' for name in ("notify.send", *operators))
    head = f'key = "{key}"\ntitle = "试验"\noperators = [{known}]\n{lanes}'
    files["manifest.toml"] = head.encode()
    deployed: Deployed = engine.run(DeployProcess(files, uuid4().hex), ADMIN)
    if starting:
        engine.start_waiting()
    return deployed


def accept(engine: Engine, actor: Actor = SYSTEM, **changes: Any) -> Accepted:
    accepted: Accepted = engine.run(AcceptApplication(application(**changes), uuid4().hex), actor)
    return accepted


def tasks_of(engine: Engine, order_id: int) -> dict[str, TaskRow]:
    """The open tasks of an order by element."""
    with engine.read() as view:
        return {row.element_id: row for row in tasks.open_of(view.connection, order_id)}


def timers_of(engine: Engine, order_id: int) -> dict[str, dict[str, Any]]:
    """Every timer of an order by element; of several the last."""
    with engine.read() as view:
        return {row["element_id"]: row for row in timers.of_order(view.connection, order_id)}


def complete(engine: Engine, task_id: str, actor: Actor = SYSTEM, **options: Any) -> Any:
    """Complete a task with a key of its own."""
    form = options.pop("form", {})
    received_at = options.pop("received_at", None)
    command = CompleteTask(task_id, form, options.pop("occurred_at", None), options.pop("key", uuid4().hex), **options)
    return engine.run(command, actor, received_at=received_at)


def finish(engine: Engine, order_id: int, n_at_most: int = 50) -> int:
    """Complete whatever is open until nothing is; returns the number of completions."""
    for n_done in range(n_at_most):
        found = tasks_of(engine, order_id)
        if not found:
            return n_done
        complete(engine, next(iter(found.values())).id)
    raise AssertionError("the order does not end")
