"""What a platform was asked under which key, and what it answered: a repeated key gets the first answer."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

N_KEPT = 20_000


@dataclass(slots=True)
class Entry:
    """A message and its answer; `n` counts how often it came."""

    body: Any
    answer: Any
    n: int = 1


@dataclass(slots=True)
class Ledger:
    """One platform's memory; the oldest is forgotten when it is full."""

    entries: OrderedDict[str, Entry] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def answer(self, key: str, body: Any, make: Callable[[], Any]) -> tuple[Entry, bool]:
        """The entry of this key and whether it is new. The caller compares the body: a key is for one message."""
        with self.lock:
            known = self.entries.get(key)
            if known is not None:
                known.n += 1
                return known, False
            entry = self.entries[key] = Entry(body, make())
            if len(self.entries) > N_KEPT:
                self.entries.popitem(last=False)
            return entry, True

    def forget(self) -> None:
        """As if nothing had ever been sent."""
        with self.lock:
            self.entries.clear()
