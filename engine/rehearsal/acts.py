"""What people, platforms and timers do to an order in a rehearsal: the real commands, in the name of invented staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from engine.app import Engine
from engine.clock import ManualClock
from engine.commands.complete_task import CompleteTask
from engine.commands.deliver_message import DeliverMessage
from engine.commands.fire_timer import FireTimer
from engine.commands.verbs import Command
from engine.errors import CommitmentMoved, EngineError, FourEyes, GateClosed, HoldPending, Invalid, OrderSuspended
from engine.kernel.resolving import is_dynamic, resolved
from engine.outbox_worker import deliver_one
from engine.policy import PROVINCE, ROLES, SYSTEM, Actor
from engine.queries.standing import Waits, variables_at
from engine.rehearsal.answers import answer, is_answerable
from engine.rehearsal.mood import Mood
from engine.rehearsal.platforms import NOWHERE, OUTCOMES, invented

N_TRIES_FOR_A_FORM = 60
STAFF = tuple(Actor(f"rehearsal-{n}", "排练", roles=frozenset(ROLES), unit_code=PROVINCE) for n in (1, 2, 3))
"""Who may do everything; three, so that nobody has to approve what he asked for."""


class Later(Exception):
    """It cannot be done now, and will be tried again: the order stands, or something is still on its way."""


class Acts:
    """Does one act at a time."""

    def __init__(self, engine: Engine, clock: ManualClock, rng: Random) -> None:
        self.engine, self.clock, self.rng = engine, clock, rng
        self.platforms = invented(clock, rng)
        engine.platforms = self.platforms.all

    def do(self, waits: Waits, order_id: int, kind: str, what: str, mood: Mood) -> None:
        """Raises Later, or whatever stops the command."""
        if kind == "timer":
            self.engine.run(FireTimer(timer_id=what, key=self.key()), SYSTEM)
        elif kind == "call":
            self.platforms.share_down = mood.outage
            self.platforms.outcomes = OUTCOMES if mood.gives else NOWHERE
            if deliver_one(self.engine, order_id, what) == "postponed":
                raise Later
        elif kind == "message":
            self._message(waits, order_id, what, mood)
        else:
            self._task(waits, order_id, what, mood)

    def key(self) -> str:
        """An idempotency key that no act had."""
        return f"rehearsal:{self.rng.getrandbits(96):024x}"

    def _task(self, waits: Waits, order_id: int, task_id: str, mood: Mood) -> None:
        def command(form: dict[str, Any]) -> Command:
            return CompleteTask(task_id=task_id, form=form, occurred_at=None, key=self.key())

        self._answered(waits, order_id, waits.tasks[task_id], task_id, command, mood)

    def _message(self, waits: Waits, order_id: int, element_id: str, mood: Mood) -> None:
        message = waits.messages[element_id]

        def command(form: dict[str, Any]) -> Command:
            return DeliverMessage(waits.order_no, message.message, form, None, self.key(), element_id=element_id)

        self._answered(waits, order_id, message.form_key, element_id, command, mood)

    def _answered(
        self,
        waits: Waits,
        order_id: int,
        form_key: str,
        place: str,
        command: Callable[[dict[str, Any]], Command],
        mood: Mood,
    ) -> None:
        """Random answers until one is taken: rules across fields and tables may refuse some, people others."""
        form = self._form(waits, order_id, form_key, place)
        if form and not is_answerable(form):
            raise Later
        refused: EngineError | None = None
        staff = self.rng.sample(STAFF, len(STAFF))
        for n_tried in range(N_TRIES_FOR_A_FORM):
            # Whoever is refused again and again says something else at last.
            yes = mood.yes if n_tried < N_TRIES_FOR_A_FORM // 2 else min(mood.yes, 0.5)
            values = answer(form, self.rng, self.clock.now(), yes=yes, prefers=mood.prefers) if form else {}
            try:
                self.engine.run(command(values), staff[0])
            except FourEyes:
                staff = staff[1:] + staff[:1]
            except (OrderSuspended, GateClosed, HoldPending):
                raise Later from None
            except (Invalid, CommitmentMoved) as error:
                refused = error
            else:
                return
        raise refused or FourEyes()

    def _form(self, waits: Waits, order_id: int, form_key: str, place: str) -> Mapping[str, Any] | None:
        """The form as it stands now."""
        with self.engine.read() as view:
            form = view.world.version(view.connection, waits.version_id or 0).process.forms.get(form_key)
            if form is None or not is_dynamic(form):
                return form
            return resolved(form, variables_at(view, order_id, place))
