"""Mends in the tree what SpiffWorkflow would silently lose or mistake, without changing what the author meant.

It never decides a question of meaning: what is ambiguous (duplicate ids, two plain flows) is left for lint to refuse.
The outcome depends on the document alone, so that the same file always gets the same ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from engine.kernel.xml_door import BPMN, CAMUNDA, SPIFF, ZEEBE

BOOLEANS: Final = (
    *("isExecutable", "triggeredByEvent", "cancelActivity", "isInterrupting", "isForCompensation", "isSequential"),
    *("parallelMultiple", "instantiate", "isClosed"),
)
_NEEDS_ID = re.compile(
    r"\w*(?:[tT]ask|Event|Gateway|EventDefinition|[pP]rocess|[lL]aneSet|Flow|[sS]ubProcess)|transaction|callActivity|lane"
    r"|participant|collaboration|message|signal|error|escalation|data\w+|textAnnotation|association"
)
QNAMES: Final = (
    *("messageRef", "signalRef", "errorRef", "escalationRef", "processRef", "calledElement", "bpmnElement"),
    *("dataStoreRef", "itemSubjectRef", "activityRef"),
)
_RESERVED = frozenset({"Start", "End", "Root", "StartEventSplit", "StartEventJoin"})
_RESERVED_ENDS = (".EndJoin", ".BoundaryEventSplit", ".BoundaryEventJoin", ".Each")
_NCNAME = re.compile(r"[^\W\d][\w.\-]*")


def repair(root: etree._Element) -> list[str]:
    """Mend the tree in place. Returns what was done, one Chinese sentence each, in a fixed order."""
    _write_booleans_out(root)
    _drop_prefixes(root)
    done = _give_ids(root)
    done += _rename(root)
    done += _drop_blank_conditions(root)
    done += _set_defaults(root)
    done += _name_decisions(root)
    _type_parameters(root)
    return done


def is_usable_id(text: str) -> bool:
    """Whether SpiffWorkflow can carry this id: a name without blanks and quotes, and none of its own internal names."""
    return bool(_NCNAME.fullmatch(text)) and text not in _RESERVED and not text.endswith(_RESERVED_ENDS)


def _bpmn(root: etree._Element, *names: str) -> Iterator[etree._Element]:
    return root.iter(*(f"{{{BPMN}}}{name}" for name in names or ("*",)))


def _all_ids(root: etree._Element) -> list[str]:
    return [found for node in root.iter(etree.Element) if (found := node.get("id")) is not None]


def _write_booleans_out(root: etree._Element) -> None:
    """XML Schema allows 1 and 0; SpiffWorkflow compares with the words only."""
    for node in _bpmn(root):
        for name in BOOLEANS:
            value = node.get(name)
            if value is not None:
                node.set(name, {"1": "true", "0": "false"}.get(value.strip(), value.strip()))


def _drop_prefixes(root: etree._Element) -> None:
    """References are QNames: `tns:Task_1` names `Task_1` of this file when `tns` is declared."""
    for node in root.iter(etree.Element):
        for name in QNAMES:
            prefix, colon, local = node.get(name, "").partition(":")
            if colon and prefix in node.nsmap:
                node.set(name, local)


def _give_ids(root: etree._Element) -> list[str]:
    taken = set(_all_ids(root))
    done = []
    for node in _bpmn(root):
        local = etree.QName(node).localname
        if _NEEDS_ID.fullmatch(local) and not node.get("id", "").strip():
            node.set("id", _free(f"auto_{local}", taken))
            done.append(f"第 {node.sourceline} 行的 {local} 没有编号，已编为 {node.get('id')}")
    return done


def _rename(root: etree._Element) -> list[str]:
    """Ids that SpiffWorkflow would mix up with its own. A process keeps its id: other files call it by that name."""
    taken = set(_all_ids(root))
    processes = [node for node in _bpmn(root, "process") if node.get("id")]
    process_ids = {node.get("id") for node in processes}
    mapping: dict[str, str] = {}
    for process in processes:
        foreign = {node.get("id") for node in process.iter(etree.Element) if etree.QName(node).namespace != BPMN}
        for node in _bpmn(process):
            old = node.get("id")
            if old is None or node is process or old in mapping:
                continue
            collides = old in process_ids or old in foreign
            if is_usable_id(old) and not collides:
                continue
            if _n_named(root, old) == 1:
                mapping[old] = _free(re.sub(r"[^\w\-]+", "_", old), taken)
                node.set("id", mapping[old])
    _follow(root, mapping, keep=process_ids)
    return [f"编号“{old}”与引擎内部名称冲突或含有不允许的字符，已改为 {new}" for old, new in mapping.items()]


def _n_named(root: etree._Element, old: str) -> int:
    return sum(1 for node in _bpmn(root) if node.get("id") == old and etree.QName(node).localname != "process")


def _follow(root: etree._Element, mapping: dict[str, str], keep: set[str | None]) -> None:
    """Rewrite every reference, in the model and in the drawing. `keep`: names of processes stay where one is meant."""
    if not mapping:
        return
    for node in root.iter(etree.Element):
        for name, value in node.attrib.items():
            names_process = name in ("processRef", "calledElement") and value in keep
            if (str(name).endswith("Ref") or name in ("default", "bpmnElement", "calledElement")) and not names_process:
                node.set(name, mapping.get(str(value), str(value)))
        local = etree.QName(node).localname
        text = (node.text or "").strip()
        if text in mapping and (local.endswith(("Ref", "Refs")) or local in ("incoming", "outgoing")):
            node.text = mapping[text]


def _drop_blank_conditions(root: etree._Element) -> list[str]:
    done = []
    for condition in list(_bpmn(root, "conditionExpression")):
        flow = condition.getparent()
        elsewhere = any(name.startswith("{") and "XMLSchema" not in name for name in map(str, condition.attrib))
        if flow is not None and not elsewhere and not len(condition) and not (condition.text or "").strip():
            flow.remove(condition)
            done.append(f"流向 {flow.get('id')} 的条件是空的，已按无条件处理")
    return done


def _set_defaults(root: etree._Element) -> list[str]:
    """A choice with exactly one flow without a condition can only mean: otherwise, this way."""
    done = []
    flows = list(_bpmn(root, "sequenceFlow"))
    for gateway in _bpmn(root, "exclusiveGateway", "inclusiveGateway"):
        leaving = [flow for flow in flows if flow.get("sourceRef") == gateway.get("id")]
        plain = [flow for flow in leaving if flow.find(f"{{{BPMN}}}conditionExpression") is None]
        if len(leaving) > 1 and len(plain) == 1 and not gateway.get("default"):
            gateway.set("default", plain[0].get("id", ""))
            done.append(f"网关 {gateway.get('id')} 唯一没有条件的流向 {plain[0].get('id')} 已设为默认流向")
    return done


def _name_decisions(root: etree._Element) -> list[str]:
    """Camunda's two ways to name a decision, written in the way that is read here. Names computed at run time stay."""
    done = []
    for task in _bpmn(root, "businessRuleTask"):
        extensions = task.find(f"{{{BPMN}}}extensionElements")
        if extensions is not None and extensions.find(f"{{{SPIFF}}}calledDecisionId") is not None:
            continue
        zeebe = None if extensions is None else extensions.find(f"{{{ZEEBE}}}calledDecision")
        named = task.get(f"{{{CAMUNDA}}}decisionRef")
        if zeebe is not None:
            named = named or zeebe.get("decisionId")
        decision = (named or "").strip()
        if not _NCNAME.fullmatch(decision):
            continue
        if extensions is None:
            extensions = etree.Element(f"{{{BPMN}}}extensionElements")
            task.insert(0, extensions)
        etree.SubElement(extensions, f"{{{SPIFF}}}calledDecisionId").text = decision
        done.append(f"规则任务 {task.get('id')} 的决策 {decision} 取自 Camunda 扩展")
    return done


def _type_parameters(root: etree._Element) -> None:
    for parameter in root.iter(f"{{{SPIFF}}}parameter"):
        if parameter.get("type") is None:
            parameter.set("type", "any")


def _free(wish: str, taken: set[str]) -> str:
    number = 1
    while f"{wish}_{number}" in taken:
        number += 1
    taken.add(f"{wish}_{number}")
    return f"{wish}_{number}"
