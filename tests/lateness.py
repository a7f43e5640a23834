"""Orders that come late: a small process with the shipped ladder, escalations beside it, and time that passes until a
moment, timer by timer, messages taken down as they are sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from engine.app import Engine
from engine.clock import SHANGHAI, ManualClock
from engine.commands.accept_application import Accepted
from engine.commands.fire_timer import FireTimer
from engine.commands.record_reply import RecordReply
from engine.folders import read_whole
from engine.policy import SYSTEM, Actor
from engine.queries import orders
from engine.store import escalations, outbox, reminders, supervisions
from tests.diagrams import boundary, node, path
from tests.orders import CITY, UNIT, accept, deploy
from tests.stopping import LANES, MAIN, MESSAGES, REASONS, REQUEST, SUSPENSION, TERMINATION

ROOT = Path(__file__).parents[1] / "processes"
COUNTY = Actor("county", "县公司负责人", roles=frozenset({"COUNTY_MANAGER"}), unit_code=UNIT)
CITY_MANAGER = Actor("citymanager", "市公司负责人", roles=frozenset({"CITY_MANAGER"}), unit_code=CITY)
CENTRE = Actor("centre", "监督员", roles=frozenset({"SUPERVISOR"}), unit_code="33SVC")
BOTH_SIDES = Actor("twohats", "兼任", roles=frozenset({"COUNTY_MANAGER", "SUPERVISOR"}), unit_code=UNIT)
_STAGE = '<yikuo:input source="&quot;TOTAL&quot;" target="stage"/>'
_MAPPED = "".join(f'<yikuo:input source="{name}" target="{name}"/>' for name in ("order_no", "category"))
LADDER = ["WARNING", "NEAR", "OVERDUE", "OVERDUE_CITY", "OVERDUE_CENTRE"]


def escalation(number: int, host: str = "work") -> tuple[str, ...]:
    """A warning at the border of a task, and the escalation that it begins."""
    inner = f"<bpmn:extensionElements>{_MAPPED}{_STAGE}</bpmn:extensionElements>"
    warned = boundary(f"warned{number}", host, "warn(&quot;TOTAL&quot;)", interrupting=False)
    return (
        warned.replace("timeDuration", "timeDate"),
        node("callActivity", f"climb{number}", inner, calledElement="overdue_escalation"),
        node("endEvent", f"climbed{number}"),
        path(f"warned{number}", f"climb{number}", f"climbed{number}"),
    )


@dataclass
class Late:
    """One order of that process, applied for on Monday 2026-03-02, its work not done."""

    engine: Engine
    clock: ManualClock
    order: Accepted
    sent: list[tuple[str, Any, Any, datetime]] = field(default_factory=list)

    @classmethod
    def begun(cls, engine: Engine, clock: ManualClock, n_escalations: int = 1) -> Late:
        files = {
            "forms/request.json": json.dumps(REQUEST).encode(),
            "suspension_reasons.dmn": REASONS.read_bytes(),
            "escalation_ladder.dmn": (ROOT / "shared/escalation_ladder.dmn").read_bytes(),
            **SUSPENSION,
            **TERMINATION,
        }
        whole = read_whole(ROOT / "overdue_escalation")
        files |= {n if "/" in n and n.split("/")[0] == "supervision_order" else f"overdue_escalation/{n}": c
                  for n, c in whole.items()}  # fmt: skip
        head = f'calls = ["order_suspension", "order_termination", "overdue_escalation"]\n{LANES}'
        beside = [part for number in range(n_escalations) for part in escalation(number)]
        deploy(engine, *MAIN, *beside, lanes=head, files=files, extra=MESSAGES)
        return cls(engine, clock, accept(engine))

    def until(self, day: date, hour: int = 24, minute: int = 0) -> Late:
        """Let time pass up to this moment in Shanghai, and whatever is due on the way."""
        midnight = datetime.combine(day, datetime.min.time(), SHANGHAI)
        end = midnight + timedelta(hours=hour, minutes=minute)
        while (soonest := self._soonest()) is not None and soonest[0] <= end:
            if soonest[0] > self.clock.now():
                self.clock.move_to(soonest[0])
            self.engine.run(FireTimer(soonest[1], uuid4().hex), SYSTEM)
            self.answered()
        if end > self.clock.now():
            self.clock.move_to(end)
        return self

    def answered(self) -> None:
        """Take down what is sent, and say that it was."""
        for call in self.calls:
            if call["state"] == "PENDING":
                template, to, copies = (call["params"].get(name) for name in ("template", "to", "copy_to"))
                self.sent.append((template or "", to, copies, self.clock.now()))
                self.engine.run(RecordReply(call["call_id"], uuid4().hex, result={"ok": True}), SYSTEM)

    def _soonest(self) -> tuple[datetime, str] | None:
        with self.engine.read() as view:
            rows = orders.order(view, SYSTEM, self.order.order_no).timers
        return min(((row["due_at"], row["id"]) for row in rows if row["state"] == "PENDING"), default=None)

    @property
    def calls(self) -> list[dict[str, Any]]:
        with self.engine.read() as view:
            return outbox.of_order(view.connection, self.order.order_id)

    @property
    def rungs(self) -> list[tuple[str, int]]:
        """The rungs taken, each with its cycle, in the order of their taking."""
        return [(row["rung"], row["cycle"]) for row in self.rows]

    @property
    def rows(self) -> list[dict[str, Any]]:
        with self.engine.read() as view:
            return escalations.of_order(view.connection, self.order.order_id)

    @property
    def supervisions(self) -> list[dict[str, Any]]:
        with self.engine.read() as view:
            return supervisions.of_order(view.connection, self.order.order_id)

    @property
    def reminders(self) -> list[dict[str, Any]]:
        with self.engine.read() as view:
            return reminders.of_order(view.connection, self.order.order_id)

    def told(self, kind: str) -> list[Any]:
        """The events of a kind."""
        with self.engine.read() as view:
            return [entry for entry in orders.timeline(view, SYSTEM, self.order.order_no) if entry.kind == kind]
