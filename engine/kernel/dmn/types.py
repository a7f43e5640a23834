"""Item definitions: which values a variable may hold, allowed values included; they change values only as FEEL says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine.kernel.dmn.source import Element, Reader, child, children, local, text_in
from engine.kernel.feel import UnaryTests
from engine.kernel.feel.runtime import Frame, Run
from engine.kernel.feel.types import ALIASES, ANY, Kind, coerce, is_basic, name_of
from engine.kernel.feel.values import Value

_DEEP = 30


@dataclass(slots=True)
class ItemType:
    """A type of the model. `base` is the name it builds on, `components` make it a structure."""

    name: str
    base: str = ""
    components: dict[str, ItemType] = field(default_factory=dict)
    collection: bool = False
    allowed: UnaryTests | None = None
    constraint: UnaryTests | None = None
    function: tuple[tuple[str, ...], str] | None = None


class TypeTable:
    """All types of a model by name."""

    def __init__(self) -> None:
        self.items: dict[str, ItemType] = {}
        self.kinds: dict[str, Kind] = {}

    def read(self, definitions: Element, reader: Reader) -> None:
        """All item definitions of a file."""
        for element in children(definitions, "itemDefinition"):
            item = _item(element, reader)
            self.items[item.name] = item
        for name in self.items:
            self.kind_of(name)

    def _kind(self, item: ItemType) -> Kind:
        """The FEEL type, for `instance of`."""
        if item.function is not None:
            params, result = item.function
            parts = tuple(self.kind_of(each) for each in params)
            kind = Kind("function", parts, result=self.kind_of(result))
        elif item.components:
            parts = tuple(self._kind(part) for part in item.components.values())
            kind = Kind("context", parts, tuple(item.components))
        else:
            kind = self.kind_of(item.base)
        kind = _restricted(kind, item.allowed)
        return _restricted(Kind("list", (kind,)) if item.collection else kind, item.constraint)

    def kind_of(self, reference: str) -> Kind:
        """The FEEL type of a typeRef; Any if it says nothing, and where a type refers back to itself."""
        name = plain(reference)
        if not name:
            return ANY
        if name not in self.items:
            return Kind(ALIASES.get(name, name))
        if name not in self.kinds:
            self.kinds[name] = ANY
            self.kinds[name] = self._kind(self.items[name])
        return self.kinds[name]

    def known(self, reference: str) -> bool:
        """Whether a typeRef means anything."""
        name = plain(reference)
        return not name or name in self.items or is_basic(ALIASES.get(name, name))

    def fit(self, value: Value, reference: str, run: Run, *, partial: bool = False) -> tuple[Value, str]:
        """The value as that type and "", or null and the reason. With `partial` a missing component is null."""
        if value is None or not plain(reference):
            return value, ""
        return self._fit_named(value, reference, run, partial, 0)

    def _fit_named(self, value: Value, reference: str, run: Run, partial: bool, depth: int) -> tuple[Value, str]:
        item = self.items.get(plain(reference))
        if item is not None:
            return self._fit_item(value, item, run, partial, depth + 1)
        kind = self.kind_of(reference)
        if not is_basic(kind.name):
            return value, ""  # a type of another world, or a fault that was named when the model was read
        fitted, fits = coerce(value, kind, self.kinds, run)
        return fitted, "" if fits else f"应为 {kind.name}，实为 {name_of(value)}"

    def _fit_item(self, value: Value, item: ItemType, run: Run, partial: bool, depth: int) -> tuple[Value, str]:
        if depth > _DEEP or value is None:
            return value, ""
        why = ""
        if item.collection:
            fitted: list[Value] = []
            for each in value if type(value) is list else [value]:
                run.tick()
                part, why = self._fit_one(each, item, run, partial, depth)
                if why:
                    return None, why
                fitted.append(part)
            value = fitted
        else:
            if type(value) is list and len(value) == 1 and not self._is_list(item):
                value = value[0]
            value, why = self._fit_one(value, item, run, partial, depth)
        if not why and item.constraint is not None and item.constraint.passes(_root(run), value) is not True:
            return None, f"不满足“{item.name}”的约束 {item.constraint.text}"
        return (None, why) if why else (value, "")

    def _is_list(self, item: ItemType) -> bool:
        return not item.components and self.kind_of(item.base).name in ("list", "Any")

    def _fit_one(self, value: Value, item: ItemType, run: Run, partial: bool, depth: int) -> tuple[Value, str]:
        if value is None:
            return None, ""
        if item.components:
            value, why = self._fit_structure(value, item, run, partial, depth)
        elif item.function is not None:
            value, why = (value, "") if name_of(value) == "function" else (None, f"“{item.name}”应为函数")
        elif item.base:
            value, why = self._fit_named(value, item.base, run, partial, depth)
        else:
            why = ""
        if not why and item.allowed is not None and item.allowed.passes(_root(run), value) is not True:
            return None, f"不在“{item.name}”的允许值 {item.allowed.text} 之内"
        return value, why

    def _fit_structure(self, value: Value, item: ItemType, run: Run, partial: bool, depth: int) -> tuple[Value, str]:
        if type(value) is not dict:
            return None, f"“{item.name}”应为 context，实为 {name_of(value)}"
        fitted = dict(value)
        for name, component in item.components.items():
            run.tick()
            if name not in value and not partial:
                return None, f"“{item.name}”缺少“{name}”"
            fitted[name], why = self._fit_item(value.get(name), component, run, partial, depth + 1)
            if why:
                return None, f"{name}：{why}"
        return fitted, ""


def _restricted(kind: Kind, tests: UnaryTests | None) -> Kind:
    """The type with only the values that pass, beside what it was restricted to before."""
    if tests is None:
        return kind
    before = kind.allowed

    def allowed(value: Value, run: Run) -> bool:
        return (before is None or before(value, run)) and tests.passes(_root(run), value) is True

    return replace(kind, allowed=allowed)


def _root(run: Run) -> Frame:
    return Frame({}, None, run)


def plain(reference: str) -> str:
    """A typeRef without the namespace prefix that files of DMN 1.1 write."""
    return reference.strip().rpartition(":")[2]


def type_ref(element: Element | None) -> str:
    """The type an element refers to: an attribute, or a child element in item definitions."""
    if element is None:
        return ""
    return plain(str(element.get("typeRef") or text_in_child(element)))


def text_in_child(element: Element) -> str:
    """The content of a `typeRef` child."""
    found = child(element, "typeRef")
    return (found.text or "").strip() if found is not None else ""


def _item(element: Element, reader: Reader) -> ItemType:
    item = ItemType(str(element.get("name", "")), type_ref(element))
    item.collection = element.get("isCollection") == "true"
    for part in children(element, "itemComponent"):
        component = _item(part, reader)
        item.components[component.name] = component
    function = child(element, "functionItem")
    if function is not None:
        params = tuple(type_ref(each) for each in function if local(each) == "parameters")
        item.function = (params, plain(str(function.get("outputTypeRef", ""))))
    for name in ("allowedValues", "typeConstraint"):
        values = child(element, name)
        if values is not None and text_in(values):
            tests = reader.unary(values, text_in(values))
            if name == "allowedValues":
                item.allowed = tests
            else:
                item.constraint = tests
    return item
