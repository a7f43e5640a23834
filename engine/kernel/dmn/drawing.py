"""A model as its author wrote it: the texts of its tables and expressions, to be read by people. It runs nothing.

It reads any file that was ever published, also one that a later release would no longer run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.kernel.dmn.source import Element, child, children, local, place_of, text_in
from engine.kernel.dmn.types import type_ref
from engine.kernel.feel.lexer import normal
from engine.kernel.xml_door import open_xml

_LOGIC = ("decision", "businessKnowledgeModel")


@dataclass(frozen=True, slots=True)
class DrawnColumn:
    """The head of a column. `text` is the expression asked (inputs) or the name of the output."""

    label: str
    text: str
    type_ref: str
    allowed: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class DrawnRule:
    """A row, its cells as written; an empty condition lets everything pass."""

    number: int
    element_id: str
    conditions: tuple[str, ...]
    outputs: tuple[str, ...]
    annotations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DrawnTable:
    """A decision table."""

    element_id: str
    policy: str
    aggregation: str
    inputs: tuple[DrawnColumn, ...]
    outputs: tuple[DrawnColumn, ...]
    annotations: tuple[str, ...]
    rules: tuple[DrawnRule, ...]


@dataclass(frozen=True, slots=True)
class DrawnLogic:
    """A decision or a knowledge model: what it is called and asked, and its logic.

    `table` is its own table; `text` its expression, if it is a single one; `inner` are the tables inside other boxes.
    """

    key: str
    name: str
    question: str
    description: str
    table: DrawnTable | None = None
    text: str = ""
    inner: tuple[DrawnTable, ...] = ()

    @property
    def title(self) -> str:
        """What people call it."""
        return self.question or self.name or self.key

    @property
    def tables(self) -> tuple[DrawnTable, ...]:
        """Every table of it."""
        return (*([self.table] if self.table is not None else []), *self.inner)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A file: what it is called, what its author says of it, and its decisions and knowledge models by key."""

    name: str
    title: str
    description: str
    logic: Mapping[str, DrawnLogic] = field(default_factory=dict)

    def of(self, decision: str) -> DrawnLogic | None:
        """A decision by its key, or by its name as diagrams may call it."""
        found = self.logic.get(decision)
        return found or next((each for each in self.logic.values() if each.name == decision), None)

    def table(self, element_id: str) -> tuple[DrawnLogic, DrawnTable] | None:
        """The table with this element id and what it belongs to."""
        pairs = ((logic, table) for logic in self.logic.values() for table in logic.tables)
        return next((pair for pair in pairs if pair[1].element_id == element_id), None)


def draw_dmn(data: bytes, name: str) -> Drawing:
    """The texts of a file. Raises ModelRefused for what is no XML that we open."""
    root = open_xml(data, name)
    logic = (_logic(element) for element in children(root, *_LOGIC))
    return Drawing(
        name, str(root.get("name") or name), text_in(root, "description"), {each.key: each for each in logic}
    )


def _logic(element: Element) -> DrawnLogic:
    logic = child(element, "encapsulatedLogic") if local(element) == "businessKnowledgeModel" else element
    own = child(logic, "decisionTable") if logic is not None else None
    expression = child(logic, "literalExpression") if logic is not None else None
    return DrawnLogic(
        key=str(element.get("id") or element.get("name") or place_of(element)),
        name=normal(str(element.get("name") or "")),
        question=text_in(element, "question") or str(element.get("label") or ""),
        description=text_in(element, "description"),
        table=_table(own) if own is not None else None,
        text=text_in(expression),
        inner=tuple(_table(each) for each in element.iter() if local(each) == "decisionTable" and each is not own),
    )


def _table(element: Element) -> DrawnTable:
    return DrawnTable(
        element_id=place_of(element),
        policy=str(element.get("hitPolicy") or "UNIQUE").strip().upper(),
        aggregation=str(element.get("aggregation") or "").strip().upper(),
        inputs=tuple(_input(each) for each in children(element, "input")),
        outputs=tuple(_output(each) for each in children(element, "output")),
        annotations=tuple(str(each.get("name") or "") for each in children(element, "annotation")),
        rules=tuple(_rule(each, number) for number, each in enumerate(children(element, "rule"), 1)),
    )


def _input(element: Element) -> DrawnColumn:
    expression = child(element, "inputExpression")
    text = text_in(expression)
    label = str(element.get("label") or text)
    return DrawnColumn(label, text, type_ref(expression), text_in(child(element, "inputValues")))


def _output(element: Element) -> DrawnColumn:
    name = str(element.get("name") or "")
    label = str(element.get("label") or name)
    allowed = text_in(child(element, "outputValues"))
    return DrawnColumn(label, name, type_ref(element), allowed, text_in(child(element, "defaultOutputEntry")))


def _rule(element: Element, number: int) -> DrawnRule:
    conditions = tuple(text_in(each) for each in children(element, "inputEntry"))
    notes = tuple(text_in(each) for each in children(element, "annotationEntry"))
    return DrawnRule(
        number,
        place_of(element),
        tuple("" if text == "-" else text for text in conditions),
        tuple(text_in(each) for each in children(element, "outputEntry")),
        notes or ((text_in(element, "description"),) if text_in(element, "description") else ()),
    )
