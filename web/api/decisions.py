"""Decision tables over HTTP: which are in force, and what one decides. Nothing is recorded by asking."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response

from engine.errors import Fault, Invalid
from engine.kernel.decided import note_json
from engine.kernel.dmn.matched import Cell, Row
from engine.kernel.model import Decided
from engine.policy import Permission
from engine.queries import decisions as queries
from engine.queries import explanations
from engine.queries.view import View
from engine.store.processes import Version
from web.accounts import actor, engine
from web.api.blueprint import answer, api, body, known_parameters
from web.api.contract import described

_DIGEST = re.compile(r"[0-9a-f]{64}")
_FIELDS = ("inputs", "version")


@api.get("/decisions", needs=Permission.DECISION_READ)
@described("Decisions in force: those of the shared tables and of each process's own files", {200: "DecisionList"})
def decisions() -> Response:
    """GET /decisions."""
    known_parameters()
    with engine().read() as view:
        items = [_item(view, found) for found in queries.decision_list(view, actor())]
    return answer({"items": items})


@api.post("/decisions/<name:key>/evaluate", needs=Permission.DECISION_EVALUATE)
@described(
    "Take a decision on these inputs, by the tables in force: the shared ones, then those that are a process's own",
    {200: "Evaluated"},
    problems=(404, 415, 422),
    body="Evaluation",
)
def evaluated(key: str) -> Response:
    """POST /decisions/{key}/evaluate."""
    return _evaluate(key)


@api.post("/decisions/<key:process>/<name:key>/evaluate", needs=Permission.DECISION_EVALUATE)
@described(
    "Take a decision as a process takes it, by the newest version of the process and its copies of shared tables",
    {200: "Evaluated"},
    problems=(404, 415, 422),
    body="Evaluation",
)
def evaluated_by_process(process: str, key: str) -> Response:
    """POST /decisions/{process}/{key}/evaluate."""
    return _evaluate(key, process)


def _evaluate(key: str, process: str = "") -> Response:
    known_parameters()
    inputs, digest = _asked(body())
    with engine().read() as view:
        done = queries.evaluate(view, actor(), key, inputs, process=process, digest=digest)
        taken = [_taken(view, each) for each in done.taken]
        title = _title(view, done.found)
    own = taken[-1]
    head = {"decision": own["decision"], "name": own["name"], "title": title, **_file(done.found)}
    notes = [note_json(note) for note in done.notes]
    value = {"value": done.value, "inputs": done.inputs, "rules": own["rules"], "decisions": taken, "notes": notes}
    return answer(head | value)


def _asked(given: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    faults = [Fault(name[:40], "unknown_field", "没有这个字段") for name in given if name not in _FIELDS]
    inputs, version = given.get("inputs"), given.get("version")
    if not isinstance(inputs, dict):
        faults.append(Fault("inputs", "wrong_type", "应为 JSON 对象：输入名称 → 值"))
    elif not _is_text(inputs):
        faults.append(Fault("inputs", "bad_text", "文字中有不能传送的字符"))
    if version is not None and not (isinstance(version, str) and _DIGEST.fullmatch(version)):
        faults.append(Fault("version", "bad_shape", "应为决策文件的 SHA-256（64 位十六进制）"))
    if faults:
        raise Invalid(faults=faults)
    return dict(inputs or {}), version or ""


def _is_text(value: Any) -> bool:
    """Half of a pair of characters can stand in JSON, but in no answer."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _item(view: View, found: queries.Found) -> dict[str, Any]:
    return {
        "key": found.decision.id,
        "address": found.address,
        "name": found.decision.name,
        "title": _title(view, found),
        **_file(found),
        "inputs": [{"name": name, "type": kind} for name, kind in found.inputs.items()],
    }


def _file(found: queries.Found) -> dict[str, Any]:
    version: Version = found.version
    label = {"key": version.process_key, "title": version.title, "version": version.version}
    return {"file": found.model.name, "table": found.model.digest, "version": label}


def _title(view: View, found: queries.Found) -> str:
    file = view.world.table_file(view.connection, found.model.digest)
    logic = file.drawing.of(found.decision.id) if file is not None else None
    return logic.title if logic is not None else found.decision.name


def _taken(view: View, decision: Decided) -> dict[str, Any]:
    shown = explanations.explain_decided(view, decision)
    own = shown.own
    inner = [part for part in shown.parts if part is not own]
    return {
        "decision": decision.decision,
        "name": decision.name,
        "inputs": decision.inputs,
        "value": decision.output,
        "rules": _rules(own.rows if own is not None else ()),
        "within": [{"decision": p.logic.key, "name": p.logic.name, "rules": _rules(p.rows)} for p in inner],
        "notes": [note_json(note) for note in decision.notes],
    }


def _rules(rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [
        {
            "number": row.number,
            "id": row.element_id,
            "conditions": _cells(row.conditions),
            "outputs": _cells(row.outputs),
            "annotations": _cells(row.annotations),
        }
        for row in rows
    ]


def _cells(cells: Iterable[Cell]) -> list[dict[str, str]]:
    return [{"label": cell.label, "name": cell.name, "text": cell.text} for cell in cells]
