"""Reads FEEL types (`list<number>`, `function<date> -> string`) at a cursor; judges no value."""

from __future__ import annotations

from engine.kernel.feel.cursor import KEYWORDS, Cursor
from engine.kernel.feel.types import Kind

_LONG = (
    ("days", "and", "time", "duration"),
    ("years", "and", "months", "duration"),
    ("date", "and", "time"),
)


def parse_type(cursor: Cursor) -> Kind:
    """The type that begins here."""
    with cursor.nested():
        name = _type_name(cursor)
        if name in ("list", "range") and cursor.accept("<"):
            part = parse_type(cursor)
            cursor.expect(">")
            return Kind(name, (part,))
        if name == "context" and cursor.accept("<"):
            return _context_type(cursor)
        if name == "function" and cursor.accept("<"):
            return _function_type(cursor)
        return Kind(name)


def _type_name(cursor: Cursor) -> str:
    for words in _LONG:
        if all(cursor.ahead(index).text == word for index, word in enumerate(words)):
            cursor.at += len(words)
            return " ".join(words)
    if cursor.accept("function"):
        return "function"
    if cursor.accept("null"):
        return "Null"
    parts: list[str] = []
    while cursor.token.kind in ("name", "num") and cursor.token.text not in KEYWORDS:
        parts.append(cursor.take().text)
        if cursor.sees(".") and cursor.ahead().kind == "name":
            parts[-1] += "." + cursor.ahead().text
            cursor.at += 2
    if not parts:
        cursor.fail(f"此处应为类型，实为{cursor.shown()}")
    return " ".join(parts)


def _context_type(cursor: Cursor) -> Kind:
    keys: list[str] = []
    parts: list[Kind] = []
    while not cursor.accept(">"):
        if keys:
            cursor.expect(",")
        keys.append(cursor.take_key((":",)))
        cursor.expect(":")
        parts.append(parse_type(cursor))
    return Kind("context", tuple(parts), tuple(keys))


def _function_type(cursor: Cursor) -> Kind:
    parts: list[Kind] = []
    while not cursor.accept(">"):
        if parts:
            cursor.expect(",")
        parts.append(parse_type(cursor))
    cursor.expect("->")
    return Kind("function", tuple(parts), result=parse_type(cursor))
