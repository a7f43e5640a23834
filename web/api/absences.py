"""Copies for information with their receipts, absences with their substitutes, and the handover of a leaver."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from flask import Response

from engine.commands.end_absence import EndAbsence
from engine.commands.enter_absence import EnterAbsence
from engine.commands.read_copy import ReadCopy
from engine.errors import Fault, Invalid
from engine.handing_over import hand_over
from engine.policy import Permission
from engine.queries import verbs as queries
from web.accounts import actor, engine
from web.api.blueprint import after, answer, api, choice, instant, key, known_parameters, limit
from web.api.contract import KEY, described, query
from web.api.tasks import OPTIONAL_KEY, PAGING
from web.api.verbs import sent

_BOXES = {"received": False, "sent": True}


@api.get("/copies", needs=Permission.COPY_READ)
@described(
    "Tasks that the caller was shown, or has shown to others, newest first",
    {200: "CopyPage"},
    problems=(422,),
    parameters=(query("box", {"enum": list(_BOXES), "default": "received"}), *PAGING),
)
def copies_listed() -> Response:
    """GET /copies."""
    known_parameters("box", "limit", "after")
    box, size, at = choice("box", _BOXES, "received"), limit(), _position(after())
    with engine().read() as view:
        rows = queries.copies_of(view, actor(), sent=box, after=at, limit=size)
    items = [
        {
            "copy_id": row["id"],
            "order_no": row["order_no"],
            "task_id": row["task_id"],
            "task": row["name"],
            "to": row["to_login"],
            "sent_by": row["sent_by"],
            "sent_at": row["sent_at"],
            "reason": row["reason"],
            "note": row["note"] or "",
            "read_at": row["read_at"],
        }
        for row in rows
    ]
    last = rows[-1] if len(rows) == size else None
    return answer({"items": items, "next": queries.cursor(last) if last else None})


def _position(text: str | None) -> tuple[datetime, str] | None:
    if text is None:
        return None
    try:
        return queries.position(text)
    except ValueError:
        raise Invalid(faults=[Fault("after", "bad_shape", "翻页标记无效")]) from None


@api.post("/copies/<key:copy_id>/read", needs=Permission.COPY_READ)
@described("Say that one has read a copy", {200: "CopyRead"}, problems=(404, 409), parameters=(OPTIONAL_KEY,))
def copy_read(copy_id: str) -> Response:
    """POST /copies/{id}/read."""
    return answer(asdict(engine().run(ReadCopy(copy_id, key()), actor())))


@api.get("/absences", needs=Permission.ABSENCE_ENTER)
@described("Absences of the caller and those in which he stands in; a leader's also of his units", {200: "AbsenceList"})
def absences_listed() -> Response:
    """GET /absences."""
    known_parameters()
    with engine().read() as view:
        rows = queries.absences_of(view, actor())
    return answer({"items": [{"absence_id": row.id, **{n: getattr(row, n) for n in _SHOWN}} for row in rows]})


_SHOWN = ("login", "substitute", "from_at", "until_at", "roles", "reason", "entered_by", "entered_at", "ended_at")


@api.post("/absences", needs=Permission.ABSENCE_ENTER)
@described(
    "Enter who stands in for somebody absent, from when to when, and in which of his roles (all, if none are named)",
    {201: "AbsenceEntered"},
    problems=(409, 415, 422),
    body="AbsenceRequest",
    parameters=(OPTIONAL_KEY,),
)
def absence_enter() -> Response:
    """POST /absences."""
    command_key, got = key(), sent("AbsenceRequest")
    from_at, until_at = (instant(got[name], name) for name in ("from_at", "until_at"))
    assert from_at is not None and until_at is not None
    login, roles = got.get("login", actor().id), tuple(got.get("roles", ()))
    command = EnterAbsence(login, got["substitute"], from_at, until_at, got["reason"], command_key, roles)
    return answer(asdict(engine().run(command, actor())), 201)


@api.post("/absences/<key:absence_id>/end", needs=Permission.ABSENCE_ENTER)
@described("End an absence before its time", {200: "AbsenceEnded"}, problems=(404, 409), parameters=(OPTIONAL_KEY,))
def absence_end(absence_id: str) -> Response:
    """POST /absences/{id}/end."""
    return answer(asdict(engine().run(EndAbsence(absence_id, key()), actor())))


@api.post("/handovers", needs=Permission.TASK_HAND_OVER)
@described(
    "Close the account of a leaver and give all his open tasks to others, each in a transaction of its own; what could "
    "not be given away is said, and the same request goes on there",
    {200: "HandedOver"},
    problems=(404, 409, 415, 422),
    body="HandoverRequest",
    parameters=(KEY,),
)
def handover() -> Response:
    """POST /handovers."""
    command_key, got = key(required=True), sent("HandoverRequest")
    found = hand_over(engine(), actor(), got["login"], got.get("successors", {}), got["reason"], command_key,
                      got.get("note", ""))  # fmt: skip
    return answer({"login": found.login, "n_left": found.n_left, "tasks": [asdict(line) for line in found.lines]})
