"""Do the sequence flows connect what may be connected, and does every fork say how it forks?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kernel.lint.context import Context
from engine.kernel.lint.diagram import GATEWAYS, REFUSED_NODES, Flow, Node, Scope
from engine.kernel.lint.finding import Finding, error, warning
from engine.kernel.xml_door import YIKUO

MAX_FAN_OUT: Final = 50


def check(context: Context) -> Iterator[Finding]:
    """All findings of this module."""
    for scope in context.diagram.scopes:
        for flow in scope.flows:
            yield from _borders(flow, context)
        for node in scope.nodes.values():
            yield from _connections(node)
            if node.tag in GATEWAYS:
                yield from _gateway(node)
            else:
                yield from _fork_without_gateway(node)
        yield from _unreachable(scope)


def _borders(flow: Flow, context: Context) -> Iterator[Finding]:
    known = [context.diagram.find(end) for end in (flow.source, flow.target)]
    for end, node, word in zip((flow.source, flow.target), known, ("起点", "终点"), strict=True):
        if node is None:
            yield error(flow.id, "dangling_ref", f"顺序流的{word}“{end}”不存在或不是流程节点。")
    source, target = known
    if source is None or target is None:
        return
    yield from _stage(flow, target)
    if source.scope is not target.scope:
        yield error(flow.id, "cross_border", f"顺序流从“{flow.source}”跨越边界到“{flow.target}”。")
    elif source.scope is not flow.scope:
        yield error(flow.id, "flow_misplaced", "顺序流没有画在它所连接的节点那一层。")


def _stage(flow: Flow, target: Node) -> Iterator[Finding]:
    """`yikuo:stage` on a flow: only a token that waits for others at a join can hold a stage open."""
    stage = flow.element.get(f"{{{YIKUO}}}stage")
    if stage is None:
        return
    if target.tag != "parallelGateway" or len(target.incoming) < 2:
        yield error(flow.id, "stage_misplaced", f"通向“{target.id}”的顺序流不会等待，其上的 yikuo:stage 不起作用。")
    elif sum(other.source == flow.source for other in target.incoming) > 1:
        yield error(flow.id, "stage_misplaced", f"“{flow.source}”到“{target.id}”有几条顺序流，分不清从哪一条来。")
    elif not stage.strip():
        yield error(flow.id, "stage_misplaced", "顺序流上的 yikuo:stage 没有写环节编号。")


def _connections(node: Node) -> Iterator[Finding]:
    if node.tag == "startEvent" and node.incoming:
        yield error(node.id, "start_flow", "开始事件有流入线。")
    if node.tag == "endEvent":
        if node.outgoing:
            yield error(node.id, "end_flow", "结束事件有流出线。")
    elif not node.outgoing and node.tag not in ("boundaryEvent", "intermediateThrowEvent") and not node.by_event:
        yield error(node.id, "dead_end", "该节点之后没有下一步。")


def _fork_without_gateway(node: Node) -> Iterator[Finding]:
    if len(node.outgoing) > 1 and node.tag not in REFUSED_NODES:
        yield error(node.id, "implicit_split", f"该节点有 {len(node.outgoing)} 条流出线，却不是网关。")
    for flow in node.outgoing:
        if flow.condition is not None and node.tag not in REFUSED_NODES:
            yield error(flow.id, "condition_off_gateway", f"流出“{node.id}”的顺序流带有条件，而该节点不是网关。")


def _gateway(node: Node) -> Iterator[Finding]:
    if node.tag != "exclusiveGateway" and len(node.outgoing) > MAX_FAN_OUT:
        yield error(node.id, "fan_out", f"网关有 {len(node.outgoing)} 条流出线，最多 {MAX_FAN_OUT} 条。")
    if node.tag == "parallelGateway":
        for flow in node.outgoing:
            if flow.condition is not None:
                yield error(flow.id, "condition_on_parallel", f"并行网关“{node.id}”的流出线带有条件。")
    elif node.tag == "eventBasedGateway":
        yield from _race(node)
    else:
        yield from _choice(node)


def _race(node: Node) -> Iterator[Finding]:
    """An event-based gateway: the first of the events behind it takes the token."""
    if node.element.get("eventGatewayType", "Exclusive") != "Exclusive" or node.element.get("instantiate") == "true":
        yield error(node.id, "event_gateway_kind", "事件网关标为并行，或标为启动流程。")
    if len(node.outgoing) < 2:
        yield error(node.id, "event_gateway_few", f"事件网关有 {len(node.outgoing)} 条流出线。")
    for flow in node.outgoing:
        target = node.scope.nodes[flow.target]
        if flow.condition is not None:
            yield error(flow.id, "condition_on_event", f"事件网关“{node.id}”的流出线带有条件。")
        if target.tag not in ("intermediateCatchEvent", "receiveTask"):
            yield error(flow.id, "event_gateway_target", f"事件网关之后的“{target.id}”不是等待的事件。")
        elif len(target.incoming) > 1 or target.attached:
            yield error(flow.id, "event_gateway_target", f"事件网关之后的“{target.id}”另有流入线，或贴有边界事件。")


def _choice(node: Node) -> Iterator[Finding]:
    default = node.element.get("default")
    if default and default not in {flow.id for flow in node.outgoing}:
        yield error(node.id, "default_not_mine", f"默认流向“{default}”不是从该网关流出的线。")
        return
    for flow in node.outgoing:
        if flow.id == default and flow.condition is not None:
            yield error(flow.id, "condition_default", "默认流向带有条件。")
    plain = [flow.id for flow in node.outgoing if flow.condition is None and flow.id != default]
    if plain and (len(node.outgoing) > 1 or default):
        yield error(node.id, "gateway_no_condition", f"网关的流出线 {'、'.join(plain)} 没有条件，也不是默认流向。")
    always = any(flow.condition == "true" for flow in node.outgoing)
    if not plain and not default and not always and node.outgoing:
        yield warning(node.id, "gateway_no_default", "网关没有默认流向。")


def _unreachable(scope: Scope) -> Iterator[Finding]:
    """What no path from a start event leads to. A boundary event is reached with the activity that it sits on."""
    reached: set[str] = set()
    waiting = scope.tagged("startEvent")
    while waiting:
        node = waiting.pop()
        if node.id not in reached:
            reached.add(node.id)
            waiting += [scope.nodes[flow.target] for flow in node.outgoing]
            waiting += node.attached
    for node in scope.nodes.values():
        if node.id not in reached and not node.by_event:
            yield error(node.id, "unreachable", "从开始事件走不到该节点。")
