"""A small process that may be suspended and terminated, for the tests of holds, clocks and messages."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from engine.app import Engine
from engine.commands.accept_application import Accepted
from engine.commands.deliver_message import DeliverMessage
from engine.policy import SYSTEM, Actor
from engine.queries import orders, standing
from engine.store import clocks, holds
from tests.diagrams import boundary, flow, message, node, path, process, script, service, terminate, user
from tests.orders import LEADER, SURVEYOR, UNIT, accept, complete, deploy, tasks_of

MANAGER = Actor("manager", "客户经理", roles=frozenset({"ACCOUNT_MANAGER"}), unit_code=UNIT)
BOTH = Actor("both", "兼任", roles=frozenset({"ACCOUNT_MANAGER", "TEAM_LEADER"}), unit_code=UNIT)
REASONS = Path(__file__).parents[1] / "processes" / "shared" / "suspension_reasons.dmn"
S1 = {
    "reason_code": "S1",
    "evidence_kind": "SIGNED_REQUEST",
    "evidence_no": "ZT-2026-0001",
    "signed_by_customer": True,
}
T1 = {**S1, "reason_code": "T1", "evidence_no": "ZZ-2026-0001"}
RESUME = {"evidence_kind": "SIGNED_REQUEST", "evidence_no": "FG-2026-0001"}
_TEXT = {"type": "string", "maxLength": 60}
_REQUEST = dict.fromkeys(("reason_code", "evidence_kind", "evidence_no", "resumed_on"), _TEXT)
_FORM = {"type": "object", "additionalProperties": False}
REQUEST = {"title": "申请", "schema": {**_FORM, "properties": {**_REQUEST, "signed_by_customer": {"type": "boolean"}}}}
DECISION = {"title": "审批", "schema": {**_FORM, "required": ["ok"], "properties": {"ok": {"type": "boolean"}}}}
MESSAGES = "".join(
    f'<bpmn:message id="m_{name}" name="{name}_requested"/>' for name in ("suspension", "termination", "resume")
)
LANES = '[lanes]\n"班组长" = "TEAM_LEADER"\n"客户经理" = "ACCOUNT_MANAGER"\n"勘查员" = "SURVEYOR"\n'


def lanes(id: str, **members: str) -> str:
    """`班组长="a b"` puts these elements into that lane."""
    inner = "".join(
        f'<bpmn:lane id="{id}_{n}" name="{name}">'
        + "".join(f"<bpmn:flowNodeRef>{each}</bpmn:flowNodeRef>" for each in ids.split())
        + "</bpmn:lane>"
        for n, (name, ids) in enumerate(members.items())
    )
    return f'<bpmn:laneSet id="{id}_set">{inner}</bpmn:laneSet>'


def call(id: str, key: str, result: str) -> str:
    mapped = f'<yikuo:input source="request" target="request"/><yikuo:output source="{result}" target="{result}"/>'
    return node("callActivity", id, f"<bpmn:extensionElements>{mapped}</bpmn:extensionElements>", calledElement=key)


def called(key: str, start: str, *parts: str, operators: str, extra: str = "", suspended: str = "false") -> Any:
    manifest = f'key = "{key}"\ncalled = true\nwhile_suspended = {suspended}\noperators = [{operators}]\n{LANES}'
    forms = {"decision": DECISION, "request": REQUEST}
    files = {"manifest.toml": manifest.encode(), "process.bpmn": process(*parts, id=key, start=start, extra=extra)}
    files |= {f"forms/{name}.json": json.dumps(form).encode() for name, form in forms.items()}
    return {f"{key}/{name}": content for name, content in files.items()}


SUSPENSION = called(
    "order_suspension",
    "sus_s",
    lanes("sus", 班组长="sus_ok", 客户经理="sus_wait"),
    script("sus_no", "suspended = false"),
    user("sus_ok", yikuo__form="decision"),
    node("exclusiveGateway", "sus_x", default="sus_yes"),
    node("endEvent", "sus_refused"),
    service("sus_do", "orders.suspend", "standing", request="request"),
    message("receiveTask", "sus_wait", "m_resume", yikuo__form="request", yikuo__result="resume"),
    service("sus_go", "orders.resume", "resumed", evidence="resume", resumed_on="resume.resumed_on"),
    script("sus_on", "suspended = true"),
    node("endEvent", "sus_e"),
    path("sus_s", "sus_no", "sus_ok", "sus_x"),
    flow("sus_x", "sus_refused", "not(ok)"),
    flow("sus_x", "sus_do", id="sus_yes"),
    path("sus_do", "sus_wait", "sus_go", "sus_on", "sus_e"),
    operators='"orders.suspend", "orders.resume"',
    extra='<bpmn:message id="m_resume" name="resume_requested"/>',
    suspended="true",
)
TERMINATION = called(
    "order_termination",
    "ter_s",
    lanes("ter", 班组长="ter_ok"),
    script("ter_no", "approved = false"),
    user("ter_ok", yikuo__form="decision"),
    node("exclusiveGateway", "ter_x", default="ter_yes"),
    service("ter_tell", "notify.send"),
    service("ter_do", "orders.terminate", "ended", request="request"),
    script("ter_on", "approved = true"),
    node("endEvent", "ter_e"),
    node("endEvent", "ter_refused"),
    path("ter_s", "ter_no", "ter_ok", "ter_x"),
    flow("ter_x", "ter_refused", "not(ok)"),
    flow("ter_x", "ter_tell", id="ter_yes"),
    path("ter_tell", "ter_do", "ter_on", "ter_e"),
    operators='"notify.send", "orders.terminate"',
    suspended="true",
)


def asked(id: str, kind: str) -> str:
    return message(
        "boundaryEvent", id, f"m_{kind}", attachedToRef="work", cancelActivity="false",
        yikuo__form="request", yikuo__result="request",
    )  # fmt: skip


MAIN = (
    lanes("main", 勘查员="work after", 客户经理="ask_s ask_t"),
    user("work", yikuo__stage="SUPPLY_PLAN_REPLY"),
    boundary("late", "work", 'limit("SUPPLY_PLAN_REPLY")'.replace('"', "&quot;"), interrupting=False),
    boundary("soon", "work", 'warn("TOTAL")'.replace('"', "&quot;"), interrupting=False),
    boundary("day", "work", "P1D", interrupting=False),
    *(node("endEvent", end) for end in ("e_late", "e_soon", "e_day", "e_s", "e_t")),
    path("late", "e_late"),
    path("soon", "e_soon"),
    path("day", "e_day"),
    asked("ask_s", "suspension"),
    asked("ask_t", "termination"),
    call("c_s", "order_suspension", "suspended"),
    call("c_t", "order_termination", "approved"),
    path("ask_s", "c_s", "e_s"),
    node("exclusiveGateway", "ended", default="goes_on"),
    terminate("stop"),
    path("ask_t", "c_t", "ended"),
    flow("ended", "stop", "approved"),
    flow("ended", "e_t", id="goes_on"),
    user("after"),
    terminate("done"),
    path("s", "work", "after", "done"),
    flow("ended", "e", "false"),
)


def begun(engine: Engine, **changes: Any) -> Accepted:
    """A running order of that process, accepted on Monday 2026-03-02."""
    files = {
        "forms/request.json": json.dumps(REQUEST).encode(),
        "suspension_reasons.dmn": REASONS.read_bytes(),
        **SUSPENSION,
        **TERMINATION,
    }
    head = f'calls = ["order_suspension", "order_termination"]\n{LANES}'
    deploy(engine, *MAIN, lanes=head, files=files, extra=MESSAGES)
    return accept(engine, **changes)


def register(engine: Engine, order: Accepted, kind: str, form: Any, actor: Actor = MANAGER, **options: Any) -> Any:
    key, at = options.pop("key", uuid4().hex), options.pop("occurred_at", None)
    command = DeliverMessage(order.order_no, f"{kind}_requested", form, at, key, **options)
    return engine.run(command, actor)


def decide(engine: Engine, order: Accepted, ok: bool = True, actor: Actor = LEADER, task: str = "sus_ok") -> Any:
    return complete(engine, tasks_of(engine, order.order_id)[task].id, actor, form={"ok": ok})


def work(engine: Engine, order: Accepted, task: str = "work", actor: Actor = SURVEYOR) -> Any:
    return complete(engine, tasks_of(engine, order.order_id)[task].id, actor)


def head(engine: Engine, order: Accepted) -> Any:
    with engine.read() as view:
        return orders.order_head(view, SYSTEM, order.order_no)


def told(engine: Engine, order: Accepted, kind: str) -> list[Any]:
    with engine.read() as view:
        return [entry for entry in orders.timeline(view, SYSTEM, order.order_no) if entry.kind == kind]


def holds_of(engine: Engine, order: Accepted) -> list[dict[str, Any]]:
    with engine.read() as view:
        return holds.of_order(view.connection, order.order_id)


def clocks_of(engine: Engine, order: Accepted) -> dict[str, dict[str, Any]]:
    with engine.read() as view:
        return {row["stage"]: row for row in clocks.of_order(view.connection, order.order_id)}


def pending_timers(engine: Engine, order: Accepted) -> dict[str, datetime]:
    """Element -> due of the timers that are armed, as process and rows both say."""
    with engine.read() as view:
        waits = standing.waits(view, order.order_id)
        assert waits.same
        found = orders.order(view, SYSTEM, order.order_no)
    return {row["element_id"]: row["due_at"] for row in found.timers if row["state"] == "PENDING"}
