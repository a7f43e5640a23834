"""A small order with three tasks of clerks, and its staff as accounts, for the tests of the verbs of staff."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from engine.app import Engine
from engine.commands.enter_absence import EnterAbsence
from engine.policy import SYSTEM, Actor
from engine.queries import orders
from engine.store import absences, accounts, tasks
from engine.store.tasks import TaskRow
from engine.store.uow import UnitOfWork
from tests.diagrams import path, user
from tests.orders import CLERK, CLERK_2, LEADER, STRANGER, SURVEYOR, accept, complete, deploy, tasks_of
from tests.stopping import lanes

NOTE = "客户张三说的"
STAFF = (CLERK, CLERK_2, LEADER, STRANGER, SURVEYOR)
FORM = {
    "title": "勘查",
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["load_kw"],
        "properties": {"load_kw": {"type": "number", "title": "负荷", "exclusiveMinimum": 0}},
    },
}
LANES = '[lanes]\n"受理" = "ACCEPTANCE_CLERK"\n'
LINE = (user("a"), user("b", yikuo__form="survey"), user("c"), path("s", "a", "b", "c", "e"))


def _enrol(engine: Engine) -> None:
    """Accounts without a password: nobody logs in, and hashing one takes longer than all the rest."""
    with UnitOfWork(engine.database) as uow:
        for who in STAFF:
            row = {"login": who.id, "name": who.name, "password_hash": "", "roles": sorted(who.roles)}
            accounts.add(uow, row | {"unit_code": who.unit_code, "created_at": engine.clock.now()})
        uow.finish()


class Desk:
    """The order and what staff do with it."""

    def __init__(
        self, engine: Engine, *parts: str, manifest: str = "", extra: str = "", of_clerks: str = "a b c"
    ) -> None:
        self.engine = engine
        _enrol(engine)
        files = {"forms/survey.json": json.dumps(FORM).encode()}
        drawn = (lanes("L", 受理=of_clerks), *(parts or LINE))
        deploy(engine, *drawn, lanes=LANES + manifest, files=files)
        self.order = accept(engine)

    def task(self, element: str) -> TaskRow:
        return tasks_of(self.engine, self.order.order_id)[element]

    @property
    def open(self) -> dict[str, str | None]:
        """Element of each open task -> who holds it."""
        return {name: row.assignee for name, row in sorted(tasks_of(self.engine, self.order.order_id).items())}

    @property
    def rows(self) -> list[TaskRow]:
        with self.engine.read() as view:
            return tasks.of_order(view.connection, self.order.order_id)

    def do(self, element: str, actor: Actor = CLERK, **options: Any) -> Any:
        return complete(self.engine, self.task(element).id, actor, **options)

    def run(self, make: Any, *args: Any, by: Actor = CLERK, **options: Any) -> Any:
        key = options.pop("key", uuid4().hex)
        return self.engine.run(make(*args, key=key, **options), by)

    def absent(self, absent: Actor, substitute: Actor, by: Actor | None = None, days: int = 5, **options: Any) -> Any:
        now = self.engine.clock.now()
        command = EnterAbsence(
            absent.id, substitute.id, now, now + timedelta(days=days), "LEAVE", uuid4().hex, **options
        )
        return self.engine.run(command, by or absent)

    def now(self, actor: Actor) -> Actor:
        """The actor as he would be let in now."""
        with self.engine.read() as view:
            at = self.engine.clock.now()
            return replace(actor, stands_in=absences.stood_in_for(view.connection, actor.id, at))

    def told(self, kind: str) -> list[Any]:
        with self.engine.read() as view:
            return [entry for entry in orders.timeline(view, SYSTEM, self.order.order_no) if entry.kind == kind]
