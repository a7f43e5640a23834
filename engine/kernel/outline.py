"""Where the process of a diagram begins and ends, and what lies ahead of a place in it. Reads XML only."""

from __future__ import annotations

from collections.abc import Collection
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


def ahead(diagram: bytes, name: str, standing: Collection[str]) -> frozenset[str]:
    """Ids of what may still be reached along the flows from the elements `standing`, without these; into sub-processes,
    but not by what waits on a boundary: that is not the way."""
    root = open_xml(diagram, name)
    flows: dict[str, list[str]] = {}
    for flow in root.iter(f"{{{BPMN}}}sequenceFlow"):
        flows.setdefault(flow.get("sourceRef", ""), []).append(flow.get("targetRef", ""))
    for event in root.iter(f"{{{BPMN}}}boundaryEvent"):
        flows.pop(event.get("id", ""), None)
    inside = {
        each.get("id", ""): [start.get("id", "") for start in each.iterfind(f"{{{BPMN}}}startEvent")]
        for each in root.iter(f"{{{BPMN}}}subProcess")
    }
    found: set[str] = set()
    todo = [target for source in standing for target in flows.get(source, ())]
    while todo:
        here = todo.pop()
        if here not in found:
            found.add(here)
            todo += [*flows.get(here, ()), *inside.get(here, ())]
    return frozenset(found.difference(standing))
