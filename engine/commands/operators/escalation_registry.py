"""The operators for late orders, by the name that diagrams use. Runs none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.commands.operators import (
    escalations_take,
    supervision_answer,
    supervision_issue,
    supervision_lapse,
    supervision_review,
    tasks_prioritise,
    tasks_reassign,
)
from engine.commands.tx import Tx
from engine.kernel.model import Json

ESCALATION: dict[str, Callable[[Tx, Mapping[str, Json]], Json]] = {
    "escalations.take": escalations_take.handle,
    "supervision.answer": supervision_answer.handle,
    "supervision.issue": supervision_issue.handle,
    "supervision.lapse": supervision_lapse.handle,
    "supervision.review": supervision_review.handle,
    "tasks.prioritise": tasks_prioritise.handle,
    "tasks.reassign": tasks_reassign.handle,
}
