"""Functions over lists: picking, joining, changing copies, sorting; statistics are in `statistics`."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key

from engine.kernel.feel import compare
from engine.kernel.feel.builtins import statistics
from engine.kernel.feel.builtins.numbers import whole
from engine.kernel.feel.errors import FeelBudget, NullResult
from engine.kernel.feel.runtime import Run
from engine.kernel.feel.table import builtin
from engine.kernel.feel.values import NUMBERS, Function, Order, Value

_List = list[Value]
STATISTICS = statistics


def _made(run: Run, items: _List) -> _List:
    run.size(len(items))
    return items


def _has(run: Run, items: _List, element: Value) -> bool:
    run.tick(len(items))
    return any(compare.equal(item, element, run) is True for item in items)


def _place(items: _List, position: Decimal) -> int:
    """A 1-based position, negative from the end, as an index."""
    place = whole(position, "position")
    if not 1 <= abs(place) <= len(items):
        raise NullResult(f"列表只有 {len(items)} 项，没有第 {place} 项")
    return place - 1 if place > 0 else len(items) + place


@builtin("list contains", "list: list", "element")
def list_contains(run: Run, items: _List, element: Value) -> bool:
    """Whether an item equals the element."""
    return _has(run, items, element)


@builtin("count", "list: list")
def count(run: Run, items: _List) -> Decimal:
    """How many items."""
    return Decimal(len(items))


@builtin("sublist", "list: list", "start position: number", "length?: number")
def sublist(run: Run, items: _List, start: Decimal, length: Decimal | None) -> _List:
    """From a position, to the end or so many items."""
    begin = _place(items, start)
    end = len(items) if length is None else begin + whole(length, "length")
    if not begin < end <= len(items):
        raise NullResult("长度超出列表")
    return _made(run, items[begin:end])


@builtin("append", "list: list", "item", rest=True)
def append(run: Run, items: _List, more: _List) -> _List:
    """The list and the further items."""
    return _made(run, [*items, *more])


@builtin("concatenate", "list: list", "lists?: list", rest=True)
def concatenate(run: Run, first: _List, lists: _List | None) -> _List:
    """All lists one after the other."""
    joined = list(first)
    for each in lists or []:
        if each is None:
            raise NullResult("concatenate 的参数为空值")
        joined.extend(each if type(each) is list else [each])
        _made(run, joined)
    return joined


@builtin("insert before", "list: list", "position: number", "newItem")
def insert_before(run: Run, items: _List, position: Decimal, new: Value) -> _List:
    """A copy with one item more."""
    place = _place(items, position)
    return _made(run, [*items[:place], new, *items[place:]])


@builtin("remove", "list: list", "position: number")
def remove(run: Run, items: _List, position: Decimal) -> _List:
    """A copy with one item less."""
    place = _place(items, position)
    return _made(run, [*items[:place], *items[place + 1 :]])


@builtin("list replace", "list: list", "position: number", "newItem")
def list_replace(run: Run, items: _List, position: Decimal, new: Value) -> _List:
    """A copy with one item exchanged."""
    place = _place(items, position)
    return _made(run, [*items[:place], new, *items[place + 1 :]])


@builtin("list replace", "list: list", "match: function", "newItem")
def list_replace_matching(run: Run, items: _List, match: Function, new: Value) -> _List:
    """A copy with every item exchanged for which `match(item, newItem)` is true."""
    replaced: _List = []
    for item in items:
        run.tick()
        answer = match.call(run, [item, new])
        if type(answer) is not bool:
            raise NullResult("match 应返回布尔值")
        replaced.append(new if answer else item)
    return _made(run, replaced)


@builtin("reverse", "list: list")
def reverse(run: Run, items: _List) -> _List:
    """From the last to the first."""
    return _made(run, items[::-1])


@builtin("index of", "list: list", "match")
def index_of(run: Run, items: _List, match: Value) -> _List:
    """The positions of all items that equal `match`."""
    run.tick(len(items))
    found: _List = [Decimal(place) for place, item in enumerate(items, 1) if compare.equal(item, match, run) is True]
    return _made(run, found)


def _distinct(run: Run, items: _List) -> _List:
    """Strings and numbers are told apart by their text, the rest one by one, each comparison a step.

    Not by their value: numbers that Python gives the same hash are easily written.
    """
    seen: set[tuple[type, str]] = set()
    other: _List = []
    kept: _List = []
    for item in items:
        run.tick()
        if type(item) in (str, Decimal, bool):
            key = (type(item), str(NUMBERS.normalize(item)) if type(item) is Decimal else str(item))
            if key in seen:
                continue
            seen.add(key)
        elif _has(run, other, item):
            continue
        else:
            other.append(item)
        kept.append(item)
    return _made(run, kept)


@builtin("union", "list: list", "lists?: list", rest=True)
def union(run: Run, first: _List, lists: _List | None) -> _List:
    """All items of all lists, each once."""
    return _distinct(run, concatenate(run, first, lists))


@builtin("distinct values", "list: list")
def distinct_values(run: Run, items: _List) -> _List:
    """Each value once, where it first stood."""
    return _distinct(run, items)


@builtin("flatten", "list: list")
def flatten(run: Run, items: _List) -> _List:
    """No list within the list."""
    flat: _List = []
    _flatten(run, items, flat, 0)
    return _made(run, flat)


def _flatten(run: Run, items: _List, flat: _List, depth: int) -> None:
    if depth > 60:
        raise FeelBudget("数据嵌套过深")
    for item in items:
        run.tick()
        if type(item) is list:
            _flatten(run, item, flat, depth + 1)
        else:
            flat.append(item)


@builtin("sort", "list: list", "precedes?: function")
def sort(run: Run, items: _List, precedes: Function | None) -> _List:
    """Stable, by `precedes(a, b)`; without it from the least to the greatest."""
    order = _ASCENDING if precedes is None else precedes.order
    if order is not None:
        run.tick(2 * len(items))
        keys = [order.key(run, item) for item in items]
        if len({type(key) for key in keys}) <= 1 and all(type(key) in (Decimal, str) for key in keys[:1]):
            ordered = sorted(range(len(items)), key=keys.__getitem__, reverse=order.descending)
            return _made(run, [items[place] for place in ordered])

    def before(one: Value, other: Value) -> int:
        run.tick()
        answer = compare.less(one, other) if precedes is None else precedes.call(run, [one, other])
        if type(answer) is not bool:
            raise NullResult("列表的各项无法排序")
        return -1 if answer else 0

    return _made(run, sorted(items, key=cmp_to_key(before)))


_ASCENDING = Order(lambda run, item: item, descending=False)
