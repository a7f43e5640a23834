"""Hypothesis strategies for texts of the whole language of FEEL: every node, type, literal and built-in function.

Most arguments are of the kind that the parameter wants, so that the work behind it is reached; some are anything.
"""

from __future__ import annotations

from hypothesis import strategies as st

from engine.kernel.feel.table import BUILTINS, Param

Texts = st.SearchStrategy[str]
Draw = st.DrawFn

SCOPE = {
    "x": 7,
    "y": -0.5,
    "text": "横綱 foo bar\n\U0001f40e",
    "flag": True,
    "nothing": None,
    "items": [3, 1, None, "a", {"k": 1, "lines": [2]}],
    "numbers": [3, 1, 2.5, -7],
    "order": {"capacity_kw": 160, "lines": [{"n": 1}, {"n": 2}], "k": {"k": None}},
    "due": {"@date": "2024-02-29"},
    "at": {"@datetime": "2024-02-29T09:00:00+08:00"},
    "span": {"@days_time": "P1DT2H"},
    "first name": "张",
    "profit-loss": 12,
}
SPACED = frozenset({"first name", "profit-loss"})
_NAMES = [*SCOPE, "ghost", "partial", "item", "?"]

LITERALS: dict[str, list[str]] = {
    "number": [
        *("0", "1", "2", "-1", "3.5", ".5", "0.1", "1e3", "-0", "100", "20", "1000000"),
        *("9999999999999999999999999999999999", "1e6144", "-9.99e6144", "1e-6143", "1e-30", "123456789.987654321"),
    ],
    "string": [
        *(
            '""',
            '"a"',
            '"foo bar"',
            '"横綱"',
            '"\\uD83D\\uDC0E"',
            '"\\uD83D"',
            '"e\\u0301\\u0302"',
            '"a\\n\\"b\\\\c"',
            '"$1"',
        ),
        *(
            '"2024-02-29"',
            '"2024-02-30"',
            '"P1D"',
            '"PT"',
            '"10:00:00@Europe/Paris"',
            '"2024-02-29T10:00:00Z"',
            '"1 000,5"',
        ),
        *(
            '"(a|b)*c"',
            '"[^x]+"',
            '"\\\\d{2,3}"',
            '"(o)(o)"',
            '"[a-z&&[^f]]"',
            '"\\\\p{L}+"',
            '"i"',
            '"sx"',
            '","',
            '"[1..3)"',
        ),
    ],
    "boolean": ["true", "false", "null"],
    "date": ['@"2024-02-29"', '@"-999999999-01-01"', '@"999999999-12-31"', '@"0001-01-01"', 'date("2024-12-31")'],
    "time": ['@"00:00:00"', '@"23:59:59.999999999"', '@"10:00:00@Europe/Paris"', '@"10:00:00+14:00"', '@"10:00:00Z"'],
    "datetime": [
        *('@"2024-03-31T02:30:00@Europe/Paris"', '@"2024-02-29T10:00:00Z"', '@"-999999999-01-01T00:00:00"'),
        *(
            '@"999999999-12-31T23:59:59.999999999-12:00"',
            'date and time("2024-02-29T24:00:00")',
            '@"2024-02-29T10:00:00"',
        ),
    ],
    "duration": [
        '@"P1D"',
        '@"-PT1S"',
        '@"P999999999DT23H"',
        '@"P1Y"',
        '@"-P999999999Y"',
        '@"PT0.000000001S"',
        '@"P0M"',
    ],
    "days": ['@"P1D"', '@"PT8H"', '@"-PT14H"', '@"PT15H"', '@"P0D"'],
    "list": [
        "[]",
        "[1, 2, 3]",
        '["a", "b"]',
        "[null]",
        "[[1], [2, [3]]]",
        "[true, false]",
        "[{a: 1}, {a: 2}]",
        "numbers",
    ],
    "context": ["{}", "{a: 1}", '{"odd key": 1, "": 2}', "{a: {b: {c: 1}}}", "order"],
    "function": [
        "function(a, b) a < b",
        "function(a) a",
        "abs",
        "function(a: number, b: number) a > b",
        "function() 1",
    ],
    "range": ["[1..3]", "(1..3)", '["a".."b"]', "(>5)", "(<= 3)", '[@"2024-01-01"..@"2024-12-31"]', "[3..1]", "(=3)"],
}
LITERALS["integer"] = LITERALS["number"]
LITERALS["plain date"] = LITERALS["date"]
_ALL = sorted({text for texts in LITERALS.values() for text in texts})
_TYPES = [
    *(
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "Any",
        "Null",
        "context",
    ),
    *(
        "years and months duration",
        "list<Any>",
        "list<list<number>>",
        "context<a: string, b c: number>",
        "range<number>",
    ),
    *("function<number, Any> -> string", "function<> -> Any", "list", "ghost.type", "list<list<list<Any>>>"),
]
_KEYS = ["a", "b c", '"odd key"', '""', "profit-loss", "first name", '"@date"', "date", "a+b", "名称", '"\\u0041"']
_PARTS = ["year", "month", "weekday", "hour", "second", "time offset", "timezone", "days", "seconds", "years", "months"]
_PARTS += ["start", "end included", "k", "lines", "a", "b c", "ghost", "odd key"]
_OPERATORS = ["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in"]

_LEAVES = st.sampled_from([*_NAMES, *_ALL])
_ONE_IN = {n: st.integers(1, n).map(lambda drawn: drawn == 1) for n in (3, 4)}
_UP_TO = {n: st.integers(0, n) for n in range(6)}
_PICK = {kind: st.sampled_from(texts) for kind, texts in LITERALS.items()}
_BRACKETS = st.sampled_from(["[]", "()", "[)", "(]", "][", "]]", "[["])
_SIGNS = st.sampled_from(["<", "<=", ">", ">=", "=", "!="])
_DOMAINS = st.sampled_from(["1..5", "5..1", "1..x", "due..due", "numbers", "items"])
_TYPE, _KEY, _PART, _OPERATOR = map(st.sampled_from, (_TYPES, _KEYS, _PARTS, _OPERATORS))
_NAME = st.sampled_from(sorted(BUILTINS))


def _any(draw: Draw, room: int) -> str:
    """An expression at most so many levels deep."""
    if not room or draw(_ONE_IN[3]):
        return draw(_LEAVES)
    return draw(_SHAPES)(draw, room - 1)


def _some(draw: Draw, room: int, most: int) -> list[str]:
    return [_any(draw, room) for _ in range(draw(_UP_TO[most]))]


def _argument(draw: Draw, room: int, param: Param) -> str:
    if param.kind not in _PICK or draw(_ONE_IN[3]):
        return _any(draw, room)
    return draw(_PICK[param.kind])


def _call(draw: Draw, room: int) -> str:
    """A built-in function as one of its forms wants it."""
    name = draw(_NAME)
    params = draw(_OVERLOADS[name]).params
    values = [_argument(draw, room, param) for param in params]
    if params and draw(_ONE_IN[3]):
        return f"{name}({', '.join(f'{param.name}: {value}' for param, value in zip(params, values, strict=True))})"
    needed = sum(not param.optional for param in params)
    return f"{name}({', '.join(values[: needed + draw(_UP_TO[len(params) - needed])])})"


def _call_anyhow(draw: Draw, room: int) -> str:
    return f"{draw(_NAME)}({', '.join(_some(draw, room, 5))})"


def _test(draw: Draw, room: int) -> str:
    """A positive unary test."""
    shape = draw(_UP_TO[3])
    if shape == 0:
        return f"{draw(_SIGNS)} {_any(draw, room)}"
    if shape == 1:
        return _interval(draw, room)
    return f"? = {_any(draw, room)}" if shape == 2 else _any(draw, room)


def _membership(draw: Draw, room: int) -> str:
    tests = ", ".join(_test(draw, room) for _ in range(1 + draw(_UP_TO[2])))
    return f"({_any(draw, room)} in ({tests}))"


def _interval(draw: Draw, room: int) -> str:
    brackets = draw(_BRACKETS)
    return f"{brackets[0]}{_any(draw, room)}..{_any(draw, room)}{brackets[1]}"


def _context(draw: Draw, room: int) -> str:
    keys = dict.fromkeys(draw(_KEY) for _ in range(draw(_UP_TO[4])))
    return f"{{{', '.join(f'{key}: {_any(draw, room)}' for key in keys)}}}"


def _domain(draw: Draw, room: int) -> str:
    return _any(draw, room) if draw(_ONE_IN[3]) else draw(_DOMAINS)


def _loop(draw: Draw, room: int) -> str:
    shape, one, other, body = draw(_UP_TO[4]), _domain(draw, room), _domain(draw, room), _any(draw, room)
    return [
        f"(for i in {one} return {body})",
        f"(for i in {one} return [i, partial, {body}])",
        f"(for i in {one}, j in {other} return {body} + i * j)",
        f"(some i in {one}, j in {other} satisfies i = {body})",
        f"(every i in {one}, j in {other} satisfies i < j or {body})",
    ][shape]


def _function(draw: Draw, room: int) -> str:
    shape, one, other = draw(_UP_TO[5]), _any(draw, room), _any(draw, room)
    return [
        f"(function(a, b) {one})({other}, x)",
        f"(function(a: {draw(_TYPE)}) {one})({other})",
        f"{{f: function(n) if n < 2 then {one} else f(n - 1), r: f({other})}}.r",
        f"(function(g) g(g))(function(h) {one})",
        f"(function(a) function(b) a + b)({one})({other})",
        'function(a) external {java: {class: "A", method signature: "b(int)"}}',
    ][shape]


def _operation(draw: Draw, room: int) -> str:
    return f"({_any(draw, room)} {draw(_OPERATOR)} {_any(draw, room)})"


def _conditional(draw: Draw, room: int) -> str:
    return f"(if {_any(draw, room)} then {_any(draw, room)} else {_any(draw, room)})"


def _between(draw: Draw, room: int) -> str:
    return f"({_any(draw, room)} between {_any(draw, room)} and {_any(draw, room)})"


def _filter(draw: Draw, room: int) -> str:
    return f"{_any(draw, room)}[{'item = ' if draw(_ONE_IN[3]) else ''}{_any(draw, room)}]"


def _list(draw: Draw, room: int) -> str:
    return f"[{', '.join(_some(draw, room, 4))}]"


def _path(draw: Draw, room: int) -> str:
    return f"{_any(draw, room)}.{draw(_PART)}"


def _minus(draw: Draw, room: int) -> str:
    return f"-{_any(draw, room)}"


def _instance(draw: Draw, room: int) -> str:
    return f"({_any(draw, room)} instance of {draw(_TYPE)})"


_OVERLOADS = {name: st.sampled_from(overloads) for name, overloads in BUILTINS.items()}
_SHAPES = st.sampled_from(
    [
        *(_call, _call, _call, _call, _call_anyhow, _loop, _loop, _function, _operation, _operation, _conditional),
        *(_between, _membership, _interval, _context, _filter, _filter, _list, _path, _minus, _instance),
    ]
)


@st.composite
def expressions(draw: Draw) -> str:
    """Any expression."""
    return draw(_SHAPES)(draw, 1 + draw(_UP_TO[2]))


@st.composite
def cells(draw: Draw) -> str:
    """Any content of an input cell."""
    tests = ", ".join(_test(draw, draw(_UP_TO[3])) for _ in range(1 + draw(_UP_TO[2])))
    return f"not({tests})" if draw(_ONE_IN[4]) else tests


EXPRESSIONS: Texts = expressions()
CELLS: Texts = cells()
ANY_TEXT: Texts = st.text(st.sampled_from("abx 019.,:;()[]{}<>=!+-*/\"@'?\\ \n横ifthenorand"), max_size=60)
