"""Narrows the record of an order to what somebody looks for. An event may belong to several kinds, or to none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from engine.policy import SYSTEM
from engine.queries.orders import Entry
from web.views.recounts import EVENT
from web.views.timeline import LATE_ENTRY

_PAPERS = ("Document", "Commitment", "Promise", "Consent")
_TIME = frozenset({"TimerFired", "OrderSuspended", "PauseCapped", "OrderResumed", "CorrectionRequested",
                   "CorrectionDecided", EVENT})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to narrow it; `n` is how many events are left then."""

    name: str
    title: str
    n: int


_IS: Mapping[str, Callable[[Entry], bool]] = {
    "": lambda entry: True,
    "people": lambda entry: entry.actor != SYSTEM.id,
    "automatic": lambda entry: entry.actor == SYSTEM.id,
    "papers": lambda entry: entry.kind.startswith(_PAPERS),
    "time": lambda entry: entry.kind in _TIME,
    "late": lambda entry: abs(entry.recorded_at - entry.occurred_at) >= LATE_ENTRY,
    "trouble": lambda entry: "trouble" in entry.body or entry.kind == "CallFailed",
}


def known(name: str) -> str:
    """The name of a way to narrow it; what is none narrows nothing."""
    return name if name in _IS else ""


def only(entries: Sequence[Entry], name: str) -> list[Entry]:
    """The events of this kind."""
    return [entry for entry in entries if _IS[name](entry)]


def choices(entries: Sequence[Entry]) -> list[Choice]:
    """Those that leave anything."""
    titles = {"": gettext("全部"), "people": gettext("人工"), "automatic": gettext("自动"), "papers": gettext("资料"),
              "time": gettext("时限"), "late": gettext("补录"), "trouble": gettext("异常")}  # fmt: skip
    counted = [Choice(name, title, len(only(entries, name))) for name, title in titles.items()]
    return [each for each in counted if each.n]
