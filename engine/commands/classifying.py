"""Asks the decision table `classification`; the record says how it was answered. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.domain.classification import DECISION, Classification, classified
from engine.kernel.decided import decided, decided_json
from engine.world import Version


def classify(tables: Version, inputs: Mapping[str, Any]) -> tuple[Classification, list[dict[str, Any]]]:
    """The category and process, and what the record says of the decision. Raises Invalid when the table gives none."""
    model = next(model for model in tables.models.values() if DECISION in model.decisions)
    outcome = model.decide(DECISION, dict(inputs))
    found = classified(outcome.value, "；".join(note.reason for note in outcome.notes[:3]))
    return found, [decided_json(each, tables.label) for each in decided(model, outcome.taken)]
