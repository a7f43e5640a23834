"""Requests to suspend or terminate an order, from the step in which a process begins to handle one to its decision.

A folder that holds the operator `orders.suspend` or `orders.terminate` handles requests: who lets it begin has asked,
who completes its task of the approver's role decides. The operators carry out; nothing is approved here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any
from uuid import uuid4

import orjson

from engine.commands.tx import Tx
from engine.domain.holds import DECISIONS, SUSPEND, TERMINATE, Reason, Request, reason_of, request_of, require_request
from engine.errors import ApproverMissing, FourEyes, HoldPending, Invalid, OrderSuspended
from engine.kernel import spiff
from engine.kernel.decided import decided, decided_json
from engine.kernel.model import Advance, Json
from engine.kernel.outline import outline
from engine.policy import SYSTEM
from engine.store import holds, tasks
from engine.world import Version

KINDS = {"orders.suspend": SUSPEND, "orders.terminate": TERMINATE}
VARIABLE = "request"
"""What a folder that handles requests calls the request."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a version handles requests: folder -> kind, and the events by which such a folder begins and ends."""

    kinds: Mapping[str, str]
    begins: Mapping[str, str]
    ends: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ground:
    """The row of the table for a request, and what the record says of how it was found."""

    reason: Reason
    decisions: tuple[dict[str, Any], ...]


@lru_cache(maxsize=256)
def places(version: Version) -> Places:
    """Read from the drawn processes, once for a version."""
    process = version.process
    elements = process.index.elements.values()
    kinds = {e.process: KINDS[e.operator] for e in elements if e.operator in KINDS and e.process in process.called}
    outlines = {folder: outline(process.diagrams[folder], folder) for folder in kinds}
    begins = {event: folder for folder, drawn in outlines.items() for event in drawn.starts}
    ends = {event: folder for folder, drawn in outlines.items() for event in drawn.ends}
    return Places(kinds, begins, ends)


def follow(tx: Tx, version: Version, moved: Advance, *, refuses: bool) -> None:
    """Note the requests with which the step began, and those that came to nothing in it.

    Raises HoldPending, OrderSuspended, ReasonRefused or EvidenceMissing in a person's step (`refuses`).
    """
    known = places(version)
    begun = [known.begins[event] for event in moved.passed if event in known.begins]
    ended = [known.ends[event] for event in moved.passed if event in known.ends]
    if not (begun or (tx.order.n_holds and (ended or moved.completed))):
        return
    now = spiff.inspect(version.process, moved.state)
    standing = {version.process.index.elements[element].process: element for element in now.current}
    with tx.causing():
        for folder in begun:
            if folder in standing:
                given = spiff.scope(version.process, moved.state, standing[folder]).get(VARIABLE)
                _request(tx, version, known.kinds[folder], given, refuses=refuses)
        for folder in dict.fromkeys(known.kinds if moved.completed else ended):
            if folder not in standing:
                _lapse(tx, version, folder, known.kinds[folder])


def require_other(tx: Tx, version: Version, task: tasks.TaskRow, absent: str | None = None) -> None:
    """Raise FourEyes when whoever asked is about to decide on it himself, or another in his place: this task is where
    it is decided."""
    if not tx.order.n_holds:
        return
    folder = folder_of(version, task.element_id)
    kind = places(version).kinds.get(folder)
    row = holds.pending(tx.connection, tx.order.id, kind) if kind else None
    if row is None or row["requested_by"] not in (tx.actor.id, absent):
        return
    if task.role == ground(tx, version, row["kind"], row["reason_code"]).reason.approver_role:
        raise FourEyes()


def ground(tx: Tx, version: Version, kind: str, code: str) -> Ground:
    """The row for a reason, of the table that the order's version holds. Raises ReasonRefused when there is none."""
    decision = DECISIONS[kind]
    for source in (version, tx.world.version(tx.connection, tx.order.tables_version_id)):
        model = next((one for one in source.models.values() if decision in one.decisions), None)
        if model is not None:
            outcome = model.decide(decision, {"reason_code": code})
            told = tuple(decided_json(each, source.label) for each in decided(model, outcome.taken))
            return Ground(reason_of(kind, code, outcome.value), told)
    raise Invalid(f"没有决策表 {decision}", field=decision)


def approver(tx: Tx, version: Version, row: Mapping[str, Any], reason: Reason) -> str:
    """Who approved: the last who completed a task of the approver's role in the folder that handles the request.

    Raises ApproverMissing when nobody did (a timer is nobody), FourEyes when it was who asked.
    """
    folder = folder_of(version, tx.desk["call"].element_id)
    done = [(task, by) for task, by in _done_since(tx, version, folder, row) if task.role == reason.approver_role]
    if not done or done[-1][1] == SYSTEM.id:
        raise ApproverMissing()
    by = done[-1][1]
    if by == row["requested_by"]:
        raise FourEyes()
    return by


def with_evidence(row: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """The row with the evidence as it stands when it is decided: it may have been completed since the request."""
    known = asdict(request)
    return {**row, **{name: known[name] for name in holds.EVIDENCE}}


def told(tx: Tx, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the record says of a request. The evidence's number stays in the row; the record can prove it."""
    evidence = {name: row[name] for name in holds.EVIDENCE}
    digest = tx.world.vault.digest(orjson.dumps(evidence, option=orjson.OPT_SORT_KEYS))
    return {
        "hold": row["id"],
        "hold_kind": row["kind"],
        "reason": row["reason_code"],
        "evidence_kind": row["evidence_kind"],
        "evidence_digest": digest,
        "requested_by": row["requested_by"],
    }


def folder_of(version: Version, element_id: str) -> str:
    """Key of the folder in which an element is drawn; "" for a task of an earlier process of the order."""
    element = version.process.index.elements.get(element_id)
    return element.process if element is not None else ""


def _request(tx: Tx, version: Version, kind: str, given: Json, *, refuses: bool) -> None:
    request, order = request_of(given), tx.order
    if refuses:
        _require_possible(tx, version, kind, request)
    elif not request.reason_code or holds.pending(tx.connection, order.id, kind) is not None:
        return  # the operator will say so; what a timer began is not taken back
    row = {
        "id": uuid4().hex,
        "order_id": order.id,
        "seq": order.audit_seq,
        "kind": kind,
        **asdict(request),
        "requested_by": tx.actor.id,
        "requested_at": tx.now,
        "occurred_at": tx.received_at,
    }
    holds.add(tx.uow, row)
    order.n_holds += 1
    tx.record("HoldRequested", told(tx, row))


def _require_possible(tx: Tx, version: Version, kind: str, request: Request) -> None:
    if tx.order.n_holds:
        raise HoldPending()
    if kind == SUSPEND and tx.order.suspended_since is not None:
        raise OrderSuspended("不得再次申请暂停")
    require_request(request)
    ground(tx, version, kind, request.reason_code)


def _lapse(tx: Tx, version: Version, folder: str, kind: str) -> None:
    """The folder has ended and nothing was carried out: refused by its approver, or withdrawn."""
    row = holds.pending(tx.connection, tx.order.id, kind)
    if row is None:
        return
    done = _done_since(tx, version, folder, row)
    role = ground(tx, version, kind, row["reason_code"]).reason.approver_role
    by = done[-1][1] if done else tx.actor.id
    decision = holds.LAPSED if not done else holds.REFUSED if done[-1][0].role == role else holds.WITHDRAWN
    holds.decide(tx.uow, row, decision, by=by, at=tx.now)
    tx.order.n_holds -= 1
    tx.record("HoldEnded", {**told(tx, row), "decision": decision, "decided_by": by})


def _done_since(tx: Tx, version: Version, folder: str, row: Mapping[str, Any]) -> list[tuple[tasks.TaskRow, str]]:
    """The tasks of a folder that were completed since the request, oldest first, each with who completed it."""
    stored = tasks.of_order(tx.connection, tx.order.id)
    done = sorted(
        (task for task in stored if task.state == tasks.DONE and (task.closed_at or tx.now) >= row["requested_at"]),
        key=lambda task: task.closed_at or tx.now,
    )
    found = [(task, task.closed_by or "") for task in done]
    now = {each["task_id"]: each["closed_by"] for each in tx.changes.closed_tasks if each["state"] == tasks.DONE}
    found += [(task, now[task.id]) for task in stored if task.id in now]
    return [(task, by) for task, by in found if folder_of(version, task.element_id) == folder]
