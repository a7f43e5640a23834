"""Reads applications from a file of JSON lines and accepts each in its own transaction. Keeps nothing between lines."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import uuid4

from engine.app import Engine
from engine.commands.accept_application import AcceptApplication
from engine.domain.intake import parse_object
from engine.errors import Conflict, Fault, Invalid
from engine.policy import SYSTEM, Actor


@dataclass(slots=True)
class Imported:
    """What became of a file: numbers of lines accepted and met again, and every refused line with its reasons."""

    accepted: int = 0
    duplicates: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)


def import_lines(
    engine: Engine, lines: Iterable[bytes], actor: Actor = SYSTEM, progress: Callable[[int], None] = lambda n: None
) -> Imported:
    """Accept every line that can be accepted.

    Safe to repeat after any interruption: a line that was accepted before is a duplicate now, by its channel and
    external number, so the end state is the same as of one undisturbed run. `progress` hears the line number.
    """
    result = Imported()
    for number, line in enumerate(lines, 1):
        if line.strip():
            _one(engine, actor, number, line, result)
        progress(number)
    return result


def _one(engine: Engine, actor: Actor, number: int, line: bytes, result: Imported) -> None:
    external_id = None
    try:
        raw = parse_object(line.removeprefix(BOM_UTF8))
        external_id = raw.get("external_id")
        # A fresh key for each delivery: the line's own identity, not the key, is what makes it a duplicate.
        accepted = engine.run(AcceptApplication(application=raw, key=f"import:{uuid4().hex}"), actor)
    except (Invalid, Conflict) as error:
        faults = error.faults or (Fault(error.field, error.code, str(error)),)
        result.refused.append(
            {
                "external_id": external_id if isinstance(external_id, str) else None,
                "line": number,
                "reason": "；".join(f"{f.field}：{f.reason}" if f.field else f.reason for f in faults),
                "code": faults[0].code,
                "errors": [asdict(fault) for fault in faults],
            }
        )
        return
    if accepted.status == "duplicate":
        result.duplicates += 1
    else:
        result.accepted += 1
