"""Is every element inside a process one that has an effect here, or none at all? What would be dropped is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from engine.kernel.lint.context import Context
from engine.kernel.lint.diagram import FLOW_NODES, REFUSED_NODES, SCOPES, local, place
from engine.kernel.lint.finding import Finding, error, warning
from engine.kernel.repair import BOOLEANS
from engine.kernel.xml_door import BPMN, CAMUNDA, SPIFF, YIKUO, ZEEBE

_DRAWN: Final = frozenset(
    {"laneSet", "childLaneSet", "lane", "partitionElement", "flowNodeRef", "incoming", "outgoing", "sequenceFlow"}
    | {
        "documentation",
        "textAnnotation",
        "text",
        "association",
        "group",
        "dataObject",
        "dataObjectReference",
        "dataState",
    }
    | {"conditionExpression", "script", "timeDate", "timeDuration", "timeCycle", "auditing", "monitoring", "property"}
    | {"eventDefinitionRef", "extensionElements", "supports"}
)
_HOMES: Final = {
    **dict.fromkeys(FLOW_NODES | {"sequenceFlow", "laneSet"}, frozenset({"process", "subProcess"})),
    "conditionExpression": frozenset({"sequenceFlow"}),
    "script": frozenset({"scriptTask"}),
    "timeDate": frozenset({"timerEventDefinition"}),
    "timeDuration": frozenset({"timerEventDefinition"}),
    "timeCycle": frozenset({"timerEventDefinition"}),
    "lane": frozenset({"laneSet", "childLaneSet"}),
    "flowNodeRef": frozenset({"lane"}),
}
_INSTEAD: Final = {
    "transaction": ("事务子流程", "请画成普通子流程，失败时用排他网关引到补救步骤。"),
    "adHocSubProcess": ("临时子流程", "请画成普通子流程，用并行网关表示可以任意先后的步骤。"),
    "complexGateway": ("复杂网关", "请用排他、并行或包容网关组合表达。"),
    "sendTask": ("发送任务", "请改用服务任务（如算子 notify.send）。"),
    "implicitThrowEvent": ("抛出事件", "请改画为普通任务。"),
    "dataStoreReference": ("数据存储", "请删去，或用数据对象作图示；取数请用服务任务。"),
    "dataStore": ("数据存储", "请删去，或用数据对象作图示；取数请用服务任务。"),
    "dataInputAssociation": ("数据输入关联", "数据对象只作图示，请删去关联线；变量在整个流程中可用。"),
    "dataOutputAssociation": ("数据输出关联", "数据对象只作图示，请删去关联线；变量在整个流程中可用。"),
    "ioSpecification": ("输入输出规格", "请删去；调用活动的数据用 yikuo:input 和 yikuo:output 传递。"),
    "resourceRole": ("资源分派", "请用泳道决定由谁办理。"),
    "potentialOwner": ("资源分派", "请用泳道决定由谁办理。"),
    "humanPerformer": ("资源分派", "请用泳道决定由谁办理。"),
    "performer": ("资源分派", "请用泳道决定由谁办理。"),
}
_SPIFF_READ: Final = frozenset({"calledDecisionId", "serviceTaskOperator"})
_YIKUO_READ: Final = frozenset(
    {"form", "stage", "result", "rule", "priority", "clock", "role", "evidence", "input", "output"}
)
_MAPPED: Final = frozenset({f"{{{CAMUNDA}}}decisionRef", f"{{{ZEEBE}}}calledDecision"})
_ACTS: Final = frozenset(
    {"preScript", "postScript", "executionListener", "executionListeners", "taskListener", "taskListeners"}
    | {"inputOutput", "ioMapping", "connector", "script", "onEntry-script", "onExit-script"}
)


def check(context: Context) -> Iterator[Finding]:
    """All findings of this module."""
    for process in context.diagram.processes:
        yield from _walk(process.element)


def _walk(element: etree._Element) -> Iterator[Finding]:
    """A refused element is named once; what it contains is not looked at again."""
    yield from _marks(element)
    for inner in element:
        tag = local(inner)
        if tag == "extensionElements":
            for extension in inner:
                yield from _extension(element, extension)
        elif tag in REFUSED_NODES or tag in _INSTEAD:
            word, hint = _INSTEAD.get(tag, (tag, ""))
            yield error(place(inner), "unsupported_element", f"{word}不能按图执行。", hint)
        elif tag == "standardLoopCharacteristics":
            yield error(place(element), "loop", "循环标记不能按图执行。")
        elif tag == "multiInstanceLoopCharacteristics":
            continue  # judged in `many`
        elif etree.QName(inner).namespace != BPMN:
            yield error(place(inner), "foreign_element", f"“{etree.QName(inner).localname}”不是 BPMN 元素，会被忽略。")
        elif not _at_home(tag, local(element)):
            yield error(place(inner), "misplaced_element", f"元素 {tag} 不能放在 {local(element)} 中，会被忽略。")
        elif tag.endswith("EventDefinition") or tag in FLOW_NODES or tag in _DRAWN:
            yield from _walk(inner)
        else:
            yield error(place(inner), "unsupported_element", f"元素 {tag} 不能按图执行。")


def _at_home(tag: str, parent: str) -> bool:
    if tag.endswith("EventDefinition"):
        return parent.endswith("Event")
    return tag not in _HOMES or parent in _HOMES[tag]


def _marks(element: etree._Element) -> Iterator[Finding]:
    """Attributes that would change what happens."""
    if element.get("isForCompensation") == "true":
        yield error(place(element), "activity_compensation", "该活动标为补偿处理，永远不会执行。")
    for name in BOOLEANS:
        if element.get(name, "true") not in ("true", "false"):
            yield error(
                place(element), "boolean_bad", f"属性 {name} 的值“{element.get(name, '')[:40]}”不是 true 或 false。"
            )
    for quantity in ("startQuantity", "completionQuantity"):
        if element.get(quantity, "1").strip() != "1":
            yield error(place(element), "quantity", f"{quantity} 不为 1，会被忽略。")
    if local(element) not in FLOW_NODES | SCOPES | {"sequenceFlow"}:
        return
    for key in element.attrib:
        mark = etree.QName(str(key))
        known = mark.namespace is None or mark.namespace in (BPMN, YIKUO) or "XMLSchema" in mark.namespace
        if mark.namespace == YIKUO and mark.localname not in _YIKUO_READ:
            yield warning(place(element), "yikuo_unknown", f"属性 yikuo:{mark.localname} 不认识，会被忽略。")
        elif not known and str(key) not in _MAPPED:
            yield warning(place(element), "vendor_ignored", f"扩展属性 {mark.localname} 会被忽略。")


def _extension(owner: etree._Element, extension: etree._Element) -> Iterator[Finding]:
    name = etree.QName(extension)
    if name.localname in _ACTS:
        yield error(place(owner), "extension_refused", f"扩展 {name.localname} 会改变执行过程，不予执行。")
    elif name.namespace == SPIFF and name.localname not in _SPIFF_READ:
        yield warning(place(owner), "vendor_ignored", f"扩展 spiffworkflow:{name.localname} 会被忽略。")
    elif name.namespace == YIKUO and name.localname not in _YIKUO_READ:
        yield warning(place(owner), "yikuo_unknown", f"扩展 yikuo:{name.localname} 不认识，会被忽略。")
    elif name.namespace not in (SPIFF, YIKUO) and str(extension.tag) not in _MAPPED:
        yield warning(place(owner), "vendor_ignored", f"扩展 {name.localname} 会被忽略。")
