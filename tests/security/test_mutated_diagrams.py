"""Our own diagrams, damaged at random: what comes out is refused by lint or can be built, and nothing falls over."""

from __future__ import annotations

import copy
import random
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from lxml import etree

from engine.errors import ModelRefused
from engine.folders import read_whole
from engine.kernel import spiff
from engine.kernel.elements import index
from engine.kernel.lint import lint
from engine.kernel.loader import TIMER_FUNCTIONS
from engine.kernel.repair import repair
from engine.kernel.xml_door import BPMN, open_xml

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
SOURCES = sorted(PROCESSES.glob("*/process.bpmn"))
FUNCTIONS = TIMER_FUNCTIONS
N_MUTANTS = 125


def mutate(data: bytes, dice: random.Random) -> bytes:
    root = etree.fromstring(data)
    for _ in range(dice.choice((1, 1, 2, 3))):
        nodes = [n for n in root.iter(etree.Element) if etree.QName(n).namespace == BPMN and n is not root]
        node, other = dice.choice(nodes), dice.choice(nodes)
        parent = node.getparent()
        kind = dice.randrange(7)
        if kind == 0:
            parent.remove(node)
        elif kind == 1:
            parent.append(copy.deepcopy(node))
        elif kind == 2 and node.attrib:
            del node.attrib[dice.choice(list(node.attrib))]
        elif kind == 3 and node.attrib:
            key = dice.choice(list(node.attrib))
            node.set(key, dice.choice((other.get("id", "x"), "", "1", "true", "x y", "End")))
        elif kind == 4:
            node.text = dice.choice(("", "x", "PT5M", "=", "-1"))
        elif kind == 5:
            node.tag = other.tag
        elif other is not node and node not in other.iterancestors():
            other.append(node)
    return etree.tostring(root)


def damage_bytes(data: bytes, dice: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 5, 50))):
        damaged[dice.randrange(len(damaged))] = dice.randrange(256)
    return bytes(damaged)


def beside(source: Path) -> dict[str, etree._Element]:
    """The files of the folders that it calls, whole."""
    files = read_whole(source.parent)
    roots = {name: open_xml(data, name) for name, data in files.items() if name.endswith("/process.bpmn")}
    for root in roots.values():
        repair(root)
    return roots


def processes(root: etree._Element) -> list[str]:
    return [process.get("id", "") for process in root.iter(f"{{{BPMN}}}process")]


def judge(data: bytes, others: Mapping[str, etree._Element]) -> str:
    """`refused` with a place and a reason, or `built`."""
    begun = time.perf_counter()
    try:
        root = open_xml(data, "x")
        repair(root)
    except ModelRefused as refusal:
        assert all(fault.field and fault.reason for fault in refusal.faults)
        return "refused"
    nothing = dict.fromkeys(("operators", "decisions", "forms"))
    called = {one: other for other in others.values() for one in processes(other)}
    findings = lint(root, name="x", functions=FUNCTIONS, called=called, **nothing)  # type: ignore[arg-type]
    assert time.perf_counter() - begun < 2
    assert all(finding.reason and finding.hint for finding in findings)
    if any(finding.severity == "error" for finding in findings):
        return "refused"
    main = next(process for process in root.iter(f"{{{BPMN}}}process") if process.get("isExecutable") != "false")
    roots = {"x": root, **others}
    index(roots)
    assert spiff.build(roots, main.get("id", "")).main.name == main.get("id")
    return "built"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("harm", [mutate, damage_bytes])
def test_a_damaged_diagram_is_refused_or_can_be_built(source: Path, harm: object) -> None:
    assert callable(harm)
    data, others = source.read_bytes(), beside(source)
    assert judge(data, others) == "built"
    outcomes: Counter[str] = Counter()
    for seed in range(N_MUTANTS):
        try:
            outcomes[judge(harm(data, random.Random(seed)), others)] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed} of {source.parent.name}: {error!r}") from error
    assert min(outcomes["refused"], outcomes["built"]) > N_MUTANTS // 20, outcomes
