"""Reads the parameters of operators: rows, days and instants as diagrams write them. Knows no operator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from engine.clock import SHANGHAI
from engine.errors import Fault, Invalid, InvalidForm
from engine.kernel.feel.values import to_feel, to_plain
from engine.kernel.model import Json


def rows(params: Mapping[str, Json], name: str) -> Iterator[Mapping[str, Any]]:
    """The contexts of a list parameter; nothing is an empty list. Raises Invalid for anything else."""
    value = params.get(name)
    for row in [] if value is None else value if isinstance(value, list) else [value]:
        if not isinstance(row, Mapping):
            raise Invalid(f"{name} 应为记录的列表", field=name)
        yield row


def text(row: Mapping[str, Any], name: str, default: str = "") -> str:
    """A text of a context. Raises Invalid for anything else."""
    value = row.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise Invalid(f"{name} 应为文字", field=name)
    return value


def day(value: Json, field: str) -> date | None:
    """A date: tagged, an ISO text, or the Shanghai day of an instant. Raises InvalidForm."""
    read = _moment(value, field, date.fromisoformat)
    if isinstance(read, datetime):
        if read.tzinfo is None:
            raise wrong(field, "bad_date", "应为日期")
        return read.astimezone(SHANGHAI).date()
    if read is not None and not isinstance(read, date):
        raise wrong(field, "bad_date", "应为日期")
    return read


def instant(value: Json, field: str) -> datetime | None:
    """An aware instant: tagged or an ISO text. Raises InvalidForm."""
    read = _moment(value, field, datetime.fromisoformat)
    if read is None:
        return None
    if not isinstance(read, datetime) or read.tzinfo is None:
        raise wrong(field, "bad_instant", "应为带时区的日期时间")
    return read.astimezone(UTC)


def wrong(field: str, code: str, reason: str, kind: type[Invalid] = InvalidForm) -> Invalid:
    """A refusal with one fault."""
    return kind(reason, field=field, faults=[Fault(field, code, reason)])


def _moment(value: Json, field: str, read: Any) -> Any:
    if value is None or value == "":
        return None
    try:
        return read(value) if isinstance(value, str) else to_plain(to_feel(value))
    except (ValueError, Invalid):
        raise wrong(field, "bad_date", "日期或时间无法读取") from None
