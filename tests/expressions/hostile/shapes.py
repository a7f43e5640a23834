"""Hostile by their shape: deep, long, with odd names, keys and signs."""

from __future__ import annotations

from collections.abc import Iterator

from engine.kernel.feel.table import BUILTINS
from tests.expressions.hostile.filling import Pair, filled, lines

_NESTED = lines("""
    (§)
    [§]
    {a: §}
    -§
    function(a) §
    x[§]
    x in (§)
    abs(§)
    if true then § else 2
    for i in [1] return §
    [1..§]
    (>§)
    some i in [1] satisfies §
    x between § and 2
    x instance of list<§>
    not(§)
    abs(n: §)
    [§
    (§
    x instance of context<a: §>
    x instance of function<§>->Any
    §.a
    §[1]
    §(1)
    1 + (§)
""")
_REPEATED = lines("""
    1§ +1
    1§ -1
    1§ *1
    1§ /3
    1§ **1
    "a"§ +"a"
    true§ and true
    false§ or false
    1§ = 1
    x§ .a
    items§ [1]
    abs§ (1)
    1§ /* */
    [1§] ,1
    {a0: 1§} ,b: 1
    1§ in [1..2]
    x§ instance of Any
    @"P1D"§ +@"P1D"
    a§ b
    1§ between 0 and 2
    a§ -b
    a§ 'b
    date and time§ date and time
""")
_TEXT = 19_900


def nesting() -> Iterator[Pair]:
    for template in _NESTED:
        before, after = template.split("§")
        for depth in (20, 45, 58, 59, 60, 61, 200, 900):
            yield f"{template} {depth}", (before * depth + "1" + after * depth)[:20_500]


def sequences() -> Iterator[Pair]:
    for template in _REPEATED:
        start, more = template.split("§", 1)
        after, more = (more[0], more[2:]) if more[0] in "]}" else ("", more[1:] if more[:1] == " " else more)
        for n in (10, 59, 60, 61, 500, 5_000):
            yield f"{template} {n}", start + f" {more}" * min(n, _TEXT // (len(more) + 1)) + after


def names() -> Iterator[Pair]:
    for n in (10, 200, 4_000):
        yield f"long {n}", "a" * n
        yield f"of words {n}", "ab " * n
        yield f"parameters {n}", f"function({', '.join(f'p{place}' for place in range(min(n, 2_000)))}) 1"
        yield f"arguments {n}", f"abs({', '.join(['1'] * n)})"
        yield f"named arguments {n}", f"abs({', '.join(f'p{place}: 1' for place in range(min(n, 2_000)))})"


def keys() -> Iterator[Pair]:
    for n in (10, 500, 1_500):
        yield f"entries {n}", "{" + ", ".join(f"k{place}: {place}" for place in range(n)) + "}"
        yield f"blanks {n}", "{" + ", ".join(f"k {place}: {place}" for place in range(n)) + "}"
        yield (
            f"one beginning {n}",
            "{" + ", ".join(f"a{' b' * (place % 40)} {place}: 1" for place in range(n // 5)) + "}",
        )
        yield f"long name {n}", "{" + " ".join(["long"] * n) + ": 1}"
    yield "tag", '{"@date": "2024-01-01"}'
    yield "empty", '{"": 1}.""'
    chain = ", ".join(["a0: 1", *(f"a{n}: a{n - 1} + a{n - 1}" for n in range(1, 700))])
    yield "each sees the one before", f"{{{chain}}}"


_SIGNS = lines(r"""
    \U01F40E
    \uD83D
    \uDC0E\uD83D
    \u0000
    \u202E
    \u2028
    \uFEFF
    \U10FFFF
""")
_SIGNS += ["\U0001f40e", "e\u0301", "\u202e", "\u0000", "\ufeff", "\u2028", "ß", "İ", "ﬃ", "\U0010ffff", "\u0300" * 50]
_OF_TEXTS = lines("""
    §
    string length(§)
    upper case(§)
    lower case(§)
    substring(§, 1, 1)
    split(§, "")
    replace(§, ".", "x")
    matches(§, §)
    string([§])
    {§: 1}
    § < §
    contains(§, "a")
    number(§)
    index of([§], §)
""")


def unicode() -> Iterator[Pair]:
    for sign in _SIGNS:
        yield f"bare {ascii(sign)[:20]}", sign
        for n in (1, 500):
            text = '"' + sign * (n if len(sign) < 20 else 1) + '"'
            yield from filled(_OF_TEXTS, text, label=f"{ascii(sign)[:20]} {n}")


_BIG = "(for i in 1..9999 return i)"
_UNEXPECTED = ["", "null", "null, null", _BIG, f"{_BIG}, {_BIG}", f"{_BIG}, {_BIG}, {_BIG}", "1e6144, 1e6144"]
_UNEXPECTED += ['"a", "b", "c", "d"', "{}, {}, {}", "abs, abs"]


def functions() -> Iterator[Pair]:
    """Every built-in function with what it surely does not expect."""
    for name in sorted(BUILTINS):
        for arguments in _UNEXPECTED:
            yield f"{name}({arguments[:30]})", f"{name}({arguments})"


_VALUES = lines(r"""
    1e6144
    -1e-6143
    "\"\\"
    null
    [[[[[[]]]]]]
    {"": {"\"": 1}}
    [1..1e6144]
    (>null)
    function(a, b) a
    abs
    abs(n: -1)
    @"P999999999Y"
    @"-PT0.000000001S"
    @"999999999-12-31T00:00:00@Asia/Shanghai"
    {a: function() 1}
    "\uD800"
    "\u0000"
""")
_SHOWN = lines("""
    string(§)
    string([§, §])
    string({a b: §})
    string(string(§))
    string length(string(§))
    [§..§]
    § = §
    §[1]
""")


def texts_of_values() -> Iterator[Pair]:
    for value in _VALUES:
        yield from filled(_SHOWN, value)


FAMILIES = (nesting, sequences, names, keys, unicode, functions, texts_of_values)
