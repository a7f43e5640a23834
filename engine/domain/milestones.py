"""The few steps that a customer is shown in the place of the many that a diagram has (domain dossier 1.3). Pure.

`[[milestones]]` of a process's manifest names them: `title`, the elements that end one (`done`), and for processes that
go several ways the elements one of which must have been met for it to be shown (`shown_if`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

State = Literal["DONE", "NOW", "AHEAD"]


@dataclass(frozen=True, slots=True)
class Milestone:
    """One of them; `done_at` when it was reached."""

    title: str
    state: State
    done_at: datetime | None


def milestones(
    manifest: Mapping[str, Any], passed: Mapping[str, datetime], current: Collection[str], *, ended: bool = False
) -> list[Milestone]:
    """Where an order stands. `passed`: element -> when it was last left; what stands there again is not done.

    `ended`: whatever is not done by now is not under way either.
    """
    shown = [each for each in manifest.get("milestones", ()) if _is_shown(each, passed, current)]
    reached = [_done_at(each.get("done", ()), passed, current) for each in shown]
    n_done = next((n for n, at in enumerate(reached) if at is None), len(shown))
    return list(_states(shown, reached, n_done, ended))


def _states(
    shown: Sequence[Mapping[str, Any]], reached: Sequence[datetime | None], n_done: int, ended: bool
) -> Iterator[Milestone]:
    for n, (each, at) in enumerate(zip(shown, reached, strict=True)):
        state: State = "DONE" if n < n_done else "NOW" if n == n_done and not ended else "AHEAD"
        yield Milestone(str(each["title"]), state, at if n < n_done else None)


def _is_shown(each: Mapping[str, Any], passed: Collection[str], current: Collection[str]) -> bool:
    wanted = each.get("shown_if", ())
    return not wanted or any(element in passed or element in current for element in wanted)


def _done_at(done: Sequence[str], passed: Mapping[str, datetime], current: Collection[str]) -> datetime | None:
    found = [passed[element] for element in done if element in passed and element not in current]
    return max(found) if found else None
