"""What every command has in common: its key, how its order is found, what it needs, and how an answer is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson

from engine.commands.tx import Tx
from engine.policy import Permission


class Command(Protocol):
    """A frozen dataclass that says what is wanted. `key` makes asking twice the same as asking once."""

    @property
    def key(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Verb:
    """How one kind of command is run.

    `locks` names the kind of row and the field by which its order is found and locked; a command without an order
    names what must not happen twice at a time (`lock_name`) instead.
    """

    command: type
    result: type
    permission: Permission
    handle: Callable[[Any, Tx], Any]
    locks: tuple[str, str] | None = None
    lock_name: Callable[[Any], tuple[str, ...]] | None = None


def body_of(command: Any) -> bytes:
    """The canonical bytes of a command without its key: equal bytes are the same request."""
    values = {f.name: getattr(command, f.name) for f in fields(command) if f.name != "key"}
    return type(command).__name__.encode() + orjson.dumps(values, default=_spell, option=orjson.OPT_SORT_KEYS)


def result_to_json(result: Any) -> dict[str, Any]:
    """A result as it is kept with its key."""
    return asdict(result) if is_dataclass(result) and not isinstance(result, type) else {}


def result_from_json(kind: type, kept: dict[str, Any]) -> Any:
    """The same result again: lists were tuples."""
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()})


def _spell(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
