"""String functions of FEEL; regular expressions go through `feel.regex`, whose time is linear."""

from __future__ import annotations

from decimal import Decimal

from engine.kernel.feel import regex
from engine.kernel.feel.builtins.numbers import whole
from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.runtime import Run
from engine.kernel.feel.table import builtin
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import Value


@builtin("substring", "string: string", "start position: number", "length?: number")
def substring(run: Run, string: str, start: Decimal, length: Decimal | None) -> str:
    """From a 1-based position (negative: from the end), to the end or so many characters."""
    place = whole(start, "start position")
    if place == 0 or abs(place) > len(string):
        raise NullResult("start position 超出字符串")
    begin = place - 1 if place > 0 else len(string) + place
    if length is None:
        return run.text(string[begin:])
    size = whole(length, "length")
    if size < 1:
        raise NullResult("length 应大于零")
    return run.text(string[begin : begin + size])


@builtin("string length", "string: string")
def string_length(run: Run, string: str) -> Decimal:
    """In Unicode characters."""
    return Decimal(len(string))


@builtin("upper case", "string: string")
def upper_case(run: Run, string: str) -> str:
    """All capitals."""
    return run.text(string.upper())


@builtin("lower case", "string: string")
def lower_case(run: Run, string: str) -> str:
    """No capitals."""
    return run.text(string.lower())


@builtin("substring before", "string: string", "match: string")
def substring_before(run: Run, string: str, match: str) -> str:
    """What stands before the first match; nothing if there is none."""
    place = string.find(match)
    return run.text(string[:place]) if place > 0 else ""


@builtin("substring after", "string: string", "match: string")
def substring_after(run: Run, string: str, match: str) -> str:
    """What stands behind the first match; nothing if there is none."""
    place = string.find(match)
    return run.text(string[place + len(match) :]) if place >= 0 else ""


@builtin("contains", "string: string", "match: string")
def contains(run: Run, string: str, match: str) -> bool:
    """Whether `match` stands in the string."""
    return match in string


@builtin("starts with", "string: string", "match: string")
def starts_with(run: Run, string: str, match: str) -> bool:
    """Whether the string begins so."""
    return string.startswith(match)


@builtin("ends with", "string: string", "match: string")
def ends_with(run: Run, string: str, match: str) -> bool:
    """Whether the string ends so."""
    return string.endswith(match)


@builtin("matches", "input: string", "pattern: string", "flags?: string")
def matches(run: Run, text: str, pattern: str, flags: str | None) -> bool:
    """Whether the pattern occurs."""
    return regex.compiled(pattern, flags or "").search(text, 0, run) is not None


@builtin("replace", "input: string", "pattern: string", "replacement: string", "flags?: string")
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None) -> str:
    """Every occurrence replaced; `$1` is the first group. Null if the pattern matches the empty string."""
    program = regex.compiled(pattern, flags or "")
    pieces = regex.replacement_parts(replacement, program.groups, literal="q" in (flags or ""))
    parts: list[str] = []
    last = 0
    for found in program.occurrences(text, run):
        parts.append(text[last : found[0]])
        parts.append(run.text(regex.filled(pieces, text, found, run)))
        last = found[1]
    return run.text("".join(parts) + text[last:])


@builtin("split", "string: string", "delimiter: string")
def split(run: Run, text: str, delimiter: str) -> list[str]:
    """The parts between the occurrences of a pattern."""
    parts: list[str] = []
    last = 0
    for found in regex.compiled(delimiter, "").occurrences(text, run):
        parts.append(run.text(text[last : found[0]]))
        last = found[1]
    parts.append(run.text(text[last:]))
    run.size(len(parts))
    return parts


@builtin("string join", "list: list", "delimiter?: string")
def string_join(run: Run, items: list[Value], delimiter: str | None) -> str:
    """All strings, nulls left out."""
    run.tick(len(items))
    parts = [item for item in items if item is not None]
    for part in parts:
        if type(part) is not str:
            raise NullResult(f"列表中有 {name_of(part)}，应全为字符串")
    run.weigh(sum(map(len, parts)) + len(delimiter or "") * len(parts))
    return run.text((delimiter or "").join(parts))
