"""Runs single operators on an order, each in a transaction of its own, with rows of a checklist to begin with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from engine.app import Engine
from engine.commands.deploy_process import DeployProcess
from engine.commands.operators.registry import INNER
from engine.commands.record_fetched import RecordFetched
from engine.commands.registry import VERBS
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.policy import Actor, Permission
from engine.runner import Runner
from engine.store import outbox
from engine.store.orders import TERMINATED
from engine.store.papers import Papers
from tests.diagrams import folder, path, service, user
from tests.orders import ADMIN, CLERK, KEY
from tests.shape.source import ROOT

_LETTER = ROOT / "processes/acceptance/letters/commitment.html"
_OPERATORS = ["documents.fetch", "letters.render"]


@dataclass(frozen=True, slots=True)
class Operate:
    """Run operators one after another on an order, as one step of a process would."""

    order_id: int
    calls: tuple[tuple[str, Mapping[str, Any]], ...]
    key: str


@dataclass(frozen=True, slots=True)
class Operated:
    results: tuple[Any, ...]


def _terminate(tx: Tx, params: Mapping[str, Any]) -> None:
    """As an approved termination leaves the order: it is TERMINATED when its process ends."""
    tx.order.ends_as, tx.changes.moved = TERMINATED, True


def _operate(command: Operate, tx: Tx) -> Operated:
    known = {**INNER, "test.terminate": _terminate}
    results = tuple(known[name](tx, params) for name, params in command.calls)
    tx.record("Operated", {"operators": [name for name, _ in command.calls]})
    return Operated(results)


_VERB = Verb(Operate, Operated, Permission.ORDER_ACCEPT, _operate, locks=("order", "order_id"))


def operate(engine: Engine, order_id: int, *calls: tuple[str, Mapping[str, Any]], actor: Actor = CLERK) -> Any:
    """The last operator's result; all of them in one transaction."""
    runner = Runner(engine.database, engine.world, {**VERBS, Operate: _VERB}, engine.clock)
    return runner.run(Operate(order_id, calls, uuid4().hex), actor).results[-1]


def papers(engine: Engine, order_id: int) -> Papers:
    """The rows of an order as stored."""
    with engine.read() as view:
        return Papers(view.connection, order_id)


def row(doc_type: str, name: str = "", **changes: Any) -> dict[str, Any]:
    """A line of a checklist: shareable, deferrable, before the contract."""
    return {
        "doc_type": doc_type,
        "name": name or doc_type,
        "shareable": True,
        "deferrable": True,
        "gate": "CONTRACT",
        "due_rule": "COMMITMENT",
        "must_now": False,
        **changes,
    }


SUBJECT = row("SUBJECT_CERT", "身份证", deferrable=False, must_now=True, gate="ACCEPTANCE", due_rule="AT_ACCEPTANCE")
PROPERTY = row("PROPERTY_CERT", "物权证明")
LIST = row("EQUIPMENT_LIST", "用电设备清单", shareable=False)
AGENT_LETTER = row("AGENT_LETTER", "授权委托书", shareable=False, deferrable=False, must_now=True)
CHECKLIST = [SUBJECT, PROPERTY, LIST]


def publish(engine: Engine, *parts: str) -> None:
    """A drawn process for high-voltage orders that may use every operator of papers."""
    files = folder(*parts) | {"letters/commitment.html": _LETTER.read_bytes()}
    files["manifest.toml"] = f'key = "{KEY}"\ntitle = "试验"\noperators = {json.dumps(_OPERATORS)}\n'.encode()
    engine.run(DeployProcess(files, uuid4().hex), ADMIN)


def fetching(engine: Engine) -> None:
    """A process that asks the platform for the property certificate, again and again, a task between."""
    ask = {"doc_types": "[&quot;PROPERTY_CERT&quot;]", "purpose": "&quot;ACCEPTANCE&quot;"}
    parts = (user("a"), service("ask", "documents.fetch", **ask), user("b"), service("again", "documents.fetch", **ask))
    publish(engine, *parts, path("s", "a", "ask", "b", "again", "e"))


def pending_call(engine: Engine, order_id: int) -> str:
    """The call that waits for an answer."""
    with engine.read() as view:
        return next(c["call_id"] for c in outbox.of_order(view.connection, order_id) if c["state"] == "PENDING")


def answer(engine: Engine, order_id: int, outcome: str, actor: Actor, **more: Any) -> Any:
    """The platform answers the call that waits."""
    result = {"doc_type": "PROPERTY_CERT", "outcome": outcome, **more}
    return engine.run(RecordFetched(pending_call(engine, order_id), uuid4().hex, (result,)), actor)
