"""How the people of one order behave: quick or slow, yielding or objecting. Drawn by the order's place in the run, so
that every run has all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

USUAL_MINUTES, SLOWEST_MINUTES = 2_000, 60_000
LONGEST_DAYS = 500
"""Longer than a plan is valid, its extension not counted."""

ENDING, SHARE_OF_ENDS = "termination_requested", 0.6
"""Who wants to stop seldom wants to give up."""


@dataclass(slots=True)
class Mood:
    """`yes` is how often a question is answered in the affirmative, `outage` how often a platform is down, `gives`
    whether the sharing platform has anything of this customer; `focus` is the called process that the run is about, ""
    if it is about the whole; of several choices `prefers` is mostly taken."""

    yes: float
    share_of_slow: float
    outage: float
    calls_halt: float
    answers: float
    gives: bool = True
    focus: str = ""
    prefers: str = ""
    n_acts: int = 0

    def delay(self, rng: Random, *, of_customer: bool = False) -> timedelta:
        """How long a person takes: mostly hours, now and then so long that reminders and deadlines pass."""
        if of_customer and rng.random() < self.share_of_slow / 3:
            return timedelta(days=rng.randint(30, LONGEST_DAYS))
        slow = rng.random() < self.share_of_slow
        return timedelta(minutes=rng.randint(10, SLOWEST_MINUTES if slow else USUAL_MINUTES))

    def wait(self, rng: Random) -> timedelta:
        """How long a platform's answer takes: seconds, or so long that nobody waits for it."""
        return timedelta(hours=2) if rng.random() < self.outage else timedelta(seconds=5)

    def comes(self, message: str, *, at_boundary: bool) -> float:
        """The chance that a message comes by itself."""
        if not at_boundary:
            return self.answers
        return self.calls_halt * (SHARE_OF_ENDS if message == ENDING and self.focus != "order_termination" else 1)


_SMOOTH = Mood(0.95, 0.02, 0.02, 0.0, 0.95)
_USUAL = Mood(0.8, 0.08, 0.1, 0.03, 0.8)
_SLOW = Mood(0.8, 0.5, 0.3, 0.05, 0.6)
_HARD = Mood(0.5, 0.15, 0.4, 0.1, 0.7)
_HALTING = Mood(0.5, 0.2, 0.1, 0.8, 0.8)
_SILENT = Mood(0.75, 0.3, 0.5, 0.05, 0.15)
_FORSAKEN = Mood(0.45, 0.15, 0.1, 0.0, 0.1, gives=False)
"""Whose papers no platform has and nobody brings."""
_CUT_OFF = Mood(0.7, 0.3, 0.75, 0.0, 0.9)
_MIX = (_SMOOTH, _USUAL, _SLOW, _HARD, _HALTING, _SILENT)
_FOCUSED = {
    "order_suspension": (_HALTING,),
    "order_termination": (_HALTING,),
    "missing_documents": (_SILENT, _HARD, _SLOW, _FORSAKEN, _CUT_OFF),
    "overdue_escalation": (_SLOW,),
}
_PREFERRED = {"missing_documents": "COMMITMENT"}


def mood_of(number: int, focus: str) -> Mood:
    """The mood of the n-th order of a run."""
    mix = _FOCUSED.get(focus, _MIX)
    return replace(mix[number % len(mix)], focus=focus, prefers=_PREFERRED.get(focus, ""))
