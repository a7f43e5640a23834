"""Hostile by their work: loops, recursion, powers, numbers and moments at the ends of what there is."""

from __future__ import annotations

from collections.abc import Iterator

from tests.expressions.hostile.filling import Pair, filled, lines

_NUMBERS = lines("""
    1e6144
    9.999999999999999999999999999999999e6144
    1e-6143
    1e-6176
    -1e6144
    0e6144
    0e-6176
    1e99999
""")
_OF_NUMBERS = lines("""
    -§
    string(§)
    § * 10
    § / 10
    § - §
    floor(§)
    round up(§, 6000)
    decimal(§, -6000)
    modulo(§, 7)
    modulo(7, §)
    sqrt(§)
    log(§)
    exp(§)
    § ** 2
    2 ** §
    odd(§)
    number(string(§))
    [1..§]
    sum([§, §])
    stddev([§, 1])
    product([§, §])
    date(§, 1, 1)
    @"P1D" * §
    mean([§, -§])
    median([§, 1])
    substring("abc", §)
    [1, 2][§]
""")


def numbers() -> Iterator[Pair]:
    for number in _NUMBERS:
        yield from filled(_OF_NUMBERS, number)
    for n in (10, 100, 999, 1_000, 1_001, 19_000):
        yield f"digits {n}", "9" * n
        yield f"fraction {n}", "0." + "0" * n + "1"
        yield f"exponent {n}", "1e" + "9" * n


def powers() -> Iterator[Pair]:
    for base in ("9", "1.0000001", "0.9999999", "1e300", "-2", "0", "2.5"):
        for exponent in ("9**9**9", "99999", "99999.5", "0.000001", "-9999999", "1e30", "(1/3)", "9**9**9**9**9"):
            yield f"{base} ** {exponent}", f"{base}**{exponent}"
    for n in (5, 20, 59, 900):
        yield f"tower {n}", "**".join(["1.1"] * n)
        yield f"exp {n}", "exp(" * n + "2" + ")" * n
        yield f"log {n}", "log(" * n + "1e6000" + ")" * n


_DEAR = lines("""
    log(x)
    exp(x / 1000)
    sqrt(x)
    x ** 0.5
    9 ** x
    1.0000001 ** x
    x ** 999
    x ** 2
    modulo(1e6144, x)
    modulo(x, 1e-6143)
    round up(1e-6000 * x, 6000)
    string(1e6144 - x)
    time("10:00:00@A" + string(i))
    odd(1e6144)
    time("10:00:00@Europe/Paris")
    @"2024-01-01T00:00:00@Europe/Paris" + duration("P" + string(i) + "D")
    @"2024-01-01T00:00:00@Europe/Paris" + @"P1D"
    @"2024-01-01T00:00:00@Europe/Paris" < @"2024-01-01T00:00:00Z"
    @"P1D" * x
    @"999999999-01-01" - @"-999999999-01-01"
    week of year(@"999999999-01-01")
    number(string(x))
    string(@"2024-01-01T00:00:00@Europe/Paris")
    split(string(x), ",")
    replace(string(x), "1", "2")
    upper case(string(x))
    matches(string(x), "(a|b)*" + string(i))
    @"2024-01-01T00:00:00@Europe/Paris".time offset
    [i] = [i]
    {a: i} = {a: i}
    {a: i} instance of context<a: number, b: list<list<string>>>
    i in (1, 2, [3..4], > 5, not(true))
    range(string([i..i + 1]))
    string([x, [x, {a: x}]])
    x between 1 and 2
    x.a.b.c
    [1, 2, 3][i]
""")


def dear() -> Iterator[Pair]:
    """Single operations that take long, many times."""
    for n in (100, 9_999):
        for work in _DEAR:
            yield f"{work} {n}", f"count(for i in 1..{n} return {{x: i + 12345.678901234567890123456789, r: {work}}}.r)"


def _bodies(n: int) -> dict[str, str]:
    return {
        "sum": "i" + "+1" * n,
        "text": "string(i)" + '+"a"' * (n // 2),
        "power": "i" + "**1" * n,
        "and": "true" + " and i > 0" * (n // 3),
        "list": "[" + "i," * n + "i]",
        "if": "if i < 0 then 1 else " * min(n // 8, 50) + "2",
        "in": f"i in ({'-1,' * n}-2)",
        "context": "{" + ",".join(f"a{place}: i" for place in range(n // 4)) + "}",
        "moments": '@"2024-01-01"' + '+@"P1D"' * (n // 4),
    }


_REPEATING = lines("""
    for i in 1..9999 return §
    some i in 1..9999 satisfies § = 0
    (for i in 1..9999 return 1)[(for i in [1] return §) = 7]
    {f: function(i) §, r: for j in 1..9999 return f(j)}.r
    sort(for i in 1..500 return i, function(i, j) (§) = j)
""")


def long_bodies() -> Iterator[Pair]:
    """What is repeated often is long."""
    for n in (15, 200, 4_000):
        for what, body in _bodies(n).items():
            yield from filled(_REPEATING, body, label=f"{what} {n}")


_LOOPS = lines("""
    for i in 1..# return i
    for i in 1..#, j in 1..# return i * j
    for i in 1..#, j in 1..#, k in 1..# return 1
    count(for i in 1..# return for j in 1..# return 1)
    for k in 1..# return some i in 1..# satisfies true
    every i in 1..#, j in 1..# satisfies i + j > 0
    for i in #..1 return i
    for i in [1..#) return i
    for i in (-#..#) return i
    for i in 1..# return [i, i, i, i, i, i, i, i, i, i]
    for i in 1..# return {a: i, b: i, c: i, d: [i]}
    for i in 1..# return function(a) a + i
    for i in 1..# return [i..i + 1]
    for i in 0.5..# return i
    # in [1..#]
    [1..#] = [1..#]
    count([1..#])
    overlaps([1..#], [1..#])
    range("[1..#]")
    every i in [1..#] satisfies i > 0
""")


def loops() -> Iterator[Pair]:
    for n in (10, 100, 1_000, 9_999, 10_001, 1_000_000, 10**30):
        yield from filled(_LOOPS, n=n)
        yield f"days {n}", f'for d in @"2024-01-01"..@"2024-01-01" + duration("P{min(n, 10**9)}D") return d'
    for n in (3, 10, 20, 50):
        variables = ", ".join(f"i{place} in 1..2" for place in range(n))
        yield f"many variables {n}", f"count(for {variables} return 1)"
    for text in (
        '"[" + "1" + "..2]"',
        '"[[1..2]..3]"',
        '"[1..now()]"',
        f'"[{"(" * 50}1{")" * 50}..2]"',
        f'"{"[" * 900}"',
    ):
        yield f"range {text[:30]}", f"range({text})"


_ENDLESS = lines("""
    {f: function(n) f(n + 1), r: f(1)}.r
    (function(g) g(g))(function(g) g(g))
    {f: function(n) [f(n), f(n)], r: f(1)}.r
    {f: function(n) [1, 2][f(item) = 1], r: f(1)}.r
    {f: function(a, b) sort([a, b], f) = [], r: f(2, 1)}.r
""")
_RECURSIVE = lines("""
    {f: function(n) if n = 0 then 0 else 1 + f(n - 1), r: f(#)}.r
    {f: function(n) if n = 0 then 1 else f(n - 1) + f(n - 1), r: f(#)}.r
    {f: function(n) if n < 2 then n else f(n - 1) + f(n - 2), r: f(#)}.r
    {f: function(l, n) if n = 0 then l else f(concatenate(l, l), n - 1), r: f([1], #)}.r
    {f: function(s, n) if n = 0 then s else f(s + s, n - 1), r: f("a", #)}.r
    {f: function(l, n) if n = 0 then l else f([l], n - 1), r: f([], #)}.r
    {f: function(x, n) if n = 0 then x else f(x * x, n - 1), r: f(1.5, #)}.r
    {f: function(g, n) if n = 0 then g else f(function(x) g(g(x)), n - 1), r: f(abs, #)(1)}.r
""")


def recursion() -> Iterator[Pair]:
    yield from filled(_ENDLESS)
    for n in (10, 30, 58, 60, 62, 500):
        yield from filled(_RECURSIVE, n=n)


_MOMENTS = lines("""
    @"-999999999-01-01"
    @"999999999-12-31"
    @"999999999-12-31T23:59:59.999999999@Pacific/Apia"
    @"23:59:59.999999999-14:00"
    @"-999999999-01-01T00:00:00+14:00"
    @"2024-10-27T02:30:00@Europe/Paris"
    @"0000-01-01"
""")
_SPANS = lines("""
    @"P1D"
    @"-P1D"
    @"P999999999D"
    @"P999999999Y"
    @"-P999999999Y11M"
    @"PT0.000000001S"
    @"P999999999999D"
""")
_OF_MOMENTS = lines("""
    § - §
    § = §
    § < §
    day of week(§)
    week of year(§)
    day of year(§)
    string(§)
    §.weekday
    §.timezone
    date and time(§, @"00:00:00")
    years and months duration(@"0001-01-01", §)
    [§..§]
    § in [@"0001-01-01"..@"9999-12-31"]
    date(§)
    time(§)
""")
_NOT_MOMENTS = ["P" + "9" * 500 + "D", "PT" + "9" * 500 + "S", "P" + "1Y" * 500, "2024-02-29T" + "0" * 900]
_NOT_MOMENTS += ["10:00:00." + "9" * 900, "10:00:00@" + "A/" * 400, "10:00:00@../../etc/passwd", "2024-1-1"]
_NOT_MOMENTS += ["99999999999-01-01", "-0000-01-01", "2024-02-29T10:00:00@Nowhere/Land"]


def moments() -> Iterator[Pair]:
    for moment in _MOMENTS:
        yield from filled(_OF_MOMENTS, moment)
        for span in _SPANS:
            yield f"{moment} + {span}", f"{moment} + {span}"
            yield f"{moment} - {span}", f"string({moment} - {span})"
    for span in _SPANS:
        for factor in ("1e30", "-1", "0.1", "1e-30", "999999999", "0", "1e6144"):
            yield f"{span} * {factor}", f"{span} * {factor}"
            yield f"{span} / {factor}", f"{span} / {factor}"
    for text in _NOT_MOMENTS:
        yield from filled(['[date("§"), time("§"), date and time("§"), duration("§")]'], text)


FAMILIES = (numbers, powers, dear, long_bodies, loops, recursion, moments)
