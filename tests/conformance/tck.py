"""Runs a folder of the DMN conformance suite (any level): one line a case, then `N passed, N failed`.

Usage: python tests/conformance/tck.py FOLDER. Exit code 1 if a case failed. Models import each other by namespace from
the same directory.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.kernel.dmn import Model, load_dmn
from engine.kernel.feel import compare, temporal
from engine.kernel.feel.moments import DateTime, Time
from engine.kernel.feel.runtime import Run

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_PARSER = etree.XMLParser(remove_comments=True, remove_pis=True, resolve_entities=False, no_network=True)
_TOLERANCE = Decimal("1e-8")
_READERS = {
    "date": temporal.parse_date,
    "time": temporal.parse_time,
    "dateTime": temporal.parse_datetime,
    "duration": temporal.parse_duration,
    "dayTimeDuration": temporal.parse_duration,
    "yearMonthDuration": temporal.parse_duration,
}


class Result(NamedTuple):
    """One expected result and what came of it."""

    label: str
    passed: bool
    why: str


def value_of(node: etree._Element) -> Any:
    """The FEEL value of an `inputNode`, `expected`, `component`, `item` …"""
    for child in node:
        tag = etree.QName(child).localname
        if tag == "value":
            return scalar(child)
        if tag == "list":
            return None if child.get(_NIL) == "true" else [value_of(item) for item in child]
        if tag == "component":
            parts = [each for each in node if etree.QName(each).localname == "component"]
            return {each.get("name"): value_of(each) for each in parts}
    return None


def scalar(node: etree._Element) -> Any:
    """A `value` by its xsi:type; a string if it has none."""
    text = node.text or ""
    kind = str(node.get(_TYPE) or "string").rpartition(":")[2]
    if node.get(_NIL) == "true":
        return None
    if kind in ("decimal", "double", "integer", "int", "long", "float"):
        return Decimal(text.strip())
    if kind == "boolean":
        return text.strip() in ("true", "1")
    return _READERS[kind](text.strip()) if kind in _READERS else text


def same(expected: Any, actual: Any) -> bool:
    """Equality of the suite: numbers to 8 decimal places, instants and times as FEEL compares them."""
    if isinstance(expected, Decimal) and isinstance(actual, Decimal):
        return abs(expected - actual) <= _TOLERANCE * max(1, abs(expected))
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(same(expected[key], actual[key]) for key in expected)
    if isinstance(expected, DateTime | Time):
        return compare.equal(expected, actual, Run()) is True
    return type(expected) is type(actual) and bool(expected == actual)


def models_of(folder: Path) -> dict[str, tuple[bytes, str, list[str]]]:
    """File name -> content, namespace, imported namespaces."""
    found: dict[str, tuple[bytes, str, list[str]]] = {}
    for path in sorted(folder.glob("*.dmn")):
        data = path.read_bytes()
        root = etree.fromstring(data, _PARSER)
        imported = [each.get("namespace", "") for each in root if etree.QName(each).localname == "import"]
        found[path.name] = (data, root.get("namespace", ""), imported)
    return found


def load(name: str, files: dict[str, tuple[bytes, str, list[str]]], trail: tuple[str, ...] = ()) -> Model:
    """A model and, first, those it imports."""
    data, _, imported = files[name]
    imports = {}
    for other, (_, namespace, _) in files.items():
        if namespace in imported and other != name and other not in trail:
            imports[namespace] = load(other, files, (*trail, name))
    return load_dmn(data, name, imports=imports, strict=False)


def run_file(path: Path, files: dict[str, tuple[bytes, str, list[str]]]) -> Iterator[Result]:
    """All expected results of one file of cases."""
    root = etree.fromstring(path.read_bytes(), _PARSER)
    name = (root.findtext("{*}modelName") or "").strip()
    try:
        model: Model | None = load(name, files)
        why = ""
    except Exception as error:  # one broken model must not end the run
        model, why = None, f"model {name}: {error!r}"
    for case in root.iter("{*}testCase"):
        inputs = {each.get("name"): value_of(each) for each in case if etree.QName(each).localname == "inputNode"}
        for node in (each for each in case if etree.QName(each).localname == "resultNode"):
            label = f"{path.parent.name}/{path.stem} {case.get('id')} {node.get('name')}"
            if model is None:
                yield Result(label, False, why)
            else:
                yield judge(label, model, case, node, inputs)


def judge(label: str, model: Model, case: etree._Element, node: etree._Element, inputs: dict[str, Any]) -> Result:
    """One expected result."""
    expected_node = node.find("{*}expected")
    expected = value_of(expected_node) if expected_node is not None else None
    now = datetime.now(UTC)
    functions = {"now": lambda: now, "today": now.date, "random number": lambda: Decimal("0.5")}
    notes: list[Any] = []
    try:
        if case.get("type") == "decisionService":
            actual = model.serve(case.get("invocableName", ""), inputs, functions, notes)
            if isinstance(actual, dict) and node.get("name") in actual:
                actual = actual[node.get("name")]
        elif case.get("type") == "bkm":
            actual = model.call(case.get("invocableName", ""), inputs, functions, notes)
        else:
            actual = model.decide(node.get("name"), inputs, functions, notes).value
    except Exception as error:  # a fault of ours is a failed case, and the run goes on
        return Result(label, False, f"{error!r}")
    if same(expected, actual):
        return Result(label, True, "")
    return Result(label, False, f"expected {expected!r}, got {actual!r}; {'; '.join(map(str, notes[:3]))}")


def results_of(path: Path) -> list[Result]:
    """The results of one file; one that cannot be read is a failed one."""
    try:
        return list(run_file(path, models_of(path.parent)))
    except etree.XMLSyntaxError as error:
        return [Result(f"{path.parent.name}/{path.name}", False, str(error))]


def main(folder: Path) -> int:
    """Prints and counts."""
    counts = {True: 0, False: 0}
    for path in sorted(folder.rglob("*.xml")):
        for result in results_of(path):
            counts[result.passed] += 1
            why = " ".join(result.why.split())[:500]
            print(f"{'PASS' if result.passed else 'FAIL'} {result.label}{': ' if why else ''}{why}")
    print(f"{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] or not counts[True] else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])) if len(sys.argv) == 2 else __doc__)
