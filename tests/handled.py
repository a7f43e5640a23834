"""Brings an order through a process of `processes/` by the real commands, platforms answering as when all goes well."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any
from uuid import uuid4

from engine.app import Engine
from engine.clock import ManualClock
from engine.commands.deliver_message import DeliverMessage
from engine.kernel.resolving import is_dynamic, resolved
from engine.outbox_worker import deliver_one
from engine.policy import SYSTEM
from engine.queries import orders, standing
from engine.queries.orders import OrderPage
from engine.queries.standing import Waits, variables_at
from engine.rehearsal.acts import STAFF
from engine.rehearsal.answers import answer
from engine.rehearsal.platforms import invented
from tests.orders import accept, complete, tasks_of


class _AllGoesWell(Random):
    """Every question is met with the first, the good answer."""

    def random(self) -> float:
        return 0.5

    def choice(self, seq: Any) -> Any:
        return seq[0]


class Handled:
    """One order. A form is filled in with what its schema allows, the affirmative and what the test says."""

    def __init__(self, engine: Engine, clock: ManualClock, **application: Any) -> None:
        self.engine, self.clock = engine, clock
        engine.platforms = invented(clock, _AllGoesWell()).all
        self.order = accept(engine, **application)
        self.answered()

    def do(self, element: str, by: int = 0, at: datetime | None = None, **values: Any) -> None:
        """Complete the open task of this element; `by` is which of the three who may do everything."""
        task = tasks_of(self.engine, self.order.order_id)[element]
        form = self._form(task.form_key, task.id, values)
        complete(self.engine, task.id, STAFF[by], form=form, occurred_at=at, late_reason="补录" if at else "")
        self.answered()

    def register(self, message: str, by: int = 0, at: datetime | None = None, **values: Any) -> None:
        """Register a message that the order waits for."""
        waiting = next(m for m in self.waits.messages.values() if m.message == message)
        form = self._form(waiting.form_key, waiting.element_id, values)
        late = "补录" if at else ""
        self.engine.run(DeliverMessage(self.order.order_no, message, form, at, uuid4().hex, late), STAFF[by])
        self.answered()

    def answered(self) -> None:
        """Let the platforms answer until nothing waits for them."""
        while calls := self.waits.calls:
            for call_id in calls:
                assert deliver_one(self.engine, self.order.order_id, call_id) in ("answered", "left")

    @property
    def open(self) -> set[str]:
        return set(tasks_of(self.engine, self.order.order_id))

    @property
    def waits(self) -> Waits:
        with self.engine.read() as view:
            return standing.waits(view, self.order.order_id)

    @property
    def page(self) -> OrderPage:
        with self.engine.read() as view:
            return orders.order(view, SYSTEM, self.order.order_no)

    @property
    def clocks(self) -> dict[str, dict[str, Any]]:
        return {row["stage"]: row for row in self.page.clocks}

    def used(self, stage: str) -> tuple[int, bool]:
        """Working days on the stage's clock before it began to run, and whether it runs."""
        row = self.clocks[stage]
        return row["used_workdays"], row["running_since"] is not None

    def form(self, form_key: str, place: str) -> dict[str, Any]:
        """The form of a task or a message as it would be filled in."""
        return self._form(form_key, place, {})

    def _form(self, form_key: str, place: str, values: Mapping[str, Any]) -> dict[str, Any]:
        with self.engine.read() as view:
            form = view.world.version(view.connection, self.waits.version_id or 0).process.forms.get(form_key)
            if form is None:
                return dict(values)
            if is_dynamic(form):
                form = resolved(form, variables_at(view, self.order.order_id, place))
        schema = form["schema"]
        said = {name: part | {"const": values[name]} for name, part in schema["properties"].items() if name in values}
        asked = {**form, "schema": {**schema, "properties": schema["properties"] | said}}
        return answer(asked, _AllGoesWell(), self.clock.now(), yes=1.0) | dict(values)
