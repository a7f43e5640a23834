"""Every page with 100,000 orders in the database: milliseconds on the server, as its own counters would see them.

The orders are inserted directly, copies of a few that the engine made: five years' worth over all halls, two fifths of
them open, each with clocks, tasks, documents and promises. Pages are asked of the application in this process, over a
logged-in session, with everything that a browser's request passes but the network. `cpu` is this process's own time:
on SQLite all of it, on PostgreSQL without the server's.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, text

from engine.commands.create_account import CreateAccount
from engine.policy import PROVINCE, ROLES, SYSTEM
from engine.store.tables import application, clock, connection_order, task
from engine.store.tables_documents import commitment, commitment_item, document
from tests.bench.figures import Samples, percentile
from tests.bench.ours import Ours
from web.app import create_app
from web.settings import WebSettings

N_DAYS = 730
PASSWORD = uuid4().hex
STEPS = ("SITE_SURVEY", "SUPPLY_PLAN_REPLY", "CONTRACT", "METER_INSTALLATION", "ENERGISATION", "ARCHIVE")
PROVENANCES = ("SHARED_ECERT", "SHARED_ECERT", "SHARED_ECERT", "REUSED", "PAPER")
ROUTES = (None, "ID_CARD", "E_ID_ZLB", "KIOSK_SLIP")
_BATCH = 2_000


def measure(name: str, url: str, folder: Path, *, n_orders: int, n_times: int) -> list[dict[str, Any]]:
    """A row for each GET page: its slowest twentieth (p95) over so many requests."""
    ours = Ours(url, folder / f"pages-{name}")
    began = time.perf_counter()
    order_no = fill(ours, n_orders)
    filled = time.perf_counter() - began
    client = _visitor(ours)
    rows = []
    for path in _paths(ours, client, order_no):
        samples, used, status = Samples(), [], client.get(path).status_code  # the first compiles the template
        for _ in range(n_times):
            began = time.process_time()
            with samples.one():
                client.get(path)
            used.append(time.process_time() - began)
        shown = {"status": status, "cpu_p50_ms": _ms(used, 50), "cpu_p95_ms": _ms(used, 95)}
        shown |= {"p50_ms": _ms(samples.seconds, 50), "p95_ms": _ms(samples.seconds, 95)}
        rows.append({"database": name, "orders": n_orders, "page": path.replace(order_no, "<no>"), **shown})
    ours.engine.close()
    rows.append({"database": name, "orders": n_orders, "page": "(filling, s)", "status": round(filled)})
    return rows


def _ms(seconds: list[float], share: int) -> float:
    return round(1000 * percentile(seconds, share), 1)


def fill(ours: Ours, n_orders: int) -> str:
    """So many orders, copied from three that the engine has made; the number of one that is really there."""
    made = [ours.accept() for _ in range(3)]
    kept: dict[str, list[dict[str, Any]]] = {}
    with ours.engine.read() as view:
        for table in (connection_order, application, clock, task):
            key = table.c.id if table is connection_order else table.c.order_id
            found = view.connection.execute(select(table).where(key.in_(made))).mappings()
            kept[table.name] = [dict(row) for row in found]
        halls = list(view.world.organisation(view.connection).halls.values())
        now = ours.engine.clock.now()
        highest = view.connection.execute(select(func.max(connection_order.c.id))).scalar_one()
        number = str(kept["connection_order"][0]["order_no"])
    chance = random.Random(20210528)
    tables = (connection_order, application, clock, task, document, commitment, commitment_item)
    for first in range(0, n_orders, _BATCH):
        rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in tables}
        for n in range(first, min(first + _BATCH, n_orders)):
            hall = chance.choice(halls)
            unit = hall.unit
            for table, row in _order(kept, highest + 1 + n, unit, hall.code, now, chance):
                rows[table].append(row)
        with ours.engine.database.engine.begin() as connection:
            for table in tables:
                if rows[table.name]:
                    connection.execute(insert(table), rows[table.name])
    with ours.engine.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if ours.engine.database.dialect == "postgresql" else "ANALYZE"))
    return number


def _order(
    kept: dict[str, list[dict[str, Any]]], order_id: int, unit: str, hall: str, now: datetime, chance: random.Random
) -> Iterator[tuple[str, dict[str, Any]]]:
    model = chance.choice(kept["connection_order"])
    accepted = now - timedelta(seconds=chance.randrange(N_DAYS * 86_400))
    is_open = chance.random() < 0.4
    lasted = timedelta(days=chance.randrange(1, 30), seconds=chance.randrange(86_400))
    ended = None if is_open else min(now, accepted + lasted)
    due = now + timedelta(days=chance.randrange(-3, 12), seconds=chance.randrange(86_400)) if is_open else None
    yield "connection_order", model | {
        "id": order_id, "order_no": f"B{order_id:012d}", "external_id": f"bench-{order_id}", "unit_code": unit,
        "hall_code": hall, "category": chance.choice(("LV_RES", "LV_NONRES", "HV_SINGLE")),
        "status": "RUNNING" if is_open else "COMPLETED", "submitted_at": accepted, "accepted_at": accepted,
        "completed_at": ended, "legal_due_at": due, "identity_route": chance.choice(ROUTES), "next_due_at": None,
        "n_incidents": int(chance.random() < 0.01), "restart_of": None,
    }  # fmt: skip
    said = next(row for row in kept["application"] if row["order_id"] == model["id"])
    yield "application", said | {"order_id": order_id, "id_no_index": uuid4().hex, "premise_index": uuid4().hex}
    for row in kept["clock"]:
        if row["order_id"] == model["id"]:
            used = row["limit_workdays"] + (1 if chance.random() < 0.04 else -1)
            yield "clock", row | {"order_id": order_id, "used_workdays": max(0, used), "due_at": due}
    yield from _tasks(kept, order_id, unit, accepted, ended, due, chance)
    yield from _papers(order_id, accepted, now, chance)


def _tasks(
    kept: dict[str, list[dict[str, Any]]],
    order_id: int,
    unit: str,
    accepted: datetime,
    ended: datetime | None,
    due: datetime | None,
    chance: random.Random,
) -> Iterator[tuple[str, dict[str, Any]]]:
    model = kept["task"][0]
    n_done = len(STEPS) if ended else chance.randrange(len(STEPS))
    for number, stage in enumerate(STEPS[: n_done + (ended is None)]):
        opened = accepted + timedelta(hours=12 * number)
        done = number < n_done
        at = opened + timedelta(hours=chance.randrange(1, 12)) if done else None
        yield "task", model | {
            "id": f"b{order_id}.{number}", "order_id": order_id, "unit_code": unit, "stage": stage,
            "element_id": f"{model['element_id']}" if number == 0 else f"step_{number}", "opened_at": opened,
            "state": "DONE" if done else "OPEN", "due_at": due or opened + timedelta(hours=10), "urgent_at": opened,
            "occurred_at": at, "closed_at": at, "process_version_id": model["process_version_id"],
            "closed_by": "bench" if done else None, "assignee": None,
        }  # fmt: skip


def _papers(
    order_id: int, accepted: datetime, now: datetime, chance: random.Random
) -> Iterator[tuple[str, dict[str, Any]]]:
    for number in range(2):
        yield "document", {
            "id": f"{order_id:024d}{number:08d}", "order_id": order_id, "doc_type": f"TYPE_{number}",
            "provenance": chance.choice(PROVENANCES), "subject_index": uuid4().hex, "about_index": uuid4().hex,
            "received_at": accepted, "occurred_on": accepted.date(), "recorded_by": "bench",
        }  # fmt: skip
    if chance.random() < 0.2:
        due_on = accepted.date() + timedelta(days=15)
        is_kept = due_on < now.date() and chance.random() < 0.9
        letter = f"{order_id:032d}"
        yield "commitment", {
            "id": letter, "commitment_no": f"C{order_id:012d}", "order_id": order_id, "subject_index": uuid4().hex,
            "status": "ACTIVE", "template_version": "1", "drafted_at": accepted, "drafted_by": "bench",
        }  # fmt: skip
        yield "commitment_item", {
            "commitment_id": letter, "doc_type": "TYPE_9", "order_id": order_id, "position": 1, "name": "资料",
            "legal_basis": "", "reason": "DOWN", "due_on": due_on, "original_due_on": due_on, "gate": "CONTRACT",
            "delivery": "ANY", "status": "FULFILLED" if is_kept else "PROMISED", "n_reminders": 0, "reminders": [],
            "fulfilled_on": due_on - timedelta(days=chance.randrange(5)) if is_kept else None, "extended": False,
            "taken": [],
        }  # fmt: skip


def _visitor(ours: Ours) -> FlaskClient:
    roles = tuple(ROLES)
    ours.engine.run(CreateAccount("bench", "压测", PASSWORD, roles, PROVINCE, uuid4().hex), SYSTEM)
    client = create_app(ours.engine, WebSettings()).test_client()
    page = client.get("/login").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = client.post("/login", data={"csrf_token": token, "name": "bench", "password": PASSWORD})
    if answer.status_code != 303:
        raise RuntimeError(f"login: {answer.status_code}")
    return client


def _paths(ours: Ours, client: FlaskClient, order_no: str) -> list[str]:
    """Every page without a parameter, what the dashboards can be asked for, and one order."""
    plain = {
        rule.rule
        for rule in client.application.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments and not rule.rule.startswith(("/api/", "/metrics"))
        and not rule.rule.endswith((".csv", ".xlsx")) and rule.rule not in ("/healthz", "/readyz", "/login")
    }  # fmt: skip
    now = ours.engine.clock.now()
    year = f"from={now - timedelta(days=365):%Y-%m-%d}&to={now:%Y-%m-%d}"
    asked = [f"/dashboards?{year}", f"/dashboards?unit=33401&{year}", "/dashboards?unit=3340102"]
    figures = ("late", "papered", "faceless", "overdue", "broken", "left&value=1", "why&value=UNCLAIMED")
    asked += [f"/dashboards/orders?figure=step&value=CONTRACT&{year}"]
    asked += [f"/dashboards/orders?figure={figure}&{year}" for figure in figures]
    asked += [f"/dashboards/orders?figure=late&unit=3340102&{year}", f"/dashboards/heat?{year}"]
    return [*sorted(plain), f"/orders/{order_no}", *asked]
