"""What a condition, a table cell and a table of 1,000 rules cost once compiled; conditions beside simpleeval's.

Both sides evaluate a prepared form: ours the compiled expression, theirs the parsed tree with the scope as its names.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from simpleeval import EvalWithCompoundTypes

from engine.kernel.dmn import load_dmn
from engine.kernel.dmn.table import Table
from engine.kernel.feel import compile_expression, compile_unary
from engine.kernel.feel.expression import Expression, UnaryTests
from engine.kernel.feel.runtime import Frame, Run
from engine.kernel.feel.values import Value
from tests.bench import rules

SCOPE: dict[str, Any] = {
    "capacity_kw": 200,
    "usage": "RES",
    "hv_wish": True,
    "park": None,
    "order": {"site": {"kw": 180, "meters": 2}, "lines": [{"kw": 5}, {"kw": 8}]},
}
CONDITIONS = {
    "capacity_kw > 160": "capacity_kw > 160",
    'capacity_kw > 160 and usage = "RES"': 'capacity_kw > 160 and usage == "RES"',
    'usage = "NON" or not(hv_wish)': 'usage == "NON" or not hv_wish',
    "park != null": "park != None",
    "order.site.kw + 20.5 >= capacity_kw": "order.site.kw + 20.5 >= capacity_kw",
    'usage in ("RES", "NON")': 'usage in ("RES", "NON")',
    "capacity_kw in [100..300]": "100 <= capacity_kw <= 300",
    'if capacity_kw > 160 then "HV" else "LV"': '"HV" if capacity_kw > 160 else "LV"',
    "string length(usage) > 2": "length(usage) > 2",
}
"""Ours, and the same in Python's words."""
CELLS = {
    "> 160": "200",
    "[160..300)": "200",
    '"A", "B", "C"': '"C"',
    'not("A", "B")': '"C"',
    "true": "true",
    "null": "null",
    "-": "1",
    '>= date("2021-12-31")': '@"2026-03-02"',
    '[duration("P1D")..duration("P3D")]': '@"P2D"',
    '< @"2026-03-02T09:00:00+08:00"': '@"2026-03-02T00:00:00Z"',
    "> limit": "200",
    "? > 100 and ? < 300": "200",
    'starts with(?, "A")': '"AB"',
}
"""A cell, and the value it is asked about."""


def measure(n_rounds: int, n_times: int) -> list[dict[str, Any]]:
    """µs a time of everything, and how many times as fast that is as what stands beside it."""
    return [
        *(_conditions(n_rounds, n_times)),
        *(_cells(n_rounds, n_times)),
        *(_tables(n_rounds, max(n_times // 20, 5))),
        *(_compiling(n_rounds, max(n_times // 20, 5))),
    ]


def _row(what: str, rounds: list[tuple[float, ...]], beside: str = "") -> dict[str, Any]:
    """Median µs of ours, and, round by round, of what is beside it."""
    row: dict[str, Any] = {"what": what, "us": round(1e6 * median(each[0] for each in rounds), 2)}
    other = {"beside": beside, "beside_us": "", "times_faster": ""}
    if beside:
        other["beside_us"] = round(1e6 * median(each[1] for each in rounds), 2)
        other["times_faster"] = round(median(each[1] / each[0] for each in rounds), 2)
    return row | other


def _rounds(n_rounds: int, n_times: int, *works: Callable[[], object]) -> list[tuple[float, ...]]:
    """Seconds a time of each work, measured in turns, so that the machine's mood weighs on all of them."""
    return [tuple(_seconds(work, n_times) for work in works) for _ in range(n_rounds)]


def _seconds(work: Callable[[], object], n_times: int) -> float:
    gc.collect()
    began = time.perf_counter()
    for _ in range(n_times):
        work()
    return (time.perf_counter() - began) / n_times


# ---- conditions and cells --------------------------------------------------------------------------------------------


def _conditions(n_rounds: int, n_times: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for feel, python in CONDITIONS.items():
        ours, theirs = compile_expression(feel), _theirs(python)
        assert ours.evaluate(SCOPE) == theirs(), feel
        rounds = _rounds(n_rounds, n_times, lambda ours=ours: ours.evaluate(SCOPE), theirs)
        found.append(_row(feel, rounds, "simpleeval"))
    extras: dict[str, dict[str, Any]] = {
        "with a business function": {"functions": {"limit": lambda stage: 5}},
        "with notes": {"notes": []},
    }
    for what, more in extras.items():
        text = 'limit("TOTAL") > 3' if "functions" in more else "ghost = null and capacity_kw > 160"
        ours = compile_expression(text)
        rounds = _rounds(n_rounds, n_times, lambda ours=ours, more=more: ours.evaluate(SCOPE, **more))
        found.append(_row(f"{text} ({what})", rounds))
    return found


def _theirs(text: str) -> Callable[[], object]:
    evaluator = EvalWithCompoundTypes(names=SCOPE, functions={"length": len})
    parsed = evaluator.parse(text)
    return lambda: evaluator.eval(text, previously_parsed=parsed)


def _cells(n_rounds: int, n_times: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for text, given in CELLS.items():
        cell, value = compile_unary(text), compile_expression(given).evaluate({})
        asked = _asked(cell, value)
        assert asked() is True, text
        found.append(_row(f"cell {text}", _rounds(n_rounds, n_times, asked)))
    return found


def _asked(cell: UnaryTests, value: Value) -> Callable[[], object]:
    frame = Frame({"limit": compile_expression("160").evaluate({})}, None, Run())

    def ask() -> object:
        frame.run.steps = 0
        return cell.passes(frame, value)

    return ask


# ---- tables and compiling --------------------------------------------------------------------------------------------


def _tables(n_rounds: int, n_times: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for what, xml in rules.TABLES.items():
        model = load_dmn(xml.encode(), "bench.dmn")
        table = model.graph.tables[0]
        assert _scanned(table, rules.INPUTS) == [rule - 1 for rule in model.decide("d", rules.INPUTS).matched]
        works = (lambda m=model: m.decide("d", rules.INPUTS), lambda t=table: _scanned(t, rules.INPUTS))
        found.append(_row(f"1,000 rules x 5, {what}", _rounds(n_rounds, n_times, *works), "cell by cell"))
    return found


def _scanned(table: Table, inputs: dict[str, Any]) -> list[int]:
    """The matching rules as an engine without an index finds them."""
    run = Run()
    frame = Frame({name: run.feel(value) for name, value in inputs.items()}, None, run)
    values = [column.expression.run(frame) if column.expression is not None else None for column in table.inputs]
    return [number for number, rule in enumerate(table.rules) if _passes(rule.tests, values, frame)]


def _passes(tests: tuple[UnaryTests | None, ...], values: list[Value], frame: Frame) -> bool:
    return all(
        cell is not None and cell.passes(frame, value) is True for cell, value in zip(tests, values, strict=True)
    )


def _compiling(n_rounds: int, n_times: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for feel, python in list(CONDITIONS.items())[1::4]:
        evaluator = EvalWithCompoundTypes()
        works = (
            lambda text=feel: Expression(text, frozenset()),
            lambda text=python, evaluator=evaluator: evaluator.parse(text),
        )
        found.append(_row(f"compile {feel}", _rounds(n_rounds, n_times, *works), "simpleeval"))
    for text in list(CELLS)[1:9:3]:
        rounds = _rounds(n_rounds, n_times, lambda text=text: UnaryTests(text, frozenset()))
        found.append(_row(f"compile cell {text}", rounds))
    return found
