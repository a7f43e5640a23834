"""The engine as its users reach it: commands through the runner, nothing measured or shortened behind its back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from engine.app import Engine, build
from engine.commands.accept_application import AcceptApplication
from engine.commands.complete_task import CompleteTask
from engine.policy import SYSTEM
from engine.rehearsal.answers import answer
from engine.rehearsal.applications import application
from engine.settings import Settings
from engine.store.tables import connection_order, task
from tests.bench.figures import Samples

KINDS = {
    "order": {"usage": "NON_RESIDENTIAL", "capacity_kw": 80, "requested_voltage": "LV", "power_sources": 1},
    "bench": {"usage": "NON_RESIDENTIAL", "capacity_kw": 630, "requested_voltage": "HV", "power_sources": 1},
}
"""An ordinary low-voltage order, and one of the category that the bench's own diagrams are deployed for."""

ORDINARY = Path(__file__).parent / "ordinary"
"""An order of twenty-five steps in one diagram that the stock engine can run as well; it stays as it is, so that the
figures of one release can be held against those of the next."""

_OPEN = (
    select(task.c.id, task.c.element_id, task.c.form_key, connection_order.c.process_version_id)
    .join_from(task, connection_order)
    .where(task.c.order_id == connection_order.c.id, task.c.state == "OPEN")
)


@dataclass(frozen=True, slots=True)
class OpenTask:
    id: str
    element_id: str
    form_key: str
    process_version_id: int


class Ours:
    """One installation on one database."""

    def __init__(self, url: str, var: Path) -> None:
        self.settings = Settings(database_url=url, var_dir=var)
        self.engine: Engine = build(self.settings)
        self.engine.init()
        self.deploy(ORDINARY)
        self._random = Random(20210528)
        self.forms: dict[str, dict[str, Any]] = {}

    def deploy(self, folder: Path) -> None:
        self.engine.deploy(folder, SYSTEM)

    def application(self, kind: str) -> dict[str, Any]:
        """A new invented application of the kind, outside works included."""
        with self.engine.read() as view:
            organisation = view.world.organisation(view.connection)
        while True:
            drawn = application(organisation, self._random, self.engine.clock.now())
            if drawn["usage"] == "NON_RESIDENTIAL" and not drawn["charging_pile"]:
                return {**drawn, "sme_park_code": None, "needs_external_line_works": True, **KINDS[kind]}

    def accept(self, kind: str = "order") -> int:
        """A new running order; gives its id."""
        accepted = self.engine.run(AcceptApplication(application=self.application(kind), key=uuid4().hex), SYSTEM)
        assert accepted.state == "RUNNING", accepted
        return int(accepted.order_id)

    def open_tasks(self, order_id: int) -> list[OpenTask]:
        with self.engine.read() as view:
            rows = view.connection.execute(
                _OPEN.where(task.c.order_id == order_id).order_by(task.c.opened_at, task.c.id)
            )
            return [OpenTask(*row) for row in rows]

    def fill(self, one: OpenTask) -> dict[str, Any]:
        """Valid values, every yes-or-no a yes, so that each order takes the straight way."""
        with self.engine.read() as view:
            form = view.world.version(view.connection, one.process_version_id).process.forms[one.form_key]
        while True:
            values = answer(form, self._random, self.engine.clock.now())
            if all(value for value in values.values() if isinstance(value, bool)):
                break
        self.forms[one.element_id] = values
        return values

    def complete(self, one: OpenTask, values: dict[str, Any], samples: Samples | None = None) -> None:
        """Complete a task. Only the command itself is timed."""
        command = CompleteTask(task_id=one.id, form=values, occurred_at=None, key=uuid4().hex)
        with (Samples() if samples is None else samples).one():
            self.engine.run(command, SYSTEM)
