"""Chance that is none: the same subject always gets the same lot, in every process and on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

SEED = "yikuo sandbox 1"


def lot(*parts: object) -> int:
    """A number of 64 bits that depends on these parts only."""
    text = "|".join((SEED, *map(str, parts)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def draw(shares: Mapping[str, int], *parts: object) -> str:
    """One of the names, as often as its share of the whole says."""
    left = lot(*parts) % sum(shares.values())
    for name, share in shares.items():
        left -= share
        if left < 0:
            return name
    raise AssertionError("shares must be positive")
