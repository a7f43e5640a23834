"""Does all that waits for people (tasks, messages with a form) lie in exactly one named lane, so that it has a role?"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.kernel.lint.context import Context
from engine.kernel.lint.diagram import USER, Node, Scope, bpmn
from engine.kernel.lint.finding import Finding, error
from engine.kernel.xml_door import YIKUO


def check(context: Context) -> Iterator[Finding]:
    """All findings of this module."""
    for process in context.diagram.processes:
        lanes = list(bpmn(process.element, "lane"))
        homes = _homes(lanes)
        for id_, found in homes.items():
            if len(found) > 1:
                yield error(id_, "lane_twice", f"节点同时属于泳道 {'、'.join(map(_name, found))}。")
        if not lanes and not context.lanes:
            continue
        for node in context.diagram.nodes():
            if _is_for_person(node) and _process_of(node.scope) is process:
                yield from _role(context, node, homes)


def _is_for_person(node: Node) -> bool:
    return node.tag in USER or (node.awaits_message and node.element.get(f"{{{YIKUO}}}form") is not None)


def _homes(lanes: list[etree._Element]) -> dict[str, list[etree._Element]]:
    """Node id -> its lanes, innermost ones only."""
    homes: dict[str, list[etree._Element]] = {}
    for lane in lanes:
        for ref in bpmn(lane, "flowNodeRef"):
            if ref.getparent() is lane:
                homes.setdefault((ref.text or "").strip(), []).append(lane)
    return {id_: [lane for lane in found if not _holds_other(lane, found)] for id_, found in homes.items()}


def _holds_other(lane: etree._Element, found: list[etree._Element]) -> bool:
    return any(other is not lane and lane in other.iterancestors() for other in found)


def _role(context: Context, node: Node, homes: dict[str, list[etree._Element]]) -> Iterator[Finding]:
    lane = _lane_of(node, homes)
    if lane is None:
        yield error(node.id, "lane_missing", "不在任何泳道中，不知道由谁办理。")
    elif not _name(lane):
        yield error(node.id, "lane_name", f"所在的泳道“{lane.get('id') or ''}”没有名称。")
    elif context.lanes is not None and _name(lane) not in context.lanes:
        yield error(node.id, "lane_unknown", f"泳道“{_name(lane)}”没有对应的角色。")


def _lane_of(node: Node, homes: dict[str, list[etree._Element]]) -> etree._Element | None:
    """Its own lane, or that of the sub-process around it."""
    if found := homes.get(node.id):
        return found[0]
    scope: Scope | None = node.scope
    while scope is not None:
        if found := homes.get(scope.id):
            return found[0]
        scope = scope.parent
    return None


def _process_of(scope: Scope) -> Scope:
    while scope.parent is not None:
        scope = scope.parent
    return scope


def _name(lane: etree._Element) -> str:
    return (lane.get("name") or "").strip()
