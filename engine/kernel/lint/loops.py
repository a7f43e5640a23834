"""Finds loops in which nothing ever waits: once entered, the engine would run them in one step, perhaps for ever."""

from __future__ import annotations

from collections.abc import Iterator

from engine.kernel.lint.calls import processes
from engine.kernel.lint.context import Context
from engine.kernel.lint.diagram import USER, Node, Scope
from engine.kernel.lint.finding import Finding, error
from engine.kernel.lint.many import is_many

_WAIT = USER | {"receiveTask", "serviceTask", "intermediateCatchEvent", "boundaryEvent"}


def check(context: Context) -> Iterator[Finding]:
    """One error per scope that holds such a loop."""
    known = processes(context)
    for scope in context.diagram.scopes:
        loop = _loop(scope, known)
        if loop:
            yield error(loop[0], "engine_loop", f"循环 {'、'.join(loop[:6])} 中没有等待的节点，引擎会不停地空转。")


def _loop(scope: Scope, known: dict[str, Scope]) -> list[str]:
    """What remains of the nodes that do not wait when everything without a predecessor or successor is peeled off."""
    rest = {node.id: node for node in scope.nodes.values() if not _waits(node, known, frozenset())}
    while True:
        leaves = [id_ for id_, node in rest.items() if not _inside(node, rest)]
        if not leaves:
            return list(rest)
        for id_ in leaves:
            del rest[id_]


def _inside(node: Node, rest: dict[str, Node]) -> bool:
    return any(flow.target in rest for flow in node.outgoing) and any(flow.source in rest for flow in node.incoming)


def _waits(node: Node, known: dict[str, Scope], above: frozenset[str]) -> bool:
    """Whether every way through the node waits for a person, the outside or the time."""
    if is_many(node):
        return False  # an empty list is passed at once
    if node.tag in _WAIT:
        return True
    if node.tag == "subProcess" and node.inner is not None:
        return not _has_way_without_wait(node.inner, known, above)
    if node.tag == "callActivity":
        callee = (node.element.get("calledElement") or "").strip()
        if callee not in known or callee in above:
            return callee not in above
        return not _has_way_without_wait(known[callee], known, above | {callee})
    return False


def _has_way_without_wait(scope: Scope, known: dict[str, Scope], above: frozenset[str]) -> bool:
    waiting = scope.tagged("startEvent")
    seen: set[str] = set()
    while waiting:
        node = waiting.pop()
        if node.id in seen or _waits(node, known, above):
            continue
        if node.tag == "endEvent":
            return True
        seen.add(node.id)
        waiting += [scope.nodes[flow.target] for flow in node.outgoing]
    return False
