"""What an order's page says of its papers, its letters, its stops and what may be registered. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.queries import commitments, corrections, documents, holds, messages, outside
from engine.queries.orders import OrderPage
from engine.queries.view import View
from web.accounts import actor
from web.views.shown import holders

SHARING = "sharing"


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything of it, and the names of the people in it."""

    papers: documents.PapersPage
    letters: list[commitments.CommitmentPage]
    holds: holds.HoldsPage
    awaited: list[messages.AwaitedLine]
    outages: tuple[outside.PlatformOutage, ...]
    finished: list[Any]
    corrections: Mapping[str, list[dict[str, Any]]]
    """Of each finished task, by its id."""
    people: Mapping[str, str]
    stopped_clocks: list[dict[str, Any]]
    running_clocks: list[dict[str, Any]]


def standing_of(view: View, order_no: str, page: OrderPage) -> Standing:
    """Read it in the same view as the rest of the page."""
    stops = holds.of_order(view, actor(), order_no)
    letters = commitments.of_order(view, actor(), order_no)
    logins = [login for line in stops.lines for login in (line.requested_by, line.decided_by)]
    logins += [each.commitment.received_by for each in letters]
    made: dict[str, list[dict[str, Any]]] = {}
    for row in corrections.of_order(view, actor(), order_no):
        made.setdefault(row["task_id"], []).append(row)
        logins += [row["requested_by"], row["decided_by"]]
    return Standing(
        papers=documents.of_order(view, actor(), order_no),
        letters=letters,
        holds=stops,
        awaited=messages.of_order(view, actor(), order_no),
        outages=outages_of(view),
        finished=[task for task in page.tasks if task.state == "DONE"],
        corrections=made,
        people=holders(view, logins),
        stopped_clocks=[clock for clock in page.clocks if clock["paused_since"]],
        running_clocks=[clock for clock in page.clocks if clock["running_since"] and not clock["paused_since"]],
    )


def outages_of(view: View) -> tuple[outside.PlatformOutage, ...]:
    """Platforms that do not answer, the sharing platform first: on it hangs what a clerk may ask for."""
    return tuple(sorted(outside.outages(view), key=lambda outage: outage.platform != SHARING))
