"""The pictures: whole, in their lanes, no line through a box, over another line or across one, no name on anything."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from engine.folders import process_folders
from engine.kernel.xml_door import open_xml

FOLDERS = process_folders(Path(__file__).parents[2] / "processes")
NS = {
    "b": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}
Box = tuple[float, float, float, float]
Point = tuple[float, float]

by_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


class Picture:
    """What a diagram draws, by element id."""

    def __init__(self, folder: Path) -> None:
        self.root = open_xml((folder / "process.bpmn").read_bytes(), "process.bpmn")
        shapes = self.find("//bpmndi:BPMNShape")
        edges = self.find("//bpmndi:BPMNEdge")
        self.boxes = {s.get("bpmnElement"): box(s.find("dc:Bounds", NS)) for s in shapes}
        self.names = {
            e.get("bpmnElement"): box(e.find("bpmndi:BPMNLabel/dc:Bounds", NS))
            for e in [*shapes, *edges]
            if e.find("bpmndi:BPMNLabel/dc:Bounds", NS) is not None
        }
        self.lines = {
            e.get("bpmnElement"): [(float(p.get("x")), float(p.get("y"))) for p in e.findall("di:waypoint", NS)]
            for e in edges
        }
        self.nodes = self.find("//b:process//*[b:incoming or b:outgoing]")
        self.flows = self.find("//b:sequenceFlow")

    def find(self, path: str) -> list[Any]:
        return list(self.root.xpath(path, namespaces=NS))

    def small(self) -> list[Any]:
        return [n for n in self.nodes if etree.QName(n).localname not in {"subProcess", "boundaryEvent"}]


def box(bounds: Any) -> Box:
    x, y, w, h = (float(bounds.get(name)) for name in ("x", "y", "width", "height"))
    return x, y, w, h


def on_border(point: Point, box: Box) -> bool:
    (px, py), (x, y, w, h) = point, box
    return x <= px <= x + w and y <= py <= y + h and (px in (x, x + w) or py in (y, y + h))


def overlap(a: Box, b: Box) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def within(a: Box, b: Box) -> bool:
    return b[0] <= a[0] and b[1] <= a[1] and a[0] + a[2] <= b[0] + b[2] and a[1] + a[3] <= b[1] + b[3]


def through(a: Point, b: Point, box: Box) -> bool:
    """Does the segment pass through the inside of the box?"""
    left, right, top, low = min(a[0], b[0]), max(a[0], b[0]), min(a[1], b[1]), max(a[1], b[1])
    return left < box[0] + box[2] and right > box[0] and top < box[1] + box[3] and low > box[1]


@by_folder
def test_the_picture_is_complete_and_nothing_overlaps(folder: Path) -> None:
    picture = Picture(folder)
    assert {node.get("id") for node in picture.nodes} <= picture.boxes.keys()
    for one, other in itertools.combinations([node.get("id") for node in picture.small()], 2):
        assert not overlap(picture.boxes[one], picture.boxes[other]), (one, other)


@by_folder
def test_everything_stands_in_its_lane_and_its_sub_process(folder: Path) -> None:
    picture = Picture(folder)
    boxes = picture.boxes
    for ref in picture.find("//b:flowNodeRef"):
        if not picture.find(f"//b:subProcess[@id='{ref.text}']"):
            assert within(boxes[ref.text], boxes[ref.getparent().get("id")]), ref.text
    for node in picture.small():
        for outer in node.iterancestors(f"{{{NS['b']}}}subProcess"):
            assert within(boxes[node.get("id")], boxes[outer.get("id")]), node.get("id")
    for event in picture.find("//b:boundaryEvent"):
        x, y, w, h = boxes[event.get("id")]
        assert on_border((x + w / 2, y + h / 2), boxes[event.get("attachedToRef")]), event.get("id")


@by_folder
def test_every_flow_is_drawn_from_border_to_border_at_right_angles(folder: Path) -> None:
    picture = Picture(folder)
    for flow in picture.flows:
        points = picture.lines[flow.get("id")]
        assert on_border(points[0], picture.boxes[flow.get("sourceRef")]), flow.get("id")
        assert on_border(points[-1], picture.boxes[flow.get("targetRef")]), flow.get("id")
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in itertools.pairwise(points)), flow.get("id")


@by_folder
def test_no_flow_runs_through_a_node_or_out_of_its_sub_process(folder: Path) -> None:
    picture = Picture(folder)
    for flow in picture.flows:
        points = picture.lines[flow.get("id")]
        own = {flow.get("sourceRef"), flow.get("targetRef")}
        for a, b in itertools.pairwise(points):
            for node in picture.small():
                assert not through(a, b, picture.boxes[node.get("id")]) or node.get("id") in own, flow.get("id")
            for inner in flow.getparent().findall("b:subProcess", NS):
                assert not through(a, b, picture.boxes[inner.get("id")]), flow.get("id")
        if etree.QName(flow.getparent()).localname == "subProcess":
            x, y, w, h = picture.boxes[flow.getparent().get("id")]
            assert all(x < px < x + w and y < py < y + h for px, py in points), flow.get("id")


@by_folder
def test_no_flow_crosses_another_or_runs_over_it(folder: Path) -> None:
    lines = Picture(folder).lines
    for (one, points), (other, others) in itertools.combinations(lines.items(), 2):
        for first in itertools.pairwise(points):
            for second in itertools.pairwise(others):
                assert not meet(first, second), (one, other)


def meet(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Do two segments share more than a point at an end of one of them?"""
    (a, b), (c, d) = (sorted(each) for each in (one, other))
    if (a[1] == b[1]) == (c[1] == d[1]):
        axis = 0 if a[1] == b[1] else 1
        return a[1 - axis] == c[1 - axis] and max(a[axis], c[axis]) < min(b[axis], d[axis])
    (ha, hb), (va, vb) = ((a, b), (c, d)) if a[1] == b[1] else ((c, d), (a, b))
    return ha[0] < va[0] < hb[0] and va[1] < ha[1] < vb[1]


@by_folder
def test_names_are_drawn_beside_things_and_not_upon_them(folder: Path) -> None:
    picture = Picture(folder)
    for element, name in picture.names.items():
        assert within(name, picture.boxes[picture.find("//b:participant")[0].get("id")]), element
        for node in picture.small():
            corner = node.get("id") == element
            assert corner or not overlap(name, picture.boxes[node.get("id")]), (element, node.get("id"))
        for flow, points in picture.lines.items():
            assert not any(through(a, b, name) for a, b in itertools.pairwise(points)), (element, flow)
    for (one, first), (other, second) in itertools.combinations(picture.names.items(), 2):
        assert not overlap(first, second), (one, other)


@by_folder
def test_it_goes_from_left_to_right(folder: Path) -> None:
    picture = Picture(folder)
    ahead = [picture.boxes[f.get("sourceRef")][0] <= picture.boxes[f.get("targetRef")][0] + 100 for f in picture.flows]
    assert sum(ahead) >= 0.8 * len(ahead)
