"""Is there a process, of bearable size, with ids that are unique and references that lead somewhere?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from lxml import etree

from engine.kernel.lint.context import Context
from engine.kernel.lint.diagram import FLOW_NODES, Scope, bpmn, local, place
from engine.kernel.lint.finding import Finding, error, warning
from engine.kernel.repair import is_usable_id
from engine.kernel.xml_door import BPMN, BPMNDI

MAX_NODES: Final = 400
MAX_NESTING: Final = 20
_ACROSS: Final = FLOW_NODES | {"process", "sequenceFlow"}


def check(context: Context) -> Iterator[Finding]:
    """All findings of this module."""
    if context.diagram.root.tag != f"{{{BPMN}}}definitions":
        yield error("definitions", "not_bpmn", "文件不是 BPMN 2.0 模型。")
        return
    if not context.diagram.processes:
        yield error("definitions", "no_process", "文件中没有可执行的流程。")
    yield from _idle(context)
    yield from _sizes(context)
    yield from _ids(context)
    yield from _references(context)
    for scope in context.diagram.scopes:
        yield from _ends(scope)
    yield from _bounds(context.diagram.root)


def _idle(context: Context) -> Iterator[Finding]:
    for process in context.diagram.idle:
        yield warning(place(process), "process_idle", "该流程不可执行，不会运行。")
    for flow in bpmn(context.diagram.root, "messageFlow"):
        yield warning(place(flow), "message_pools", "泳池之间的消息流不会执行。")


def _sizes(context: Context) -> Iterator[Finding]:
    for process in context.diagram.processes:
        n_nodes = sum(1 for node in bpmn(process.element) if local(node) in FLOW_NODES)
        if n_nodes > MAX_NODES:
            yield error(process.id, "too_many_nodes", f"流程有 {n_nodes} 个节点，最多 {MAX_NODES} 个。")
    for scope in context.diagram.scopes:
        if scope.depth == MAX_NESTING + 1:
            yield error(scope.id, "too_deep", f"子流程嵌套超过 {MAX_NESTING} 层。")


def _ids(context: Context) -> Iterator[Finding]:
    """SpiffWorkflow keys sub-processes of all loaded files by id, we flows: both must be unique across files too."""
    root = context.diagram.root
    counted = Counter(node.get("id") for node in bpmn(root))
    for id_, number in counted.items():
        if id_ is not None and number > 1:
            yield error(id_, "id_duplicate", f"编号在文件中出现 {number} 次。")
    for process in context.diagram.processes:
        if not is_usable_id(process.id):
            yield error(process.id, "process_id_bad", f"流程编号“{process.id}”不可用。")
    theirs = {
        inner.get("id")
        for other in {id(other): other for other in (context.called or {}).values()}.values()
        if other is not root
        for inner in bpmn(other)
        if local(inner) in _ACROSS
    }
    mine = [
        id_ for scope in context.diagram.scopes for id_ in (scope.id, *scope.nodes, *(flow.id for flow in scope.flows))
    ]
    for id_ in dict.fromkeys(mine):
        if id_ in theirs:
            yield error(id_, "id_duplicate", "编号在流程包的另一个文件中也有。")


def _references(context: Context) -> Iterator[Finding]:
    """References that drawing tools leave behind. Flows and lanes are judged where they are explained better."""
    ids = {node.get("id") for node in bpmn(context.diagram.root)}
    for process in context.diagram.processes:
        for node in bpmn(process.element, "incoming", "outgoing", "flowNodeRef"):
            text = (node.text or "").strip()
            if text not in ids:
                yield error(place(node), "dangling_ref", f"{local(node)} 指向不存在的“{text}”。")
        for node in bpmn(process.element, "dataObjectReference"):
            if node.get("dataObjectRef") not in ids:
                yield error(place(node), "dangling_ref", f"数据对象“{node.get('dataObjectRef') or ''}”不存在。")


def _ends(scope: Scope) -> Iterator[Finding]:
    name = "子流程" if scope.parent else "流程"
    n_starts = len(scope.tagged("startEvent"))
    if n_starts != 1:
        yield error(scope.id, "start_count", f"{name}有 {n_starts} 个开始事件。")
    if not scope.tagged("endEvent"):
        yield error(scope.id, "no_end", f"{name}没有结束事件。")


def _bounds(root: etree._Element) -> Iterator[Finding]:
    """SpiffWorkflow orders branches by the drawing's coordinates and stumbles over what is no number."""
    for shape in root.iter(f"{{{BPMNDI}}}BPMNShape"):
        for bounds in shape:
            if etree.QName(bounds).localname == "Bounds" and not all(_is_number(bounds.get(key)) for key in "xy"):
                yield error(shape.get("bpmnElement") or place(shape), "di_bounds", "图形的坐标不是数字。")


def _is_number(text: str | None) -> bool:
    try:
        return abs(float(text or "")) < 1e9
    except ValueError:
        return False
