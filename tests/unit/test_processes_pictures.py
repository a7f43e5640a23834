from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from lxml import etree

DIAGRAMS = sorted((Path(__file__).parents[2] / "processes").glob("*/process.bpmn"))
NS = {"s": "http://www.w3.org/2000/svg", "b": "http://www.omg.org/spec/BPMN/20100524/MODEL"}
MAX_BYTES = 400_000

each_diagram = pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda path: path.parent.name)


@each_diagram
def test_the_picture_is_that_of_the_diagram(diagram: Path) -> None:
    drawn = etree.parse(diagram.with_suffix(".svg")).findtext("s:metadata", namespaces=NS)
    digest = hashlib.sha256(diagram.read_bytes()).hexdigest()
    assert drawn == f"process.bpmn sha256 {digest}", "the diagram has changed since: make pictures"


@each_diagram
def test_the_readme_shows_it(diagram: Path) -> None:
    assert re.search(r"!\[[^\]]+\]\(process\.svg\)", (diagram.parent / "README.md").read_text("utf-8"))


@each_diagram
def test_it_stands_alone_and_every_task_is_on_it(diagram: Path) -> None:
    text = diagram.with_suffix(".svg").read_text("utf-8")
    assert len(text.encode()) <= MAX_BYTES
    root = etree.fromstring(text.encode())
    assert not re.search(r"(?:href|src)\s*=|@import|<script|<image|<foreignObject|url\((?!#)", text)
    targets = set(re.findall(r"url\(#([^)]+)\)", text))
    assert targets and targets == {each.get("id") for each in root.xpath("//*[@id]")}
    shown = "".join("".join(each.itertext()) for each in root.iterfind(".//s:text", NS))
    tasks = etree.parse(diagram).xpath(
        "//b:userTask/@name | //b:serviceTask/@name | //b:callActivity/@name | //b:lane/@name", namespaces=NS
    )
    assert tasks and [name for name in tasks if "".join(name.split()) not in "".join(shown.split())] == []
