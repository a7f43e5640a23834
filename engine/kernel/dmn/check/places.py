"""Values to try on an input: those its cells name, those between and beyond, one for all the rest; no rules here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.kernel.dmn.cell import constant_cell
from engine.kernel.dmn.check.domain import Domain
from engine.kernel.dmn.check.samples import samples
from engine.kernel.dmn.line import Line, lines_of
from engine.kernel.feel import UnaryTests, tree
from engine.kernel.feel.values import Range, Value
from engine.kernel.feel.walk import nodes_of


@dataclass(frozen=True, slots=True)
class Place:
    """A value to try and the values it stands for.

    On the `line` of that number from `low` to `high` (both excluded in a `gap`), or, if it is -1, itself; with `rest`
    all values that no cell names, and if `unknown` values of which no example is known.
    """

    value: Value
    line: int = -1
    low: Value = None
    high: Value = None
    gap: bool = False
    rest: bool = False
    unknown: bool = False


NULL = Place(None)
ANYTHING = Place(None, rest=True, unknown=True)


def places_of(cells: Sequence[UnaryTests], domains: Sequence[Domain]) -> list[Place]:
    """All places of an input; `domains` are those of the columns it is given to. Null only where it is named."""
    if not all(domain.known for domain in domains):
        return [ANYTHING]
    limits = [tests for domain in domains for tests in domain.tests]
    named = [value for cell in (*cells, *limits) for value in _constants(cell)]
    found = [place for place in _tried([*cells, *limits], named, domains) if _allowed(place, domains)]
    if not found:
        usual = Place(next(iter(domains)).usual(), rest=True)
        found = [usual if usual.value is not None and _allowed(usual, domains) else ANYTHING]
    return [*found, NULL] if any(value is None for value in named) else found


def _allowed(place: Place, domains: Sequence[Domain]) -> bool:
    return place.unknown or all(domain.allows(place.value) for domain in domains)


def _tried(cells: Sequence[UnaryTests], named: Sequence[Value], domains: Sequence[Domain]) -> Iterator[Place]:
    for domain in domains:
        listed = domain.listed()
        if listed is not None:
            yield from (Place(value) for value in listed if value is not None)
            return
    if any(domain.boolean for domain in domains) or any(value is True or value is False for value in named):
        yield from (Place(True), Place(False))
    whole, ordered = any(domain.whole for domain in domains), _ordered(cells)
    for number, line in enumerate(lines_of(named)):
        yield from _along(line, number, whole=whole, ordered=ordered)


def _along(line: Line, number: int, *, whole: bool, ordered: bool) -> Iterator[Place]:
    """The places of a line; of texts that are only told equal or not, those and one for the rest."""
    if isinstance(line.points[0], str) and not ordered:
        yield from (Place(text) for text in line.points)
        yield Place(next(text for text in _others() if text not in line.points), rest=True)
        return
    for place, value, found in samples(line, whole=whole):
        after, at = divmod(place, 2)
        low = line.points[after] if at else line.points[after - 1] if after else None
        high = line.points[after] if after < len(line.points) else None
        yield Place(value, number, low, high, gap=not at, unknown=not found)


def _others() -> Iterator[str]:
    yield "其他"
    number = 1
    while True:
        number += 1
        yield f"其他{number}"


def _ordered(cells: Iterable[UnaryTests]) -> bool:
    """Whether any cell asks for more than equality."""
    for cell in cells:
        told = constant_cell(cell)
        if told is None:
            return True
        if any(operator not in ("", "=", "!=") or type(value) is Range for operator, value in told.tests()):
            return True
    return False


def _constants(cell: UnaryTests) -> Iterator[Value]:
    """Every constant anywhere in a cell, of ranges both ends."""
    for node in nodes_of(cell.tree):
        if isinstance(node, tree.Constant):
            if type(node.value) is Range:
                yield from (bound for bound in (node.value.start, node.value.end) if bound is not None)
            else:
                yield node.value
