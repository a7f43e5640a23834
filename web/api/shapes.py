"""JSON Schemas of what the API answers and takes, in one place. Pure data; the application's own is in schemas/."""

from __future__ import annotations

from typing import Any

Shape = dict[str, Any]
TEXT: Shape = {"type": "string"}
FLAG: Shape = {"type": "boolean"}
COUNT: Shape = {"type": "integer", "minimum": 0}
INSTANT: Shape = {"type": "string", "format": "date-time"}
ANY_OBJECT: Shape = {"type": "object", "additionalProperties": True}


def maybe(shape: Shape) -> Shape:
    """The shape or null."""
    return {"anyOf": [shape, {"type": "null"}]}


def record(**fields: Shape) -> Shape:
    """An object that has all of these fields and no other."""
    return {"type": "object", "additionalProperties": False, "properties": fields, "required": list(fields)}


def listed(shape: Shape) -> Shape:
    """A list of it."""
    return {"type": "array", "items": shape}


def page(shape: str) -> Shape:
    """A page of a list; `next` goes into `after` to read on."""
    return record(items=listed({"$ref": f"#/components/schemas/{shape}"}), next=maybe(TEXT))


_TASK = {
    "id": TEXT,
    "name": TEXT,
    "role": TEXT,
    "stage": TEXT,
    "state": {"enum": ["open", "done", "cancelled"]},
    "order_no": TEXT,
    "category": TEXT,
    "unit_code": TEXT,
    "customer": TEXT,
    "address": TEXT,
    "assignee": maybe(TEXT),
    "is_mine": FLAG,
    "claimable": FLAG,
    "opened_at": INSTANT,
    "due_at": maybe(INSTANT),
    "closed_at": maybe(INSTANT),
}
_ORDER = {
    "order_no": TEXT,
    "channel": TEXT,
    "external_id": maybe(TEXT),
    "unit_code": TEXT,
    "hall_code": TEXT,
    "category": TEXT,
    "process_key": TEXT,
    "process_version": maybe({"type": "integer"}),
    "status": {"enum": ["WAITING_PROCESS", "RUNNING", "COMPLETED", "TERMINATED"]},
    "customer": TEXT,
    "address": TEXT,
    "submitted_at": INSTANT,
    "accepted_at": INSTANT,
    "started_at": maybe(INSTANT),
    "completed_at": maybe(INSTANT),
    "n_incidents": COUNT,
    "suspended_since": maybe(INSTANT),
    "restart_of": maybe(TEXT | {"description": "Number of the terminated order that this one begins again"}),
}
_DONE_TASK = _TASK | {
    "occurred_at": maybe(INSTANT | {"description": "When the work was done, as first recorded; never rewritten"}),
    "effective_at": maybe(INSTANT | {"description": "The time that holds: as recorded, or as corrected and approved"}),
    "correction": maybe(TEXT | {"description": "The approved correction in `corrections` by which it holds"}),
}
_AWAITED = record(message=TEXT, element=TEXT, name=TEXT, role=TEXT, form=maybe(ANY_OBJECT), values=ANY_OBJECT,
                  may_deliver=FLAG)  # fmt: skip
_HOLD = record(
    kind={"enum": ["SUSPEND", "TERMINATE"]},
    reason_code=TEXT,
    reason=TEXT,
    evidence_kind=TEXT,
    evidence_no=TEXT,
    requested_by=TEXT,
    requested_at=INSTANT,
    decision=maybe({"enum": ["APPROVED", "REFUSED", "WITHDRAWN", "LAPSED"]}),
    decided_by=maybe(TEXT),
    decided_at=maybe(INSTANT),
    clocks=listed({"enum": ["WHOLE", "SUM", "STAGE"]}),
    held_from=maybe(INSTANT),
    held_until=maybe(INSTANT),
    paused_workdays=maybe(COUNT),
)
_CORRECTION = {
    "correction_id": TEXT,
    "task_id": TEXT,
    "before_at": INSTANT,
    "after_at": INSTANT,
    "reason": TEXT,
    "requested_by": TEXT,
    "requested_at": INSTANT,
    "decision": maybe({"enum": ["APPROVED", "REFUSED"]}),
    "decided_by": maybe(TEXT),
    "decided_at": maybe(INSTANT),
    "note": maybe(TEXT),
}
_CLOCK = record(
    stage=TEXT,
    kind=TEXT,
    limit_workdays=COUNT,
    used_workdays=COUNT,
    paused_workdays=COUNT,
    paused_since=maybe({"type": "string", "format": "date"}),
    running_since=maybe({"type": "string", "format": "date"}),
    due_at=maybe(INSTANT),
    internal_workdays=maybe(COUNT),
    internal_due_at=maybe(INSTANT),
    basis=TEXT,
    why=maybe(ANY_OBJECT),
)
_TIMER = record(id=TEXT, element=TEXT, name=TEXT, due_at=INSTANT, state=TEXT, fired_at=maybe(INSTANT))
_NOTE = record(position=COUNT, reason=TEXT, source=TEXT)
_RECORDED = ANY_OBJECT | {
    "description": "As the record tells it: decision, name, table (SHA-256 of the file), file, from (the version), "
                   "inputs, rules and rule_ids that matched, asked (what other columns asked), within (rules of other "
                   "tables), output, notes; element or stage for which it was taken, for: the decision it served",
}  # fmt: skip
_INCIDENT = record(id={"type": "integer"}, element=TEXT, code=TEXT, message=TEXT, opened_at=INSTANT,
                   resolved_at=maybe(INSTANT), notes=listed(_NOTE),
                   decisions=listed(_RECORDED))  # fmt: skip
_EVENT = record(seq=COUNT, kind=TEXT, actor=TEXT, occurred_at=INSTANT, recorded_at=INSTANT, body=ANY_OBJECT)
_VERSION = record(key=TEXT, title=TEXT, version={"type": "integer"})
_CELL = record(label=TEXT, name=TEXT, text=TEXT)
_RULE = record(number=COUNT, id=TEXT, conditions=listed(_CELL), outputs=listed(_CELL), annotations=listed(_CELL))
_TAKEN = record(decision=TEXT, name=TEXT, inputs=ANY_OBJECT, value={}, rules=listed(_RULE),
                within=listed(record(decision=TEXT, name=TEXT, rules=listed(_RULE))), notes=listed(_NOTE))  # fmt: skip
_FAULT = record(field=TEXT, code=TEXT, reason=TEXT)

COMPLETION: Shape = {
    "type": "object",
    "additionalProperties": False,
    "required": ["form"],
    "properties": {
        "form": {"type": "object", "description": "The values of the task's form, checked against its schema"},
        "occurred_at": maybe(INSTANT | {"description": "When the work was done; now, if absent"}),
        "late_reason": {"type": "string", "maxLength": 500, "description": "Needed when entered more than 24 h later"},
        "version": maybe({"type": "integer", "minimum": 0, "maximum": 2**31 - 1,
                          "description": "Version of the order as last seen; 409 when it has moved on"}),
    },
}  # fmt: skip

REGISTRATION: Shape = {
    "type": "object",
    "additionalProperties": False,
    "required": ["form"],
    "properties": {
        "form": {"type": "object", "description": "The values of the message's form, checked against its schema"},
        "occurred_at": maybe(INSTANT | {"description": "When it happened; now, if absent"}),
        "late_reason": {"type": "string", "maxLength": 500, "description": "Needed when entered more than 24 h later"},
        "element": maybe({"type": "string", "pattern": "^[!-~]{1,200}$",
                          "description": "Which event is meant, where several wait for the same message"}),
    },
}  # fmt: skip
CORRECTION_REQUEST: Shape = {
    "type": "object",
    "additionalProperties": False,
    "required": ["occurred_at", "reason"],
    "properties": {
        "occurred_at": INSTANT | {"description": "When the work was done"},
        "reason": {"type": "string", "minLength": 1, "maxLength": 500},
    },
}
CORRECTION_DECISION: Shape = {
    "type": "object",
    "additionalProperties": False,
    "required": ["approve"],
    "properties": {
        "approve": FLAG,
        "note": {"type": "string", "maxLength": 500, "description": "Needed for a refusal"},
    },
}

EVALUATION: Shape = {
    "type": "object",
    "additionalProperties": False,
    "required": ["inputs"],
    "properties": {
        "inputs": {
            "type": "object",
            "description": "By name. Where a date, a time, a date and time or a duration is declared, its ISO 8601 "
                           "text is read as one; elsewhere write {\"@date\": \"2026-03-02\"}, @time, @datetime, "
                           "@days_time, @years_months or @decimal. A value of another type is null; "
                           "`notes` says so",
        },
        "version": maybe({"type": "string", "pattern": "^[0-9a-f]{64}$",
                          "description": "SHA-256 of a published DMN file, also an old one; the newest, if absent"}),
    },
}  # fmt: skip

SHAPES: dict[str, Shape] = {
    "Accepted": record(order_no=TEXT, status={"enum": ["accepted", "duplicate"]}, category=TEXT, process_key=TEXT,
                       state={"enum": ["WAITING_PROCESS", "RUNNING", "COMPLETED", "TERMINATED"]}),
    "Completion": COMPLETION,
    "CorrectionDecision": CORRECTION_DECISION,
    "CorrectionList": record(items=listed(record(**_CORRECTION, order_no=TEXT, unit_code=TEXT, task_name=TEXT))),
    "CorrectionOutcome": record(correction_id=TEXT, task_id=TEXT, order_no=TEXT,
                                decision={"enum": ["APPROVED", "REFUSED"]}),
    "CorrectionRequest": CORRECTION_REQUEST,
    "CorrectionRequested": record(correction_id=TEXT, task_id=TEXT),
    "DecisionItem": record(key=TEXT, address=TEXT, name=TEXT, title=TEXT, file=TEXT, table=TEXT, version=_VERSION,
                           inputs=listed(record(name=TEXT, type=TEXT))),
    "DecisionList": record(items=listed({"$ref": "#/components/schemas/DecisionItem"})),
    "Evaluated": record(decision=TEXT, name=TEXT, title=TEXT, file=TEXT, table=TEXT, version=_VERSION, value={},
                        inputs=ANY_OBJECT, rules=listed(_RULE), decisions=listed(_TAKEN), notes=listed(_NOTE)),
    "Evaluation": EVALUATION,
    "MessageDelivered": record(order_no=TEXT, message=TEXT, element_id=TEXT, opened=listed(TEXT), completed=FLAG),
    "Order": record(**_ORDER, facts=ANY_OBJECT, clocks=listed(_CLOCK), tasks=listed(record(**_DONE_TASK)),
                    awaits=listed(_AWAITED), holds=listed(_HOLD), corrections=listed(record(**_CORRECTION)),
                    timers=listed(_TIMER), incidents=listed(_INCIDENT), decisions=listed(_RECORDED),
                    current=listed(TEXT), events=listed(_EVENT)),
    "OrderItem": record(**_ORDER),
    "OrderPage": page("OrderItem"),
    "Problem": record(type=TEXT, title=TEXT, status={"type": "integer"}, detail=TEXT, code=TEXT,
                      errors=listed(_FAULT)),
    "Registration": REGISTRATION,
    "Task": record(**_TASK, element=TEXT, form_key=TEXT, form=maybe(ANY_OBJECT), values=ANY_OBJECT,
                   may_complete=FLAG, order_version=COUNT),
    "TaskDone": record(task_id=TEXT, order_no=TEXT, opened=listed(TEXT), completed=FLAG),
    "TaskHeld": record(task_id=TEXT, assignee=maybe(TEXT)),
    "TaskItem": record(**_TASK),
    "TaskPage": page("TaskItem"),
}  # fmt: skip
