"""Do calls lead to processes that exist, without calling each other in a circle or too deep?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kernel.lint.context import Context
from engine.kernel.lint.diagram import Diagram, Scope, bpmn, place, read
from engine.kernel.lint.finding import Finding, error

MAX_CALL_DEPTH: Final = 20


def check(context: Context) -> Iterator[Finding]:
    """All findings of this module. With `called` None only calls within the file are followed."""
    known = processes(context)
    for process in context.diagram.processes:
        for call in bpmn(process.element, "callActivity"):
            callee = (call.get("calledElement") or "").strip()
            if not callee or (context.called is not None and callee not in known):
                yield error(place(call), "call_unknown", f"被调用的流程“{callee}”不存在。")
        depth = _depth(process.id, known, ())
        if depth is None:
            yield error(process.id, "call_cycle", "流程直接或间接地调用自己。")
        elif depth > MAX_CALL_DEPTH:
            yield error(process.id, "too_deep", f"调用超过 {MAX_CALL_DEPTH} 层。")


def processes(context: Context) -> dict[str, Scope]:
    """All executable processes of this file and of the others, by id."""
    others = {id(root): root for root in (context.called or {}).values()}
    diagrams: list[Diagram] = [context.diagram, *(read(root) for root in others.values())]
    return {process.id: process for diagram in reversed(diagrams) for process in diagram.processes}


def callees(process: Scope) -> list[str]:
    """The ids that the calls anywhere inside a process name."""
    return [(call.get("calledElement") or "").strip() for call in bpmn(process.element, "callActivity")]


def _depth(id_: str, known: dict[str, Scope], above: tuple[str, ...]) -> int | None:
    """How deep calls go below this process; None if it stands below itself."""
    if id_ not in known or len(above) > MAX_CALL_DEPTH:
        return len(above)
    depths = []
    for callee in dict.fromkeys(callees(known[id_])):
        if callee == (above[0] if above else id_):
            return None
        if callee in (*above, id_):
            continue
        depths.append(_depth(callee, known, (*above, id_)))
    return None if None in depths else max([len(above), *(depth for depth in depths if depth is not None)])
