"""Hides numbers of people in free text: identity and telephone numbers, and what is given as known. Pure.

A resident identity number is told from an order number of the same length by its year of birth (19.., 20..).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.domain.identifiers import mask_id, mask_phone

_GAP = r"[ \-\u00a0]?"
_RESIDENT = re.compile(rf"(?<![0-9])(?:[0-9]{_GAP}){{17}}[0-9Xx](?![0-9])")
_OLD_RESIDENT = re.compile(
    r"(?<![0-9A-Za-z])[1-9][0-9]{5}[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])[0-9]{3}(?![0-9A-Za-z])"
)
_PHONE = re.compile(rf"(?<![0-9])(?:\+?86{_GAP})?1[3-9](?:{_GAP}[0-9]){{9}}(?![0-9])")
_LANDLINE = re.compile(r"(?<![0-9])0[0-9]{2,3}[ \-]?[0-9]{7,8}(?![0-9])")
_WIDE = {ord("０") + n: str(n) for n in range(10)} | {ord("Ｘ"): "X", ord("ｘ"): "x", ord("－"): "-", ord("＋"): "+"}
_CENTURIES = ("19", "20")


@dataclass(frozen=True, slots=True)
class Redacted:
    """The text with masks in it, and how many there are."""

    text: str
    n_masked: int


def redacted(text: str, known: Iterable[tuple[str, str]] = ()) -> Redacted:
    """Without numbers of people. `known`: values that must not stand in it either, each with its mask."""
    n = 0
    for value, mask in sorted(known, key=lambda pair: -len(pair[0])):
        if len(value) > 1 and value in text:
            n += text.count(value)
            text = text.replace(value, mask)
    for pattern in (_RESIDENT, _OLD_RESIDENT, _PHONE, _LANDLINE):
        text, n = _without(pattern, text, n)
    return Redacted(text, n)


def _without(pattern: re.Pattern[str], text: str, n: int) -> tuple[str, int]:
    """Full-width digits are one character each too, so what is found in the narrow text has its place in the other."""
    kept, end = [], 0
    for found in pattern.finditer(text.translate(_WIDE)):
        number = re.sub(r"[ \-\u00a0]", "", found[0]).upper()
        if pattern is _RESIDENT and number[6:8] not in _CENTURIES:
            continue
        mask = mask_phone(number.removeprefix("+").removeprefix("86")) if pattern is _PHONE else mask_id(number)
        kept += [text[end : found.start()], mask]
        end = found.end()
        n += 1
    return "".join(kept) + text[end:], n
