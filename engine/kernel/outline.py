"""Where the process of a diagram begins and ends, apart from what is drawn inside its sub-processes. Reads XML only."""

from __future__ import annotations

from dataclasses import dataclass

from engine.kernel.elements import BPMN
from engine.kernel.xml_door import open_xml


@dataclass(frozen=True, slots=True)
class Outline:
    """Ids of the start and end events that stand in the process itself."""

    starts: frozenset[str]
    ends: frozenset[str]


def outline(diagram: bytes, name: str) -> Outline:
    """Of the first process of a loaded diagram."""
    root = open_xml(diagram, name)
    starts, ends = (
        frozenset(node.get("id", "") for node in root.iterfind(f"{{{BPMN}}}process[1]/{{{BPMN}}}{tag}"))
        for tag in ("startEvent", "endEvent")
    )
    return Outline(starts, ends)
