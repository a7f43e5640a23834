"""Hostile by their lists and contexts: long ones, shared ones, keys that collide, orders that are none."""

from __future__ import annotations

from collections.abc import Iterator

from tests.expressions.hostile.filling import Pair, doubled, filled, lines

_CALLS = (
    """count sum min max mean median stddev mode product all reverse sort flatten string union concatenate context"""
)
_CALLED = [*_CALLS.split(), "distinct values", "get entries", "context merge"]
_ITEMS = ["i", "string(i)", "[i]", "{key: string(i), value: i}", "i / 7"]
_OF_LISTS = lines("""
    § = §
    §[item > 5]
    §[-1]
    index of(§, 7)
    list contains(§, -1)
    remove(§, 1)
    insert before(§, 1, §)
    append(§, §)
    sublist(§, 2)
    § in §
    some i in § satisfies i < 0
    list replace(§, function(a, b) a > 5, 0)
    for i in §[item > 5] return i
    string join(§)
    §.x
    distinct values(§[item > 3])
    union(§, §, §)
    § instance of list<number>
""")
_HASHES = lines("""
    distinct values(for i in 1..# return i * 2305843009213693951)
    mode(for i in 1..# return i * 2305843009213693951)
    distinct values(for i in 1..# return [[i]])
    distinct values(for i in 1..# return @"2024-01-01" + duration("P" + string(i) + "D"))
    union([1], for i in 1..# return {a: i})
    flatten(for i in 1..# return [[[[i]]]])
""")
"""Python gives all multiples of 2**61 - 1 the same hash."""


def lists() -> Iterator[Pair]:
    for n in (100, 2_000, 9_999):
        for item in _ITEMS:
            for call in _CALLED:
                yield f"{call} of {item} {n}", f"{call}(for i in 1..{n} return {item})"
        yield from filled(_OF_LISTS, f"(for i in 1..{n} return i)", label=str(n))
        yield from filled(_HASHES, n=n)


_SHARED = lines("""
    >
    string(>)
    > = >
    flatten(>)
    distinct values([>, x0])
    x0 in >
    > instance of list<list<Any>>
    concatenate(>, >)
    count(>)
""")


def sharing() -> Iterator[Pair]:
    """Small in memory, countless when walked through."""
    for n in (5, 15, 25, 40, 58):
        for last in _SHARED:
            yield f"lists {last} {n}", doubled(n, "[1]", "[<, <]", last)
            yield f"contexts {last} {n}", doubled(n, "{a: 1}", "{a: <, b: <}", last)
        yield f"merged {n}", doubled(n, "{a: 1}", "context merge([<, {b: <}])", ">")


_ORDERS = lines("""
    a < b
    a > b
    true
    false
    null
    "a"
    count(for i in 1..500 return i) > 0
    modulo(a + b, 3) = 0
    count(sort([a, b])) > 1
    a + b
    string(a) < string(b)
""")


def sorting() -> Iterator[Pair]:
    for n in (10, 300, 2_000, 5_000, 9_999):
        mixed = f"for i in 1..{n} return modulo(i * 7919, 10007)"
        for order in _ORDERS:
            yield f"{order} {n}", f"count(sort({mixed}, function(a, b) {order}))"
        yield f"plain {n}", f"sort(for i in 1..{n} return -i)"
        yield f"of two kinds {n}", f'sort(for i in 1..{n} return if odd(i) then i else "a")'
        yield f"one parameter {n}", f"sort(for i in 1..{n} return -i, function(a) true)"
        yield f"built in {n}", f"sort(for i in 1..{n} return -i, abs)"


_PARTIAL = lines("""
    count(for i in 1..# return partial)
    for i in 1..# return sum(partial)
    for i in 1..# return count(partial) + i
    for i in 1..# return if i = 1 then 1 else partial[-1] + 1
    {a: for i in 1..# return partial, b: a = (for i in 1..# return partial)}.b
    for i in 1..# return concatenate([i], flatten(partial))
    for i in 1..# return string(partial)
""")


def partial() -> Iterator[Pair]:
    for n in (10, 100, 900, 3_000, 9_999):
        yield from filled(_PARTIAL, n=n)


_CONTEXTS = lines("""
    {f: function(c, n) if n = 0 then c else f(context put(c, string(n), n), n - 1), r: f({}, #)}.r
    context put({}, for i in 1..# return "a", 1)
    context merge(for i in 1..# return context put({}, string(i), i))
    context(for i in 1..# return {key: string(i), value: i})
    get entries(context(for i in 1..# return {key: string(i), value: [i]}))
    context merge(for i in 1..# return {a: i, b: {c: i}})
""")


def contexts() -> Iterator[Pair]:
    for n in (10, 50, 500, 1_500, 9_999):
        yield from filled(_CONTEXTS, n=n)


FAMILIES = (lists, sharing, sorting, partial, contexts)
