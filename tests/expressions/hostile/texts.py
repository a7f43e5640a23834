"""Hostile by their strings: long ones, growing ones, regular expressions that make others hang."""

from __future__ import annotations

from collections.abc import Iterator

from tests.expressions.hostile.filling import Pair, doubled, filled, lines

_ONCE = lines("""
    §
    upper case(§)
    string length(§ + §)
    substring(§, -1)
    contains(§, §)
    split(§, "a")
    string([§])
    § = §
    § < §
    matches(§, "a+")
    substring after(§, "b")
    number(§)
    date(§)
    duration(§)
    range(§)
    time(§)
    [§][item = §]
    {a: §}.a
""")
_MANY = lines("""
    string length(string join(for i in 1..# return "aaaaaaaaaaaaaaaaaaaa", ", "))
    for i in 1..60 return string join(for j in 1..# return "aaaaaaaaaa", "bbbbbbbbbb")
    for i in 1..# return string(i / 7)
    for i in 1..# return string(1e6000 + i)
    for i in 1..# return upper case(string(i))
    string(for i in 1..# return {a: [i], b: string(i)})
    string length(string(for i in 1..# return 1e6144))
    string length(string(for i in 1..# return 1e-6143))
    for i in 1..# return 1e6144 - i
""")


def strings() -> Iterator[Pair]:
    for n in (100, 5_000, 19_500):
        for template in _ONCE:
            text = '"' + "a" * (n // max(template.count("§"), 1)) + '"'
            yield f"{template} {n}", template.replace("§", text)
    for n in (10, 100, 1_000, 9_999):
        yield from filled(_MANY, n=n)
        yield f"escapes {n}", '"' + "\\u0041" * min(n, 3_300) + '"'
    for n in range(4, 30):
        yield f"doubled {n}", doubled(n, '"aaaaaaaaaa"', "< + <", "string length(>)")
        yield f"quoted {n}", f'{"string([" * n}"\\""{"])" * n}'


_LOOKED_AT = lines("""
    contains(s, "b")
    contains(s, t)
    string length(s)
    upper case(s)
    s = u
    s < u
    substring(s, 5)
    starts with(s, u)
    ends with(s, u)
    substring before(s, "b")
    substring after(s, "b")
    s in (u, u, u, u)
    list contains([u, u, u], s)
    s + i
    split(s, "b")
    matches(s, "b")
    replace(s, "b", "c")
    number(s)
    date(s)
    duration(s)
    time(s)
    string([s])
    index of([u, u], s)
    distinct values([s, u])
    string join([s, s])
    {a: s} = {a: u}
    min(s, u)
    s between u and u
""")


def long_strings() -> Iterator[Pair]:
    """One long string, looked at again and again; `u` is an equal one, `t` what a search nearly finds everywhere."""
    for n, doublings in ((9_999, 10), (9_999, 15), (60, 18)):
        steps = ", ".join(f"x{place}: x{place - 1} + x{place - 1}" for place in range(1, doublings))
        made = f'x0: "aaa", {steps}, s: x{doublings - 1}, u: substring("b" + s, 2)'
        nearly = 't: substring(s, 1, 50) + "b" + substring(s, 1, 50)'
        for look in _LOOKED_AT:
            yield f"{look} {n} {doublings}", f"{{{made}, {nearly}, r: count(for i in 1..{n} return {look})}}.r"


def replacements() -> Iterator[Pair]:
    for n in (10, 1_000, 9_000):
        for m in (0, 10, 1_000, 9_000):
            yield f"one by {m} in {n}", f'replace("{"a" * n}", "a", "{"b" * m}")'
            yield f"group by {m} in {n}", f'replace("{"a" * n}", "(a)", "{"$1" * (m // 2)}")'
        yield f"all at once in {n}", f'replace("{"a" * n}", "a+", "{"$0" * 4_000}")'
        yield f"empty in {n}", f'replace("{"a" * n}", "a*", "b")'
        yield f"case in {n}", f'replace("{"aB" * (n // 2)}", "b", "$0$0", "i")'
        yield f"split of {n}", f'split("{"a," * (n // 2)}", ",")'


_PATTERNS = lines(r"""
    (a+)+$
    (a*)*b
    (a|aa)+$
    (a|a)*b
    (.*)*x
    (x+x+)+y
    a?{30}a{30}
    (a?){50}a{50}
    ((a{9}){9}){9}
    (((a{99}){99}){99}){99}
    [a-z]+[0-9]+$
    (.)(.)(.)(.)(.)(.)(.)(.)$
    ^(([a-z])+.)+[A-Z]([a-z])+$
    a{0,1000}
    (a{1,100}){1,100}
    .*.*.*=.*
    \\p{L}*\\d
    (?:a|b|ab)*c
    [^a]
    (a)|(b)|(c)
    a**
    a{99999}
    \\p{IsGreek}
    (a|b|c|d|e|f|g|h|i|j)*k
    [a-z-[aeiou]]+
""")
_PATTERNS += ["(" * 300 + ")" * 300, "[" * 300, "x*" * 200]


def patterns() -> Iterator[Pair]:
    for pattern in _PATTERNS:
        for n in (10, 300, 3_000):
            yield f"{pattern[:30]} in {n}", f'matches("{"a" * n}!", "{pattern}")'


def backtracking() -> Iterator[Pair]:
    for n in (5, 20, 50, 200):
        yield f"optional {n}", f'matches("{"a" * n}", "{"a?" * n}{"a" * n}")'
        yield f"alternatives {n}", f'matches("{"a" * n}b", "({"|".join(["a"] * n)})*c")'
        yield f"groups {n}", f'replace("{"ab" * n}", "{"(a?)(b?)" * min(n, 40)}a", "$1")'
        yield f"many texts {n}", f'for i in 1..{n} return matches("{"a" * 400}", "(a|a)+$")'
        yield f"many patterns {n}", f'for i in 1..{n} return matches("{"a" * 40}", "(a|a){{" + string(i) + "}}$")'
        yield f"splits {n}", f'for i in 1..{n} return split("{"a " * 300}", "\\\\s")'


FAMILIES = (strings, long_strings, replacements, patterns, backtracking)
