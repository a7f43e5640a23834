"""What stands beside a task's form: what the law wants of its stage, the papers, the customer's other orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.domain.clocks import TOTAL
from engine.queries import clock_page, desk, documents
from engine.queries.clock_page import ClockLine
from engine.queries.documents import Line, PapersPage
from engine.queries.view import View
from engine.store.desk import CommentRow
from web.accounts import actor
from web.views.shown import holders


@dataclass(frozen=True, slots=True)
class Around:
    """Other orders, and what colleagues wrote; `people` are the names of those who wrote."""

    related: list[desk.Related]
    comments: list[CommentRow]
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Beside:
    """`clocks` of the task's stage and of the whole; `gates` the papers without which the stage is closed."""

    clocks: list[ClockLine]
    gates: list[Line]
    papers: PapersPage


def around_of(view: View, order_no: str) -> Around:
    """Read it in the same view as the rest of the page."""
    comments = desk.comments(view, actor(), order_no)
    people = holders(view, (each.written_by for each in comments))
    return Around(desk.related(view, actor(), order_no), comments, people)


def beside_of(view: View, order_no: str, stage: str) -> Beside:
    """Read it in the same view as the rest of the page."""
    papers = documents.of_order(view, actor(), order_no)
    lines = clock_page.of_order(view, actor(), order_no).clocks
    return Beside(
        clocks=[line for line in lines if line.row["stage"] in (stage, TOTAL)],
        gates=[line for line in papers.lines if stage and line.gate == stage and line.state in ("OPEN", "PROMISED")],
        papers=papers,
    )
