"""Takes steps of the locked order's process: the kernel moves, our own operators answer, the effects are noted.

Stores nothing itself. Knows who may be refused (a person, who can try again) and who may not (time, an answer).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.commands import clockwork, effects, escalating, hanging, holding, inner, paperwork, promising, reclassifying
from engine.commands.clockwork import shanghai_day
from engine.commands.tx import Tx
from engine.domain.classification import feel_date
from engine.domain.timers import timer_functions
from engine.errors import ClockOff, NotReady
from engine.kernel import spiff
from engine.kernel.model import Advance, Call, Complete, Deliver, Env, Fire, Retry, Return, Step
from engine.policy import SYSTEM
from engine.store import applications, orders, processes, reclassifications
from engine.world import Version

_A_PERSONS = (Complete, Deliver, Return)
"""Steps that an operator may refuse: whoever takes them reads why and mends it."""


def begin(tx: Tx, version: Version, facts: Mapping[str, Any], *, accepted: bool = False) -> None:
    """Start the locked order on a version, and say so in the record. `accepted`: it was accepted in another process."""
    order = tx.order
    variables = {
        "in_sme_park": facts["sme_park_code"] is not None,
        **facts,
        "order_no": order.order_no,
        "category": order.category,
        "applied_on": feel_date(shanghai_day(order.submitted_at)),
        "accepted": accepted,
    }
    body = start(tx, version, variables)
    tx.record("OrderStarted", {"process": version.row.process_key, "version": version.row.version, **body})


def begin_again(tx: Tx, version: Version) -> None:
    """Start an order that waited: with what the customer said and, after a change of category, what was found since."""
    facts = applications.facts(tx.connection, tx.order.id)
    changes = [row for row in reclassifications.of_order(tx.connection, tx.order.id) if row["begun_at"] is not None]
    for row in changes:
        facts |= row["facts"]
    if changes:
        facts |= paperwork.standing_promise(tx)
    begin(tx, version, facts, accepted=bool(changes))


def start(tx: Tx, version: Version, variables: dict[str, Any]) -> dict[str, Any]:
    """Start the order's process on a version; returns the body of the event. An operator that fails is an incident:
    an application is not lost for a table's fault."""
    order, env = tx.order, env_of(tx)
    order.process_version_id, order.status = version.id, orders.RUNNING
    order.started_at = order.started_at or tx.now
    moved = spiff.start(version.process, variables, env)
    return _finish(tx, version, env, moved, occurred_at=tx.received_at, done=set(), refuses=False)


def take(tx: Tx, step: Step, *, occurred_at: datetime | None = None, done: str = "") -> dict[str, Any]:
    """Take one step; `done` is the task that the command itself closes. Returns the body of the event.

    Raises NotReady when the process does not wait for this, and whatever an operator has against a person's step.
    """
    if tx.order.instance is None:
        raise NotReady("流程尚未启动")
    version, env = tx.version, env_of(tx, occurred_at)
    standing = _standing(tx, version) if isinstance(step, Retry) else []
    moved = spiff.advance(version.process, tx.order.instance, step, env)
    return _finish(
        tx,
        version,
        env,
        moved,
        occurred_at=occurred_at or tx.received_at,
        done={done},
        refuses=isinstance(step, _A_PERSONS),
        standing=standing,
    )


def fire(tx: Tx, timer_id: str) -> int:
    """Fire one armed timer of the order; returns by how many seconds it is late. Raises ClockOff."""
    if tx.world.is_clock_off():
        raise ClockOff()
    due_at = tx.pending_timers().pop(timer_id)
    late = max(0, int((tx.now - due_at).total_seconds()))
    tx.changes.closed_timers.append({"timer_id": timer_id, "state": "FIRED", "fired_at": tx.now, "late_seconds": late})
    tx.fired[timer_id] = late
    with tx.acting_as(SYSTEM):
        body = take(tx, Fire(timer_id))
        tx.record("TimerFired", {"timer": timer_id, "late_seconds": late, **body})
    return late


def _finish(
    tx: Tx,
    version: Version,
    env: Env,
    moved: Advance,
    *,
    occurred_at: datetime,
    done: set[str],
    refuses: bool,
    standing: list[Call] | None = None,
) -> dict[str, Any]:
    """Let our operators answer and what hangs on clocks follow them, then note the whole step."""

    def again(state: bytes, step: Step) -> Advance:
        return spiff.advance(version.process, state, step, env)

    worked = inner.work_off(tx, moved, again, refuses=refuses, standing=standing or ())
    clocks = clockwork.of(tx)
    effects.move_clocks(tx, worked.moved, clocks, occurred_at, done)
    worked = replace(worked, moved=hanging.follow(tx, version, worked.moved, clocks, again))
    body = effects.settle(tx, version, worked, clocks, done)
    holding.follow(tx, version, worked.moved, refuses=refuses)
    if worked.moved.completed and tx.order.ends_as == orders.RECLASSIFIED:
        with tx.causing():
            _go_on(tx)
    return body


def _go_on(tx: Tx) -> None:
    """The order goes on in the process of its new category, or waits for it to be deployed."""
    reclassifying.become(tx)
    version_id = processes.newest_id(tx.connection, tx.order.process_key)
    if version_id is not None:
        begin_again(tx, tx.world.version(tx.connection, version_id))


def _standing(tx: Tx, version: Version) -> list[Call]:
    """Inner calls whose operator failed; they are asked again."""
    now = spiff.inspect(version.process, tx.order.instance or b"")
    return [call for call in now.calls.values() if inner.is_inner(call)]


def env_of(tx: Tx, stated: datetime | None = None) -> Env:
    """What a step of the locked order may know of the world."""
    clocks = clockwork.of(tx)
    functions = timer_functions(
        lambda: tx.world.calendar(tx.connection),
        lambda stage: clocks.limits.get(stage),
        {},
        tx.received_at,
        clocks.reading,
        stated=stated,
        hours=lambda: clocks.hours,
    )
    return Env(now=tx.received_at, functions=functions | escalating.functions(tx) | promising.functions(tx))
