"""Is every event one of the kinds that SpiffWorkflow and we together get right?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.kernel.lint.context import Context
from engine.kernel.lint.diagram import Node, bpmn, child, local, place
from engine.kernel.lint.finding import Finding, error

_KINDS: Final[Mapping[str, frozenset[str]]] = {
    "endEvent": frozenset({"terminateEventDefinition"}),
    "intermediateCatchEvent": frozenset({"timerEventDefinition", "messageEventDefinition"}),
    "boundaryEvent": frozenset({"timerEventDefinition", "messageEventDefinition"}),
}
_HOSTS: Final = frozenset({"userTask", "manualTask", "receiveTask", "serviceTask", "subProcess", "callActivity"})
_WORDS: Final = {
    "signal": "信号",
    "error": "错误",
    "escalation": "升级",
    "conditional": "条件",
    "link": "链接",
    "compensate": "补偿",
    "cancel": "取消",
    "message": "消息",
    "timer": "定时器",
    "terminate": "终止",
}
_INSTEAD: Final = {
    "link": "请用顺序流直接连接两处。",
    "compensate": "请把补救步骤画成普通任务，用网关引到那里。",
    "signal": "请用并行网关或消息捕获事件表达先后关系。",
    "error": "请让服务任务返回结果，再用排他网关按结果分支。",
    "escalation": "请用非中断的边界定时器引到升级任务。",
    "conditional": "请用排他网关判断，或用定时器定期返回判断。",
    "message": "要发通知请用服务任务（如算子 notify.send）。",
}


def check(context: Context) -> Iterator[Finding]:
    """All findings of this module."""
    for node in context.diagram.nodes():
        if node.tag.endswith("Event"):
            yield from _event(node)
        if node.tag == "boundaryEvent":
            yield from _boundary(node)
        if node.by_event:
            yield error(node.id, "event_subprocess", "事件子流程不能按图执行。")
    for node in context.diagram.nodes():
        yield from _message(node, context)


def _event(node: Node) -> Iterator[Finding]:
    for ref in node.element:
        if local(ref) == "eventDefinitionRef":
            yield error(node.id, "event_kind", "事件引用了别处的触发条件，引用会被忽略。", "请把触发条件画在事件本身。")
    definitions = node.definitions()
    if len(definitions) > 1:
        yield error(node.id, "event_many", f"事件有 {len(definitions)} 个触发条件。")
        return
    kinds = [local(found) for found in definitions]
    if node.tag == "startEvent":
        if kinds:
            yield error(node.id, "start_kind", f"开始事件的类型是{_word(kinds[0])}。")
    elif node.tag == "intermediateThrowEvent":
        what, hint = (_word(kinds[0]) + "抛出", _instead(kinds[0])) if kinds else ("无类型的中间", "请改画为普通任务。")
        yield error(node.id, "event_kind", f"{what}事件不能按图执行。", hint)
    elif kinds and kinds[0] not in _KINDS[node.tag]:
        yield error(node.id, "event_kind", f"{_word(kinds[0])}事件用在此处不能按图执行。", _instead(kinds[0]))
    elif not kinds and node.tag != "endEvent":
        yield error(node.id, "event_kind", "事件没有触发条件。", "请选定为定时器或消息。")


def _word(definition: str) -> str:
    return _WORDS.get(definition.removesuffix("EventDefinition"), definition)


def _instead(definition: str) -> str:
    return _INSTEAD.get(definition.removesuffix("EventDefinition"), "")


def _boundary(node: Node) -> Iterator[Finding]:
    host = node.scope.nodes.get(node.element.get("attachedToRef") or "")
    if host is None or host.tag not in _HOSTS:
        what = host.tag if host else node.element.get("attachedToRef") or ""
        yield error(node.id, "boundary_host", f"边界事件不能贴在“{what}”上。")
    if node.incoming or not node.outgoing:
        yield error(node.id, "boundary_flow", "边界事件有流入线，或者没有流出线。")


def _message(node: Node, context: Context) -> Iterator[Finding]:
    definition = child(node.element, "messageEventDefinition")
    if node.tag == "receiveTask":
        ref = node.element.get("messageRef")
    elif definition is not None and node.tag in ("intermediateCatchEvent", "boundaryEvent"):
        ref = definition.get("messageRef")
    else:
        return
    names = {
        message.get("id"): (message.get("name") or "").strip() for message in bpmn(context.diagram.root, "message")
    }
    if not names.get(ref):
        yield error(place(node.element), "message_missing", f"消息“{ref or ''}”不存在或没有名称。")
