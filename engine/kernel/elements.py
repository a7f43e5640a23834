"""What a diagram says about each of its elements, read once from the repaired XML and compiled. Executes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml import etree

from engine.errors import Fault, ModelRefused
from engine.kernel.feel import Expression, compile_expression
from engine.kernel.package import Folder
from engine.kernel.timers_iso import IsoDuration, parse_iso

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
YIKUO = "http://yikuo.example/bpmn/1.0"
NS = {"b": BPMN, "s": SPIFF, "y": YIKUO}
NODES = frozenset(
    "startEvent endEvent intermediateCatchEvent boundaryEvent userTask manualTask task scriptTask businessRuleTask "
    "serviceTask receiveTask callActivity subProcess exclusiveGateway inclusiveGateway parallelGateway "
    "eventBasedGateway".split()
)
HOLDERS = frozenset({"callActivity", "subProcess"})
"""What is open as long as its inside runs, and its stage with it."""
CHOICES = frozenset({"exclusiveGateway", "inclusiveGateway", "eventBasedGateway"})
PROCESSES = {f"{{{BPMN}}}process", f"{{{BPMN}}}subProcess"}
ALONE = Folder("", "", {})
"""The place of a file that belongs to no folder."""


@dataclass(frozen=True, slots=True)
class TimerPlan:
    """When a timer is due: a fixed ISO value, or a FEEL expression evaluated when the token arrives."""

    fixed: IsoDuration | datetime | None
    expression: Expression | None


@dataclass(frozen=True, slots=True)
class Many:
    """An activity that is done for each item of a list: one after the other, or all at once.

    `item` names the variable that holds the item, `result` gives what is kept of it when it is done, `results` names
    the variable that holds all of them in the order of the list.
    """

    collection: Expression
    item: str
    result: Expression
    results: str
    sequential: bool


@dataclass(frozen=True, slots=True)
class Element:
    """One flow node: its place in the business (`process`, `form`, `stage`, `lane`) and its compiled expressions.

    `process` is the key of the folder in which it is drawn; `form` is the key of its form in the whole version. `stage`
    means something on tasks for people and on what has an inside (`HOLDERS`).
    """

    id: str
    tag: str
    name: str
    process: str = ""
    lane: str = ""
    form: str = ""
    stage: str = ""
    result: str = ""
    rule: str = ""
    script: tuple[tuple[str, Expression], ...] = ()
    timer: TimerPlan | None = None
    interrupting: bool = True
    decision: str = ""
    operator: str = ""
    params: tuple[tuple[str, Expression], ...] = ()
    inputs: tuple[tuple[str, Expression], ...] = ()
    outputs: tuple[tuple[str, Expression], ...] = ()
    message: str = ""
    many: Many | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """All elements of the files of one process version, and its conditions by text.

    `branches` are the flows that leave a gateway where there is a choice: id -> (gateway, where it leads).
    """

    elements: Mapping[str, Element] = field(default_factory=dict)
    conditions: Mapping[str, Expression] = field(default_factory=dict)
    embedded: frozenset[str] = frozenset()
    branches: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    raced_by: Mapping[str, str] = field(default_factory=dict)
    """Event behind an event-based gateway -> the flow that leads to it."""
    waits: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(source, target) of a flow into a parallel join -> the stage open while a token that came by it waits there."""


def index(roots: Mapping[str, etree._Element], homes: Mapping[str, Folder] | None = None) -> Index:
    """Read every flow node and condition; `homes` is the folder of each file, where files of several stand together.

    Raises:
        ModelRefused: an id stands in two files, or an expression does not compile.
    """
    elements: dict[str, Element] = {}
    conditions: dict[str, Expression] = {}
    embedded: set[str] = set()
    branches: dict[str, tuple[str, str]] = {}
    waits: dict[tuple[str, str], str] = {}
    for name, root in roots.items():
        lanes, home = _lanes(root), (homes or {}).get(name, ALONE)
        messages = {m.get("id", ""): m.get("name", "") for m in root.iter(f"{{{BPMN}}}message")}
        for node in _flow_nodes(root):
            if node.get("id") in elements:
                raise ModelRefused(
                    faults=[Fault(node.get("id", ""), "id_duplicate", f"编号在多个文件中重复（{name}）")]
                )
            elements[node.get("id", "")] = _element(node, lanes, messages, home)
        branches.update(_branches(root))
        waits.update(_waits(root))
        embedded.update(n.get("id", "") for n in root.iter(f"{{{BPMN}}}subProcess"))
        for condition in root.iter(f"{{{BPMN}}}conditionExpression"):
            text = condition.text or ""
            conditions[text] = compile_expression(text.strip())
    races = {to: flow for flow, (source, to) in branches.items() if elements[source].tag == "eventBasedGateway"}
    return Index(elements, conditions, frozenset(embedded), branches, races, waits)


def _waits(root: etree._Element) -> dict[tuple[str, str], str]:
    flows = root.iter(f"{{{BPMN}}}sequenceFlow")
    marks = {(f.get("sourceRef", ""), f.get("targetRef", "")): f.get(f"{{{YIKUO}}}stage", "") for f in flows}
    return {ends: stage for ends, stage in marks.items() if stage}


def _branches(root: etree._Element) -> dict[str, tuple[str, str]]:
    leaving: dict[str, dict[str, tuple[str, str]]] = {}
    for flow in root.iter(f"{{{BPMN}}}sequenceFlow"):
        source, target = flow.get("sourceRef", ""), flow.get("targetRef", "")
        leaving.setdefault(source, {})[flow.get("id", "")] = (source, target)
    gateways = [n.get("id", "") for tag in CHOICES for n in root.iter(f"{{{BPMN}}}{tag}")]
    flows = (leaving.get(gateway, {}) for gateway in sorted(gateways))
    return {id_: ends for each in flows if len(each) > 1 for id_, ends in each.items()}


def _flow_nodes(root: etree._Element) -> Iterator[Any]:
    for node in root.iter(f"{{{BPMN}}}*"):
        parent = node.getparent()
        if parent is not None and parent.tag in PROCESSES and etree.QName(node).localname in NODES:
            yield node


def _lanes(root: etree._Element) -> dict[str, str]:
    """Flow node id -> name of its innermost lane; a lane without a name stands under its id."""
    lanes: dict[str, str] = {}
    for lane in root.iter(f"{{{BPMN}}}lane"):
        for ref in lane.findall(f"{{{BPMN}}}flowNodeRef"):
            lanes[(ref.text or "").strip()] = lane.get("name") or lane.get("id") or ""
    return lanes


def _element(node: Any, lanes: Mapping[str, str], messages: Mapping[str, str], home: Folder) -> Element:
    mark = {key: node.get(f"{{{YIKUO}}}{key}", "") for key in ("form", "stage", "result", "rule")}
    operator = node.find("b:extensionElements/s:serviceTaskOperator", NS)
    decision = node.findtext("b:extensionElements/s:calledDecisionId", "", NS).strip()
    parameters = [] if operator is None else operator.findall(".//s:parameter", NS)
    return Element(
        id=node.get("id", ""),
        tag=etree.QName(node).localname,
        name=node.get("name", ""),
        process=home.key,
        lane=_lane_of(node, lanes),
        script=_script(node),
        timer=_timer(node),
        interrupting=node.get("cancelActivity", "true") != "false",
        decision=decision,
        operator="" if operator is None else operator.get("id", ""),
        params=tuple((p.get("id", ""), compile_expression(p.get("value", "null"))) for p in parameters),
        inputs=_mappings(node, "input"),
        outputs=_mappings(node, "output"),
        message=_message(node, messages),
        many=_many(node),
        form=home.prefix + mark["form"] if mark["form"] else "",
        stage=mark["stage"],
        rule=mark["rule"],
        result=mark["result"] or ("" if operator is None else operator.get("resultVariable", "")),
    )


def _lane_of(node: Any, lanes: Mapping[str, str]) -> str:
    """The node's own lane, or that of the sub-process around it."""
    while node is not None:
        if lane := lanes.get(node.get("id", "")):
            return lane
        node = node.getparent()
    return ""


def _script(node: Any) -> tuple[tuple[str, Expression], ...]:
    lines = (node.findtext("b:script", "", NS)).splitlines()
    pairs = (line.partition("=") for line in lines if line.strip())
    return tuple((name.strip(), compile_expression(text.strip())) for name, _, text in pairs)


def _mappings(node: Any, kind: str) -> tuple[tuple[str, Expression], ...]:
    found = node.findall(f"b:extensionElements/y:{kind}", NS)
    return tuple((m.get("target", ""), compile_expression(m.get("source", "null"))) for m in found)


def _timer(node: Any) -> TimerPlan | None:
    definition = node.find("b:timerEventDefinition", NS)
    if definition is None:
        return None
    text = (definition.findtext("b:timeDate", "", NS) or definition.findtext("b:timeDuration", "", NS)).strip()
    try:
        return TimerPlan(parse_iso(text), None)
    except ValueError:
        return TimerPlan(None, compile_expression(text))


def many_texts(loop: Any) -> dict[str, str]:
    """What multi-instance characteristics say: by attributes of ours, which every modeler keeps, or as BPMN has it."""
    item, result = loop.find("b:inputDataItem", NS), loop.find("b:outputDataItem", NS)
    standard = {
        "collection": loop.findtext("b:loopDataInputRef", "", NS),
        "item": "" if item is None else item.get("name") or item.get("id", ""),
        "result": "" if result is None else result.get("name") or result.get("id", ""),
        "results": loop.findtext("b:loopDataOutputRef", "", NS),
    }
    return {name: loop.get(f"{{{YIKUO}}}{name}", text).strip() for name, text in standard.items()}


def _many(node: Any) -> Many | None:
    loop = node.find("b:multiInstanceLoopCharacteristics", NS)
    if loop is None:
        return None
    said = many_texts(loop)
    return Many(
        collection=compile_expression(said["collection"]),
        item=said["item"],
        result=compile_expression(said["result"]),
        results=said["results"],
        sequential=loop.get("isSequential") == "true",
    )


def _message(node: Any, messages: Mapping[str, str]) -> str:
    definition = node.find("b:messageEventDefinition", NS)
    ref = node.get("messageRef", "") if definition is None else definition.get("messageRef", "")
    return messages.get(ref, "")
