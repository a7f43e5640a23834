"""Takes the elements of imported models into a graph, each under the path of imports that leads to it; opens no file.

A model that is reached by two ways is two models: its input data are given, and its decisions taken, once for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.kernel.dmn.graph import Graph
from engine.kernel.dmn.types import ItemType, TypeTable

if TYPE_CHECKING:
    from engine.kernel.dmn.model import Model


def part_of(name: str, namespace: str) -> str:
    """An import's part of a path: its name, or for one without a name something no name can be."""
    return name or f"~{namespace}"


def adopt(graph: Graph, model: Model, part: str) -> None:
    """All elements of an imported model, and of those it imports itself."""
    name = "" if part.startswith("~") else part
    known = model.graph.types.items
    _adopt_types(graph.types, known, name)

    def path(inner: str) -> str:
        return f"{part}\n{inner}" if inner else part

    def key(inner: str) -> str:
        home, _, element = inner.rpartition("#")
        return f"{path(home)}#{element}"

    def keys(inner: Iterable[str]) -> tuple[str, ...]:
        return tuple(key(each) for each in inner)

    def kind(reference: str) -> str:
        return f"{name}.{reference}" if name and reference in known else reference

    other = model.graph
    graph.prefixes[""][part] = name
    for home, prefixes in other.prefixes.items():
        graph.prefixes[path(home)] = {path(inner): label for inner, label in prefixes.items()}
    graph.origins[part] = (model.name, model.digest)
    graph.origins |= {path(inner): origin for inner, origin in other.origins.items()}
    for each, data in other.inputs.items():
        graph.inputs[key(each)] = replace(data, element_id=key(each), type_ref=kind(data.type_ref))
    for each, decision in other.decisions.items():
        graph.decisions[key(each)] = replace(
            decision,
            id=key(each),
            type_ref=kind(decision.type_ref),
            inputs=keys(decision.inputs),
            decisions=keys(decision.decisions),
            knowledge=keys(decision.knowledge),
        )
    for each, known_model in other.knowledge.items():
        graph.knowledge[key(each)] = replace(known_model, element_id=key(each), knowledge=keys(known_model.knowledge))
    for each, service in other.services.items():
        graph.services[key(each)] = replace(
            service,
            element_id=key(each),
            result_type=kind(service.result_type),
            inputs=keys(service.inputs),
            input_decisions=keys(service.input_decisions),
            outputs=keys(service.outputs),
        )


def _adopt_types(types: TypeTable, known: Mapping[str, ItemType], name: str) -> None:
    """Under the import's name; expressions of the imported model go on using the bare ones."""
    for each, item in known.items():
        adopted = _renamed(item, name, known) if name else item
        types.items[adopted.name] = adopted
        types.items.setdefault(each, adopted)


def _renamed(item: ItemType, name: str, known: Mapping[str, ItemType]) -> ItemType:
    return replace(
        item,
        name=f"{name}.{item.name}" if item.name in known else item.name,
        base=f"{name}.{item.base}" if item.base in known else item.base,
        components={label: _component(part, name, known) for label, part in item.components.items()},
    )


def _component(part: ItemType, name: str, known: Mapping[str, ItemType]) -> ItemType:
    """A component is named in its structure alone."""
    return replace(_renamed(part, name, known), name=part.name)
