"""Shows the place of a fault in an expression: what stands before it, the word or sign itself, what follows."""

from __future__ import annotations

import re
from typing import NamedTuple

_WORD = re.compile(r"[^\W\d]\w*|[\d.]+|\"[^\"]*\"?|[<>!=]=|\*\*|\.\.|\S")
_CALLED = re.compile(r"[^\W\d]\w*$")
_N_AROUND = 160
"""Characters shown on either side; a long cell need not be read through."""


class Marked(NamedTuple):
    """The three parts of an expression."""

    before: str
    at: str
    after: str


def marked(source: str, position: int) -> Marked:
    """The parts of `source` round the fault at `position`, which counts as the parser does: blanks and a `=` that some
    modelers write at the beginning are not there. Of a call the name is marked, of a path the part."""
    text = source.strip().removeprefix("=")
    place = min(max(position, 0), len(text))
    found = _WORD.match(text, place)
    end = found.end() if found else min(place + 1, len(text))
    if text[place:end] == "(" and (called := _CALLED.search(text[:place])):
        place, end = called.span()
    elif text[place:end] == "." and (name := _WORD.match(text, end)):
        end = name.end()
    before, after = text[:place], text[end:]
    if len(before) > _N_AROUND:
        before = "…" + before[-_N_AROUND:]
    if len(after) > _N_AROUND:
        after = after[:_N_AROUND] + "…"
    return Marked(before, text[place:end], after)
