"""Decisions and incidents as the pages show them: by which step, and where in which expression the fault is. Judges
nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from engine.kernel.marked import Marked, marked
from engine.queries import explanations
from engine.queries.explanations import Explained
from engine.queries.view import View
from web.presentation import stage_name
from web.views.timeline import TITLES


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why something is null: the reason, and the expression in three parts with the fault in the middle."""

    reason: str
    position: int
    marks: Marked | None


@dataclass(frozen=True, slots=True)
class DecisionShown:
    """A decision with the step that took it and why parts of it are null."""

    what: Explained
    step: str
    notes: tuple[Diagnosis, ...]

    @property
    def anchor(self) -> str:
        """Where it stands on the page of its order."""
        return f"decision-{self.what.seq}-{self.what.number}"

    @property
    def rules(self) -> str:
        """The numbers of the rules that matched."""
        return "、".join(map(str, self.what.told.get("rules", ())))

    @property
    def version(self) -> str:
        """The version that held its table, as people name it."""
        label = self.what.told.get("from")
        return f"{label['title']} v{label['version']}" if label else ""

    @property
    def result(self) -> tuple[tuple[str, Any], ...]:
        """What was decided, by the labels of the output columns where one row tells it."""
        own = self.what.own
        if own is not None and len(own.rows) == 1 and all(cell.is_known for cell in own.rows[0].outputs):
            given = tuple((cell.label, cell.value) for cell in own.rows[0].outputs if cell.value != "")
            return given if len(own.rows[0].outputs) > 1 else (("", self.what.told["output"]),)
        return (("", self.what.told["output"]),)

    @property
    def other_inputs(self) -> dict[str, Any]:
        """Inputs that stand beside no condition of its rows."""
        rows = self.what.own.rows if self.what.own is not None else ()
        shown = {cell.name for row in rows for cell in row.conditions}
        return {name: value for name, value in self.what.told["inputs"].items() if name not in shown}

    @property
    def is_missed(self) -> bool:
        """Has a table of its own and no rule of it matched?"""
        return self.what.own is not None and not self.what.own.rows


def shown_decisions(found: Iterable[Explained], elements: Mapping[str, str]) -> list[DecisionShown]:
    """`elements`: element id -> name."""
    return [shown_decision(each, elements) for each in found]


def shown_decision(found: Explained, elements: Mapping[str, str]) -> DecisionShown:
    """One decision of a record."""
    return DecisionShown(found, _step(found, elements), diagnoses(found.told.get("notes", ())))


def diagnoses(notes: Iterable[Mapping[str, Any]]) -> tuple[Diagnosis, ...]:
    """Notes with their expression taken apart; those of one place stand together."""
    places: dict[tuple[str, int, str], list[str]] = {}
    for note in notes:
        alone = "" if note["source"] else note["reason"]
        places.setdefault((note["source"], note["position"], alone), []).append(note["reason"])
    return tuple(
        Diagnosis("；".join(why), position, marked(source, position) if source else None)
        for (source, position, _), why in places.items()
    )


def reasons(view: View, incident: Mapping[str, Any], elements: Mapping[str, str]) -> dict[str, Any]:
    """What is known of an incident beyond its message; the notes of its decisions stand with the incident."""
    detail = incident["detail"] or {}
    taken = [explanations.explain(view, {**told, "notes": ()}) for told in detail.get("decisions", ())]
    return {"diagnoses": diagnoses(detail.get("notes", ())), "taken": shown_decisions(taken, elements)}


def _step(found: Explained, elements: Mapping[str, str]) -> str:
    told = found.told
    if told.get("stage"):
        return gettext("核定时限：%(stage)s", stage=stage_name(told["stage"]))
    element = str(told.get("element", ""))
    return elements.get(element, element) or str(TITLES.get(found.event, found.event))
