from __future__ import annotations

import itertools
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from lxml import etree

from engine.domain.clocks import STAGES
from engine.kernel.lint import lint
from engine.kernel.xml_door import open_xml

ROOT = Path(__file__).parents[2] / "processes"
FOLDERS = [ROOT / "lv_residential", ROOT / "lv_nonresidential"]
FORMS = [path for folder in FOLDERS for path in sorted((folder / "forms").glob("*.json"))]
NS = {
    "b": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}
FORM = "{http://yikuo.example/bpmn/1.0}form"
STAGE = "{http://yikuo.example/bpmn/1.0}stage"
Box = tuple[float, float, float, float]
Point = tuple[float, float]

by_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
by_form = pytest.mark.parametrize("path", FORMS, ids=lambda path: f"{path.parents[1].name}-{path.stem}")


def diagram(folder: Path) -> Any:
    return open_xml((folder / "process.bpmn").read_bytes(), "process.bpmn")


def manifest(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "manifest.toml").read_text("utf-8"))


def find(root: Any, path: str) -> list[Any]:
    return list(root.xpath(path, namespaces=NS))


@by_folder
def test_lint_finds_nothing_not_even_a_warning(folder: Path) -> None:
    found = lint(
        diagram(folder),
        name="process.bpmn",
        functions=frozenset({"limit", "warn", "workdays", "before", "at"}),
        operators=frozenset(manifest(folder)["operators"]),
        decisions=frozenset({"time_limits", "step_targets"}),
        forms=frozenset(path.stem for path in (folder / "forms").glob("*.json")),
        called={},
    )
    assert found == []


@by_folder
def test_every_person_has_a_lane_a_role_and_a_form(folder: Path) -> None:
    root, roles = diagram(folder), manifest(folder)["lanes"]
    lanes = {ref.text: ref.getparent().get("name") for ref in find(root, "//b:flowNodeRef")}
    tasks = find(root, "//b:userTask")
    assert len(tasks) >= 7
    for task in tasks:
        assert lanes[task.get("id")] in roles
        assert task.get(STAGE, "WORKS") in STAGES
    assert {task.get(FORM) for task in tasks} == {path.stem for path in (folder / "forms").glob("*.json")}
    assert {"SITE_SURVEY", "METER_INSTALLATION", "ENERGISATION", "ARCHIVE"} <= {task.get(STAGE) for task in tasks}
    assert manifest(folder)["key"] == folder.name


@by_folder
def test_no_number_of_days_stands_in_a_diagram(folder: Path) -> None:
    dues = [node.text for node in find(diagram(folder), "//b:timeDate")]
    assert {'warn("TOTAL")', 'limit("TOTAL")'} <= set(dues)
    assert not [due for due in dues if any(letter.isdigit() for letter in due)]
    for event in find(diagram(folder), "//b:boundaryEvent"):
        assert event.get("cancelActivity") == "false"


@by_folder
def test_no_personal_value_is_a_parameter_of_a_service_task(folder: Path) -> None:
    parameters = find(diagram(folder), "//*[local-name()='parameter']")
    assert {p.get("id") for p in parameters} == {"template", "to", "order_no"}


def boxes(root: Any) -> dict[str, Box]:
    shapes = find(root, "//bpmndi:BPMNShape")
    bounds = {shape.get("bpmnElement"): shape.find("dc:Bounds", NS) for shape in shapes}
    return {key: tuple(float(b.get(name)) for name in ("x", "y", "width", "height")) for key, b in bounds.items()}  # type: ignore[misc]


def on_border(point: Point, box: Box) -> bool:
    (px, py), (x, y, w, h) = point, box
    return x <= px <= x + w and y <= py <= y + h and (px in (x, x + w) or py in (y, y + h))


def overlap(a: Box, b: Box) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def nodes(root: Any) -> list[Any]:
    return find(root, "//b:process//*[b:incoming or b:outgoing]")


@by_folder
def test_the_picture_is_complete_and_nothing_overlaps(folder: Path) -> None:
    root = diagram(folder)
    drawn = boxes(root)
    assert {node.get("id") for node in nodes(root)} <= drawn.keys()
    small = [node for node in nodes(root) if etree.QName(node).localname not in {"subProcess", "boundaryEvent"}]
    for index, node in enumerate(small):
        for other in small[index + 1 :]:
            assert not overlap(drawn[node.get("id")], drawn[other.get("id")]), (node.get("id"), other.get("id"))


@by_folder
def test_every_flow_is_drawn_from_border_to_border_at_right_angles(folder: Path) -> None:
    root = diagram(folder)
    drawn = boxes(root)
    edges = {edge.get("bpmnElement"): edge for edge in find(root, "//bpmndi:BPMNEdge")}
    for flow in find(root, "//b:sequenceFlow"):
        points = [(float(p.get("x")), float(p.get("y"))) for p in edges[flow.get("id")].findall("di:waypoint", NS)]
        assert on_border(points[0], drawn[flow.get("sourceRef")]), flow.get("id")
        assert on_border(points[-1], drawn[flow.get("targetRef")]), flow.get("id")
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in itertools.pairwise(points)), flow.get("id")


@by_form
def test_forms_are_whole_and_in_chinese(path: Path) -> None:
    form = json.loads(path.read_text("utf-8"))
    schema = form["schema"]
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert form["order"] == list(schema["properties"])
    assert set(schema["required"]) <= set(schema["properties"])
    for name, field in schema["properties"].items():
        assert not name.startswith("@")
        assert any("\u4e00" <= letter <= "\u9fff" for letter in field["title"]), name
        assert list(field.get("x-labels", {})) == field.get("enum", [])
        assert "pattern" not in field or field["examples"]
        for example in field.get("examples", []):
            assert Draft202012Validator(field).is_valid(example)


@by_form
def test_forms_ask_for_nothing_personal(path: Path) -> None:
    names = json.loads(path.read_text("utf-8"))["schema"]["properties"]
    assert not {"name", "id_no", "phone", "address", "applicant"} & set(names)


@pytest.mark.parametrize(
    ("form", "values", "right"),
    [
        ("survey", {"surveyed_on": "2026-03-03", "can_supply": False}, False),
        ("survey", {"surveyed_on": "2026-03-03", "can_supply": False, "cannot_supply_reason": "配变满载"}, True),
        ("survey", {"surveyed_on": "2026-03-03", "can_supply": True}, False),
        ("survey", {"surveyed_on": "2026-02-30", "can_supply": False, "cannot_supply_reason": "配变满载"}, False),
        (
            "survey",
            {
                "surveyed_on": "2026-03-03",
                "can_supply": True,
                "approved_capacity_kw": 160,
                "supply_phase": "THREE_PHASE",
                "access_point": "03 号箱",
            },
            True,
        ),
        (
            "acceptance",
            {"subject_verified": False, "policy_notice_shown": True, "needs_external_line_works": True},
            False,
        ),
        ("acceptance", {"subject_verified": True, "policy_notice_shown": True, "needs_external_line_works": 1}, False),
    ],
)
def test_what_a_form_lets_through(form: str, values: dict[str, Any], right: bool) -> None:
    schema = json.loads((FOLDERS[0] / "forms" / f"{form}.json").read_text("utf-8"))["schema"]
    assert Draft202012Validator(schema, format_checker=FormatChecker()).is_valid(values) is right
