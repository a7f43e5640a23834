"""JSON Schemas of the verbs of staff: what the API takes and answers for them. Pure data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.commands.handing import REASONS

Shape = dict[str, Any]
_TEXT: Shape = {"type": "string"}
_FLAG: Shape = {"type": "boolean"}
_COUNT: Shape = {"type": "integer", "minimum": 0}
_INSTANT: Shape = {"type": "string", "format": "date-time"}
_FORM: Shape = {"type": "object", "additionalProperties": True}
_LOGIN: Shape = {"type": "string", "minLength": 1, "maxLength": 64}
_NOTE: Shape = {"type": "string", "maxLength": 500, "description": "For colleagues; neither sent nor recorded"}


def _maybe(shape: Shape) -> Shape:
    return {"anyOf": [shape, {"type": "null"}]}


def _list(shape: Shape) -> Shape:
    return {"type": "array", "items": shape}


def _answer(**fields: Shape) -> Shape:
    return {"type": "object", "additionalProperties": False, "properties": fields, "required": list(fields)}


def _body(required: Sequence[str], **fields: Shape) -> Shape:
    return {"type": "object", "additionalProperties": False, "properties": fields, "required": list(required)}


def _why(verb: str) -> dict[str, Shape]:
    return {"reason": {"enum": list(REASONS[verb])}, "note": _NOTE}


def _people(most: int) -> Shape:
    return {"type": "array", "items": _LOGIN, "minItems": 1, "maxItems": most, "uniqueItems": True}


BODIES: dict[str, Shape] = {
    "AbsenceRequest": _body(
        ("substitute", "from_at", "until_at", "reason"),
        login=_LOGIN,
        substitute=_LOGIN,
        from_at=_INSTANT,
        until_at=_INSTANT,
        reason={"enum": list(REASONS["ABSENCE"])},
        roles={"type": "array", "items": _LOGIN, "maxItems": 30, "uniqueItems": True},
    ),
    "ConsultRequest": _body(
        ("to", "when", "reason"),
        to=_people(10),
        when={"enum": ["BEFORE", "AFTER"]},
        form=_FORM,
        occurred_at=_maybe(_INSTANT),
        late_reason={"type": "string", "maxLength": 500},
        **_why("CONSULT"),
    ),
    "CopyRequest": _body(("to", "reason"), to=_people(20), **_why("COPY")),
    "DelegateRequest": _body(("to", "reason"), to=_LOGIN, **_why("DELEGATE")),
    "HandoverRequest": _body(
        ("login", "reason"),
        login=_LOGIN,
        successors={
            "type": "object",
            "additionalProperties": {"type": "string", "maxLength": 64},
            "maxProperties": 50,
            "description": 'Role -> login; the one under "" is for every other role, without one they go to their role',
        },
        **_why("HANDOVER"),
    ),
    "Opinion": _body(("opinion",), opinion={"enum": ["AGREE", "DISAGREE"]}, note=_NOTE),
    "Resolution": _body(("form",), form=_FORM, note=_NOTE),
    "ReturnRequest": _body(
        ("element", "reason"),
        element={"type": "string", "minLength": 1, "maxLength": 200},
        straight=_FLAG | {"default": False},
        **_why("RETURN"),
    ),
    "TransferRequest": _body(("to", "reason"), to=_LOGIN, **_why("TRANSFER")),
    "WithdrawRequest": _body(("reason",), **_why("WITHDRAW")),
}
_COPY = {
    "copy_id": _TEXT,
    "to": _TEXT,
    "sent_by": _TEXT,
    "sent_at": _INSTANT,
    "read_at": _maybe(_INSTANT),
}
_ABSENCE = _answer(absence_id=_TEXT, login=_TEXT, substitute=_TEXT, from_at=_INSTANT, until_at=_INSTANT,
                   roles=_maybe(_list(_TEXT)), reason=_TEXT, entered_by=_TEXT, entered_at=_INSTANT,
                   ended_at=_maybe(_INSTANT))  # fmt: skip
SHAPES: dict[str, Shape] = BODIES | {
    "AbsenceEnded": _answer(absence_id=_TEXT),
    "AbsenceEntered": _answer(absence_id=_TEXT),
    "AbsenceList": _answer(items=_list(_ABSENCE)),
    "Consulted": _answer(task_id=_TEXT, opinions=_list(_TEXT)),
    "Copied": _answer(task_id=_TEXT, copies=_list(_TEXT)),
    "CopyPage": _answer(items=_list(_answer(**_COPY, order_no=_TEXT, task_id=_TEXT, task=_TEXT, reason=_TEXT,
                                            note=_TEXT)), next=_maybe(_TEXT)),
    "CopyRead": _answer(copy_id=_TEXT, read_at=_INSTANT),
    "HandedOver": _answer(login=_TEXT, n_left=_COUNT,
                          tasks=_list(_answer(task_id=_TEXT, name=_TEXT, order_no=_TEXT, to=_maybe(_TEXT),
                                              error=_TEXT))),
    "OpinionGiven": _answer(task_id=_TEXT, of=_TEXT, completed_task=_FLAG),
    "TaskReturned": _answer(task_id=_TEXT, order_no=_TEXT, opened=_list(_TEXT), assignee=_maybe(_TEXT)),
    "TaskWithdrawn": _answer(task_id=_TEXT, order_no=_TEXT, opened=_list(_TEXT)),
    "Verbs": _answer(
        task_id=_TEXT,
        on_behalf_of=_maybe(_TEXT),
        delegated_by=_maybe(_TEXT),
        back_to=_maybe(_TEXT),
        opinion_on=_maybe(_TEXT),
        returnable=_list(_answer(element_id=_TEXT, name=_TEXT, done_by=_TEXT, takes_back=_list(_TEXT))),
        colleagues=_list(_answer(login=_TEXT, name=_TEXT, fits=_FLAG)),
        opinions=_list(_answer(task_id=_TEXT, asked=_maybe(_TEXT), when=_maybe(_TEXT), state=_TEXT)),
        acts=_list(_answer(kind=_TEXT, actor=_TEXT, to=_maybe(_TEXT), to_element=_maybe(_TEXT), reason=_TEXT,
                           opinion=_maybe(_TEXT), note=_TEXT, at=_INSTANT)),
        copies=_list(_answer(**_COPY)),
    ),
}  # fmt: skip
