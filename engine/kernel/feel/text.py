"""The canonical text of a FEEL value, as `string()` gives it; it parses nothing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.kernel.feel import temporal
from engine.kernel.feel.errors import FeelBudget
from engine.kernel.feel.lexer import is_word
from engine.kernel.feel.moments import Date, DateTime, DaysTime, Time, YearsMonths
from engine.kernel.feel.runtime import MAX_STRING, Run
from engine.kernel.feel.values import Function, Range, Value

_DEEP = 60


def text_of(value: Value, run: Run, depth: int = 0) -> str:
    """Strings stand without quotes outside of lists and contexts, numbers without exponent or trailing zeros."""
    if isinstance(value, str):
        return _quoted(value) if depth else value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, list | dict):
        return _collection(value, run, depth)
    if isinstance(value, Range):
        return _range(value, run, depth)
    if isinstance(value, Function):
        return f"function({', '.join(value.params)})"
    return _FORMATS[type(value)](value)


def number_text(value: Decimal) -> str:
    """Plain digits."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) if value else "0"


_FORMATS: dict[type, Callable[[Value], str]] = {
    Date: temporal.format_date,
    Time: temporal.format_time,
    DateTime: temporal.format_datetime,
    DaysTime: temporal.format_days,
    YearsMonths: temporal.format_months,
}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _key(name: str) -> str:
    """As a name if it is a single word, else as a string."""
    return name if is_word(name) else _quoted(name)


def _collection(value: list[Value] | dict[str, Value], run: Run, depth: int) -> str:
    if depth > _DEEP:
        raise FeelBudget("数据嵌套过深")
    run.tick(2 + len(value) * (4 if isinstance(value, dict) else 1))
    parts: list[str] = []
    room = MAX_STRING
    for each in value.items() if isinstance(value, dict) else value:
        part = f"{_key(each[0])}: {text_of(each[1], run, depth + 1)}" if isinstance(value, dict) else ""
        parts.append(part or text_of(each, run, depth + 1))
        room -= len(parts[-1])
        if room < 0:
            raise FeelBudget(f"字符串超过 {MAX_STRING} 字符")
    inner = ", ".join(parts)
    return f"{{{inner}}}" if isinstance(value, dict) else f"[{inner}]"


def _range(value: Range, run: Run, depth: int) -> str:
    if value.start is None or value.end is None:
        bound = value.end if value.start is None else value.start
        included = value.end_included if value.start is None else value.start_included
        sign = ("<" if value.start is None else ">") + ("=" if included else "")
        return f"({sign}{text_of(bound, run, depth + 1)})"
    start, end = text_of(value.start, run, depth + 1), text_of(value.end, run, depth + 1)
    return ("[" if value.start_included else "(") + f"{start}..{end}" + ("]" if value.end_included else ")")
