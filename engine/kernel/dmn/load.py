"""DMN bytes to a model: every expression compiled, every reference followed, all faults named with their element."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from lxml import etree

from engine.errors import Fault, ModelRefused
from engine.kernel.dmn.boxed import BOXES, Boxes
from engine.kernel.dmn.graph import Decision, Graph, InputData, Knowledge, ServedDecisions
from engine.kernel.dmn.imports import adopt, part_of
from engine.kernel.dmn.model import Model
from engine.kernel.dmn.source import NAMESPACES, Element, Reader, child, children, local, name_in, place_of
from engine.kernel.dmn.types import TypeTable, type_ref
from engine.kernel.feel.fold import CONVERSIONS
from engine.kernel.feel.lexer import normal
from engine.kernel.xml_door import open_xml

_NAMED = [
    "inputData",
    "decision",
    "businessKnowledgeModel",
    "decisionService",
    "variable",
    "formalParameter",
    "parameter",
    "itemComponent",
    "column",
    "import",
    "output",
]
_MAY_BE_FUNCTIONS = ("businessKnowledgeModel", "decisionService", "decision", "contextEntry")


def load_dmn(data: bytes, name: str, *, imports: Mapping[str, Model] | None = None, strict: bool = True) -> Model:
    """The model in `data`; `name` is the file's name for messages, `imports` the imported models by namespace.

    Raises ModelRefused with one Fault per fault, its field the id of the element. Not `strict`, expressions that cannot
    be read are null instead: for the conformance suite, which has such cases.
    """
    root = open_xml(data, name)
    if local(root) != "definitions":
        raise _refused(name, [Fault(name, "dmn_namespace", _not_dmn(root))])
    reader = Reader(_names(root, imports or {}))
    loader = _Loader(root, reader, imports or {})
    graph = loader.read()
    loader.check()
    if strict and reader.faults:
        raise _refused(name, reader.faults)
    return Model(name, str(root.get("namespace", "")), hashlib.sha256(data).hexdigest(), graph)


def _refused(name: str, faults: list[Fault]) -> ModelRefused:
    return ModelRefused("；".join(f"{name}:{fault.field}: {fault.reason}" for fault in faults[:5]), faults=faults)


def _not_dmn(root: Element) -> str:
    namespace = etree.QName(root).namespace or ""
    known = namespace in NAMESPACES
    return "文件的根元素不是 DMN 的 definitions" if known else f"不认识的 DMN 命名空间 {namespace[:100]}"


def _names(root: Element, imports: Mapping[str, Model]) -> frozenset[str]:
    """Every name with blanks or signs that the file's expressions may use, and functions that hide a built-in one."""
    found: set[str] = set()
    functions: set[str] = set()
    for element in root.iter():
        if local(element) in _NAMED and element.get("name"):
            found.add(normal(str(element.get("name"))))
        if local(element) in _MAY_BE_FUNCTIONS:
            functions.add(_name(element))
        if element.get("iteratorVariable"):
            found.add(normal(str(element.get("iteratorVariable"))))
    for model in imports.values():
        graph = model.graph
        for group in (graph.inputs, graph.decisions, graph.knowledge, graph.services):
            found.update(each.name for each in group.values())
        for item in graph.types.items.values():
            found.update(item.components)
    return frozenset(name for name in found if not name.isidentifier()) | (functions & CONVERSIONS)


class _Loader:
    """Reads one file. Ids of imported elements are "path of imports#id" throughout."""

    def __init__(self, root: Element, reader: Reader, imports: Mapping[str, Model]) -> None:
        self.root = root
        self.reader = reader
        self.imports = imports
        self.types = TypeTable()
        self.graph = Graph(self.types)
        self.boxes = Boxes(reader, self.types)
        self.elements: dict[str, Element] = {}
        self.parts: dict[str, str] = {}

    def read(self) -> Graph:
        """All elements."""
        self._import()
        self.types.read(self.root, self.reader)
        for element in self.root:
            key = str(element.get("id") or "")
            if local(element) and key:
                if key in self.elements:
                    self.reader.fault(element, "dmn_duplicate_id", f"重复的编号 {key}")
                self.elements[key] = element
        for element in children(self.root, "inputData"):
            variable = child(element, "variable")
            key = self._key(element)
            self.graph.inputs[key] = InputData(key, _name(element), _called(element), type_ref(variable))
        for element in children(self.root, "decision"):
            self._decision(element)
        for element in children(self.root, "businessKnowledgeModel"):
            self._knowledge(element)
        for element in children(self.root, "decisionService"):
            self._service(element)
        self.graph.tables += self.boxes.tables.values()
        return self.graph

    def _key(self, element: Element) -> str:
        """The id; the name where a file of DMN 1.1 has none."""
        return str(element.get("id") or element.get("name") or place_of(element))

    def _decision(self, element: Element) -> None:
        variable = child(element, "variable")
        reference = type_ref(variable)
        box = child(element, *BOXES)
        code = self.boxes.within(element, reference)
        key = self._key(element)
        table = self.boxes.tables.get(box) if box is not None else None
        self.graph.decisions[key] = Decision(
            key,
            _name(element),
            _called(element),
            reference,
            self._required(element, "informationRequirement", "requiredInput"),
            self._required(element, "informationRequirement", "requiredDecision"),
            self._required(element, "knowledgeRequirement", "requiredKnowledge"),
            code,
            table,
        )

    def _knowledge(self, element: Element) -> None:
        logic = child(element, "encapsulatedLogic")
        name = _called(element)
        key = self._key(element)
        make = self.boxes.function(logic if logic is not None else element, name, self._function_result(element))
        required = self._required(element, "knowledgeRequirement", "requiredKnowledge")
        self.graph.knowledge[key] = Knowledge(key, name, required, make)

    def _function_result(self, element: Element) -> str:
        """The result type of a knowledge model: of the function type its variable has, or that type itself."""
        reference = type_ref(child(element, "variable"))
        item = self.types.items.get(reference)
        if item is not None and item.function is not None:
            return item.function[1]
        return "" if self.types.kind_of(reference).name == "function" else reference

    def _service(self, element: Element) -> None:
        key = self._key(element)

        def ids(tag: str) -> tuple[str, ...]:
            return tuple(self._resolve(each) for each in children(element, tag))

        self.graph.services[key] = ServedDecisions(
            key,
            _called(element),
            self._function_result(element),
            ids("inputData"),
            ids("inputDecision"),
            ids("outputDecision"),
        )

    def _required(self, element: Element, requirement: str, tag: str) -> tuple[str, ...]:
        found = (child(each, tag) for each in children(element, requirement))
        return tuple(self._resolve(each) for each in found if each is not None)

    def _resolve(self, reference: Element) -> str:
        """The key of a `#id` or `namespace#id`."""
        namespace, _, key = str(reference.get("href", "")).strip().rpartition("#")
        own = namespace in ("", self.root.get("namespace"))
        return key if own else f"{self.parts.get(namespace, namespace)}#{key}"

    def _import(self) -> None:
        for element in children(self.root, "import"):
            namespace = str(element.get("namespace", ""))
            model = self.imports.get(namespace)
            if model is None:
                self.reader.fault(element, "dmn_import", f"没有导入的模型 {namespace[:100]}")
                continue
            part = part_of(normal(str(element.get("name", ""))), namespace)
            self.parts[namespace] = part
            adopt(self.graph, model, part)

    # ---- checks ------------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """References that lead nowhere are faults and are taken out, so that a lenient model can still be run."""
        graph = self.graph
        functions = graph.knowledge.keys() | graph.services.keys()
        for key, decision in graph.decisions.items():
            decision.inputs = self._known(key, decision.inputs, graph.inputs)
            decision.decisions = self._known(key, decision.decisions, graph.decisions)
            decision.knowledge = self._known(key, decision.knowledge, functions)
        for key, model in graph.knowledge.items():
            model.knowledge = self._known(key, model.knowledge, functions)
        for key, service in graph.services.items():
            service.inputs = self._known(key, service.inputs, graph.inputs)
            service.input_decisions = self._known(key, service.input_decisions, graph.decisions)
            service.outputs = self._known(key, service.outputs, graph.decisions)
        self._check_names()
        self._check_cycles()
        self._check_types()

    def _known(self, owner: str, keys: tuple[str, ...], known: Iterable[str]) -> tuple[str, ...]:
        for key in keys:
            if key not in known:
                self.reader.faults.append(Fault(owner, "dmn_dangling", f"引用的元素 {key} 不存在"))
        return tuple(key for key in keys if key in known)

    def _check_names(self) -> None:
        seen: dict[str, str] = {}
        groups = (self.graph.inputs, self.graph.decisions, self.graph.knowledge)
        for key, each in ((key, each) for group in groups for key, each in group.items()):
            if "#" in key:
                continue
            if each.name in seen:
                self.reader.faults.append(
                    Fault(key, "dmn_duplicate_name", f"名称“{each.name}”与 {seen[each.name]} 重复")
                )
            seen[each.name] = key

    def _check_cycles(self) -> None:
        """A decision that requires itself could never be taken. Knowledge models may recurse."""
        done: set[str] = set()
        for start in self.graph.decisions:
            stack: list[tuple[str, int]] = [(start, 0)]
            path: list[str] = []
            while stack:
                key, place = stack.pop()
                if place == 0:
                    if key in path:
                        self._cut(path[-1], key)
                        continue
                    if key in done:
                        continue
                    path.append(key)
                needs = self.graph.decisions[key].decisions
                if place < len(needs):
                    stack.append((key, place + 1))
                    stack.append((needs[place], 0))
                else:
                    done.add(key)
                    path.remove(key)

    def _cut(self, key: str, back: str) -> None:
        decision = self.graph.decisions[key]
        self.reader.faults.append(Fault(key, "dmn_cycle", f"决策“{decision.name}”的依赖绕回到了 {back}"))
        decision.decisions = tuple(each for each in decision.decisions if each != back)

    def _check_types(self) -> None:
        for element in self.root.iter():
            reference = type_ref(element) if local(element) not in ("", "typeRef") else ""
            if reference and not self.types.known(reference):
                self.reader.fault(element, "dmn_unknown_type", f"没有类型“{reference}”")


def _name(element: Element) -> str:
    variable = child(element, "variable")
    return name_in(element) or (name_in(variable) if variable is not None else "")


def _called(element: Element) -> str:
    """What expressions call it: the name of its variable, or its own."""
    variable = child(element, "variable")
    return (name_in(variable) if variable is not None else "") or _name(element)
