"""A repaired BPMN tree as nodes and flows, scope by scope. Reads what is there, right or wrong, and judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from engine.kernel.xml_door import BPMN

USER: Final = frozenset({"userTask", "manualTask"})
TASKS: Final = USER | {"task", "scriptTask", "businessRuleTask", "serviceTask", "receiveTask"}
ACTIVITIES: Final = TASKS | {"subProcess", "callActivity"}
GATEWAYS: Final = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"})
EVENTS: Final = frozenset(
    {"startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent"}
)
CATCHING: Final = frozenset({"boundaryEvent", "intermediateCatchEvent"})
REFUSED_NODES: Final = frozenset(
    {"transaction", "adHocSubProcess", "complexGateway", "sendTask", "implicitThrowEvent"}
    | {"choreographyTask", "subChoreography", "callChoreography"}
)
FLOW_NODES: Final = ACTIVITIES | GATEWAYS | EVENTS | REFUSED_NODES
SCOPES: Final = frozenset({"process", "subProcess", "transaction", "adHocSubProcess"})


@dataclass(slots=True)
class Flow:
    """A sequence flow. `condition` is None where there is none; `element` is its XML."""

    id: str
    source: str
    target: str
    condition: str | None
    element: etree._Element
    scope: Scope


@dataclass(slots=True)
class Node:
    """A flow node with the flows that truly connect it inside its scope, and the boundary events attached to it."""

    id: str
    tag: str
    element: etree._Element
    scope: Scope
    incoming: list[Flow] = field(default_factory=list)
    outgoing: list[Flow] = field(default_factory=list)
    attached: list[Node] = field(default_factory=list)
    inner: Scope | None = None

    @property
    def by_event(self) -> bool:
        """Whether it is an event sub-process."""
        return self.element.get("triggeredByEvent") == "true"

    @property
    def awaits_message(self) -> bool:
        """Whether it is a receive task or an event that waits for a message."""
        kinds = [local(found) for found in self.definitions()]
        return self.tag == "receiveTask" or (self.tag in CATCHING and kinds == ["messageEventDefinition"])

    def definitions(self) -> list[etree._Element]:
        """Its event definitions."""
        return [child for child in self.element if local(child).endswith("EventDefinition")]


@dataclass(slots=True)
class Scope:
    """A process or a sub-process: what may be connected with what. `depth` is 0 for a process."""

    id: str
    element: etree._Element
    parent: Scope | None
    depth: int
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)

    def tagged(self, *tags: str) -> list[Node]:
        """Its nodes with one of these tags, in the order of the file."""
        return [node for node in self.nodes.values() if node.tag in tags]


@dataclass(slots=True)
class Diagram:
    """A file: its executable processes, every scope inside them, and its processes that are only drawn."""

    root: etree._Element
    processes: list[Scope] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    idle: list[etree._Element] = field(default_factory=list)

    def nodes(self) -> Iterator[Node]:
        """All flow nodes of all scopes."""
        for scope in self.scopes:
            yield from scope.nodes.values()

    def find(self, id_: str) -> Node | None:
        """The flow node with this id, wherever it is."""
        return next((scope.nodes[id_] for scope in self.scopes if id_ in scope.nodes), None)


def local(element: etree._Element) -> str:
    """The tag without its namespace when it is BPMN's, else with it."""
    name = etree.QName(element)
    return name.localname if name.namespace == BPMN else str(element.tag)


def bpmn(root: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Descendants of `root` (and itself) with these BPMN tags, or with any."""
    return root.iter(*(f"{{{BPMN}}}{name}" for name in names or ("*",)))


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first BPMN child of that name."""
    return element.find(f"{{{BPMN}}}{name}")


def place(element: etree._Element) -> str:
    """How a message names an element: its id, that of the nearest one around it, or the line."""
    node: etree._Element | None = element
    while node is not None:
        if found := node.get("id"):
            return str(found)
        node = node.getparent()
    return f"第 {element.sourceline} 行"


def read(root: etree._Element) -> Diagram:
    """The diagram of a file. A missing `isExecutable` counts as true, as SpiffWorkflow has it."""
    diagram = Diagram(root)
    for process in bpmn(root, "process"):
        drawn = any(local(inner) in FLOW_NODES for inner in process)
        if process.get("isExecutable", "true") == "false" or (diagram.processes and not drawn):
            diagram.idle.append(process)
        else:
            diagram.processes.append(_scope(process, None, diagram))
    return diagram


def _scope(element: etree._Element, parent: Scope | None, diagram: Diagram) -> Scope:
    scope = Scope(element.get("id") or "", element, parent, parent.depth + 1 if parent else 0)
    diagram.scopes.append(scope)
    for inner in element:
        tag = local(inner)
        if tag in FLOW_NODES:
            node = Node(inner.get("id") or "", tag, inner, scope)
            scope.nodes[node.id] = node
            # What is refused as a whole is not looked into: its faults would only hide the one that counts.
            if tag == "subProcess" and not node.by_event:
                node.inner = _scope(inner, scope, diagram)
        elif tag == "sequenceFlow":
            scope.flows.append(_flow(inner, scope))
    _connect(scope)
    return scope


def _flow(element: etree._Element, scope: Scope) -> Flow:
    condition = child(element, "conditionExpression")
    return Flow(
        id=element.get("id") or "",
        source=element.get("sourceRef") or "",
        target=element.get("targetRef") or "",
        condition=None if condition is None else (condition.text or "").strip(),
        element=element,
        scope=scope,
    )


def _connect(scope: Scope) -> None:
    for flow in scope.flows:
        if flow.source in scope.nodes and flow.target in scope.nodes:
            scope.nodes[flow.source].outgoing.append(flow)
            scope.nodes[flow.target].incoming.append(flow)
    for node in scope.tagged("boundaryEvent"):
        host = scope.nodes.get(node.element.get("attachedToRef") or "")
        if host is not None and host is not node:
            host.attached.append(node)
