from __future__ import annotations

import hashlib
import json
from datetime import UTC

import pytest
from sqlalchemy import delete, insert, select, text, update

from engine.store import audit
from engine.store.tables import connection_order
from engine.store.tables_house import audit_event as t
from engine.store.uow import UnitOfWork
from tests.diagrams import path, user
from tests.orders import accept, deploy, finish


@pytest.fixture
def orders(engine):
    """Two finished orders with chains of four events."""
    deploy(engine, user("a"), user("b"), path("s", "a", "b", "e"))
    accepted = [accept(engine) for _ in range(2)]
    for order in accepted:
        finish(engine, order.order_id)
    return [order.order_id for order in accepted]


def tamper(engine, *statements):
    with UnitOfWork(engine.database) as uow:
        for statement in statements:
            uow.run(statement)
        uow.finish()
    return [(broken["chain"], broken["seq"]) for broken in engine.verify_audit()["broken"]]


def of(chain, seq):
    return (t.c.chain == chain) & (t.c.seq == seq)


def test_an_untouched_record_holds(engine, orders):
    report = engine.verify_audit()

    assert report["broken"] == []
    assert report["n_events"] >= 8


@pytest.mark.parametrize(
    "values",
    [
        {"body": '{"task":"another"}'},
        {"actor": "somebody"},
        {"kind": "TaskClaimed"},
        {"prev_hash": "0" * 64},
        {"hash": "f" * 64},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_changed_event_is_found(engine, orders, values):
    assert tamper(engine, update(t).where(of(orders[0], 3)).values(values)) == [(orders[0], 3)]


def test_a_changed_time_is_found(engine, orders):
    shifted = update(t).where(of(orders[1], 2)).values(occurred_at=engine.clock.now().replace(year=2025))

    assert tamper(engine, shifted) == [(orders[1], 2)]


def test_a_rehashed_event_is_found_at_the_next_one(engine, orders):
    with engine.read() as view:
        row = dict(audit.events_of(view.connection, orders[0])[1])
    row["body"] = "{}"
    forged = update(t).where(of(orders[0], 2)).values(body="{}", hash=audit.hash_of(row))

    assert tamper(engine, forged) == [(orders[0], 3)]


def test_a_removed_event_is_found(engine, orders):
    assert tamper(engine, delete(t).where(of(orders[0], 2))) == [(orders[0], 3)]


def test_a_cut_off_tail_is_found(engine, orders):
    assert tamper(engine, delete(t).where(of(orders[0], 4))) == [(orders[0], 4)]


def test_an_emptied_chain_is_found(engine, orders):
    assert [chain for chain, _ in tamper(engine, delete(t).where(t.c.chain == orders[1]))] == [orders[1]]


def test_an_added_event_is_found(engine, orders):
    with engine.read() as view:
        last = dict(audit.events_of(view.connection, orders[0])[-1])
    row = {**last, "seq": last["seq"] + 1, "prev_hash": last["hash"]}
    row["hash"] = audit.hash_of(row)

    assert tamper(engine, insert(t).values(row)) == [(orders[0], row["seq"] - 1)]


def test_swapped_bodies_are_found(engine, orders):
    with engine.read() as view:
        one, other = (audit.events_of(view.connection, order)[3] for order in orders)
    swapped = [
        update(t).where(of(orders[0], 4)).values(body=other["body"]),
        update(t).where(of(orders[1], 4)).values(body=one["body"]),
    ]

    assert tamper(engine, *swapped) == [(orders[0], 4), (orders[1], 4)]


def test_the_record_of_an_order_that_is_gone_is_found(engine, orders):
    if engine.database.dialect == "sqlite":
        gone = [text("PRAGMA defer_foreign_keys = ON")]
    else:
        gone = [text("SET session_replication_role = replica")]
    for table in ("application", "sealed_value", "task", "timer", "clock", "incident", "outbox"):
        gone.append(text(f"DELETE FROM {table} WHERE order_id = {orders[0]}"))
    gone.append(delete(connection_order).where(connection_order.c.id == orders[0]))

    assert [chain for chain, _ in tamper(engine, *gone)] == [orders[0]]


def test_a_stranger_can_check_the_chain_with_the_standard_library(engine, orders):
    with engine.read() as view:
        rows = [dict(row) for row in view.connection.execute(select(t).order_by(t.c.chain, t.c.seq)).mappings()]
    previous: dict[int, str] = {}
    for row in rows:
        claimed = row.pop("hash")
        for name in ("recorded_at", "occurred_at"):
            row[name] = row[name].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        plain = json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert hashlib.sha256(plain.encode()).hexdigest() == claimed
        assert row["prev_hash"] == previous.get(row["chain"], "0" * 64)
        previous[row["chain"]] = claimed

    assert set(orders) < set(previous)
