from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from lxml import etree

from engine.domain.clocks import STAGES
from engine.folders import process_folders, read_shared, read_whole
from engine.kernel.lint import lint
from engine.kernel.loader import TIMER_FUNCTIONS, bundle, list_decisions, load
from engine.kernel.xml_door import open_xml
from engine.policy import ROLES

ROOT = Path(__file__).parents[2] / "processes"
FOLDERS = process_folders(ROOT)
FORMS = [path for folder in FOLDERS for path in sorted((folder / "forms").glob("*.json"))]
NS = {"b": "http://www.omg.org/spec/BPMN/20100524/MODEL", "y": "http://yikuo.example/bpmn/1.0"}
FORM, STAGE, RULE = (f"{{{NS['y']}}}{name}" for name in ("form", "stage", "rule"))
CODES = {"template", "to", "order_no", "detail", "method", "purpose", "kind", "given", "alternative_offered"}
CODES |= {"doc_types", "checklist", "choices", "items", "delivered", "delivered_on", "action", "approved", "new_due_on"}
CODES |= {"commitment_no", "sign_method", "signed_at", "capacity_kw", "requested_voltage", "hv_wish", "evidence"}
CODES |= {"copy_to", "stage", "priority", "number", "cause", "planned_on", "deadline", "new_deadline", "accepted"}
CODES |= {"carry", "request", "resumed_on", "reason", "must_change"}
SEALED = {"signature"}
"""Handed to the operator, which seals it; it never stays among the variables of what is published."""
WRITTEN = {"demand", "measures"}
"""What staff write to each other of an order, as the forms say without personal data; kept in its row, not recorded."""

by_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
by_form = pytest.mark.parametrize("path", FORMS, ids=lambda path: f"{path.parents[1].name}-{path.stem}")


def diagram(folder: Path) -> Any:
    return open_xml((folder / "process.bpmn").read_bytes(), "process.bpmn")


def manifest(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "manifest.toml").read_text("utf-8"))


def find(root: Any, path: str) -> list[Any]:
    return list(root.xpath(path, namespaces=NS))


def forms_named(folder: Path) -> set[str]:
    """The forms that a diagram names, as paths from `processes/`."""
    named = set(find(diagram(folder), "//@y:form"))
    return {form if "/" in form else f"{folder.name}/{form}" for form in named}


def called_by(folder: Path) -> set[Path]:
    """The folders that a folder calls, directly or not."""
    direct = {ROOT / key for key in manifest(folder).get("calls", [])}
    return direct.union(*(called_by(each) for each in direct))


def models(folder: Path) -> Iterator[Any]:
    process = load(bundle(read_whole(folder), read_shared(ROOT)))
    shared = manifest(folder).get("shared", [])
    for name, model in process.models.items():
        if name in shared or ("/" not in name and (folder / name).exists()):
            yield model


def test_all_folders_are_looked_at() -> None:
    assert {"acceptance", "missing_documents", "overdue_escalation", "lv_residential", "lv_nonresidential"} <= {
        folder.name for folder in FOLDERS
    }
    assert {path.parent for path in ROOT.glob("*/process.bpmn")} == set(FOLDERS)


@by_folder
def test_lint_finds_nothing_not_even_a_warning(folder: Path) -> None:
    offered = list(models(folder))
    beside = called_by(folder)
    near = {f"{path.parents[1].name}/{path.stem}" for each in beside for path in (each / "forms").glob("*.json")}
    found = lint(
        diagram(folder),
        name="process.bpmn",
        functions=TIMER_FUNCTIONS,
        operators=frozenset(manifest(folder)["operators"]),
        decisions=frozenset(key for model in offered for key in model.decisions),
        forms=frozenset(path.stem for path in (folder / "forms").glob("*.json")) | near,
        called={each.name: diagram(each) for each in beside},
        lanes=frozenset(manifest(folder).get("lanes", {})),
        rules=frozenset(key for model in offered for key in list_decisions(model)),
    )
    assert found == []


@by_folder
def test_what_a_manifest_offers_is_what_the_diagram_uses(folder: Path) -> None:
    root, offered = diagram(folder), manifest(folder)
    operators = {each.get("id") for each in find(root, "//*[local-name()='serviceTaskOperator']")}
    assert operators == set(offered["operators"])
    assert {each.get("calledElement") for each in find(root, "//b:callActivity")} == set(offered.get("calls", []))
    assert offered["key"] == folder.name == find(root, "//b:process")[0].get("id")
    assert not (offered.get("called", False) and "category" in offered)


@by_folder
def test_every_person_has_a_lane_a_role_and_a_form(folder: Path) -> None:
    root, roles = diagram(folder), manifest(folder).get("lanes", {})
    lanes = {ref.text: ref.getparent().get("name") for ref in find(root, "//b:flowNodeRef")}
    assert {node.get("id") for node in nodes(root)} == set(lanes)
    for task in [*find(root, "//b:userTask"), *find(root, "//*[b:messageEventDefinition]")]:
        assert roles[lanes[task.get("id")]] in ROLES, task.get("id")
        assert task.get(STAGE, "WORKS") in STAGES
        assert task.get(FORM), task.get("id")
    assert set(roles) <= {lane.get("name") for lane in find(root, "//b:lane")}


def test_every_form_is_used_and_every_form_is_there() -> None:
    there = {f"{path.parents[1].name}/{path.stem}" for path in FORMS}
    assert {form for folder in FOLDERS for form in forms_named(folder)} == there


def test_what_is_called_has_ids_of_its_own() -> None:
    counted = Counter(str(id_) for folder in FOLDERS if manifest(folder).get("called") for id_ in ids(folder))
    assert not [id_ for id_, n in counted.items() if n > 1]


def ids(folder: Path) -> list[Any]:
    return find(diagram(folder), "//b:process//b:*/@id")


@by_folder
def test_no_number_of_days_stands_in_a_diagram(folder: Path) -> None:
    dues = [node.text for node in find(diagram(folder), "//b:timeDate | //b:timeDuration")]
    assert not [due for due in dues if any(letter.isdigit() for letter in due)]
    if "category" in manifest(folder):
        assert 'warn("TOTAL")' in dues


OVERNIGHT = {"acc_supplement", "acc_sign"}
"""Tasks that are begun anew with fresh answers of the platform when they stay undone."""


@by_folder
def test_only_the_wait_for_a_machine_or_for_stale_papers_is_broken_off(folder: Path) -> None:
    root = diagram(folder)
    hosts = {node.get("id"): etree.QName(node).localname for node in nodes(root)}
    for event in find(root, "//b:boundaryEvent"):
        broken_off = event.get("cancelActivity") != "false"
        host = event.get("attachedToRef")
        assert broken_off is (hosts[host] == "serviceTask" or host in OVERNIGHT), event.get("id")


@by_folder
def test_no_personal_value_is_a_parameter_of_a_service_task(folder: Path) -> None:
    parameters = {p.get("id") for p in find(diagram(folder), "//*[local-name()='parameter']")}
    assert parameters - SEALED - WRITTEN <= CODES


def nodes(root: Any) -> list[Any]:
    return find(root, "//b:process//*[b:incoming or b:outgoing]")


@by_form
def test_forms_are_whole_and_in_chinese(path: Path) -> None:
    form = json.loads(path.read_text("utf-8"))
    schema = form["schema"]
    Draft202012Validator.check_schema(schema)
    assert form["order"] == list(schema["properties"])
    assert list(form.get("x-summary-labels", {})) == form.get("summary", [])
    whole(schema)


def whole(schema: dict[str, Any]) -> None:
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) <= set(schema["properties"])
    for name, field in schema["properties"].items():
        assert not name.startswith("@")
        assert any("\u4e00" <= letter <= "\u9fff" for letter in field["title"]), name
        assert list(field.get("x-labels", {})) == field.get("enum", [])
        assert "pattern" not in field or field["examples"]
        for example in field.get("examples", []):
            assert Draft202012Validator(field).is_valid(example)
        if field.get("items", {}).get("type") == "object":
            whole(field["items"])


@by_form
def test_forms_ask_for_nothing_personal(path: Path) -> None:
    fields = json.loads(path.read_text("utf-8"))["schema"]["properties"]
    assert not {"name", "id_no", "phone", "address", "applicant"} & set(fields)
    rows = [field["items"]["properties"] for field in fields.values() if field.get("items", {}).get("type") == "object"]
    asked = {name for row in rows for name, field in row.items() if not field.get("readOnly")}
    assert not {"name", "id_no", "phone", "address", "applicant"} & asked


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
        ("call_back", {"called_on": "2026-03-03", "reached": False}, True),
        ("call_back", {"called_on": "2026-03-03", "reached": True}, False),
    ],
)
def test_what_a_form_lets_through(form: str, values: dict[str, Any], right: bool) -> None:
    schema = json.loads((ROOT / "lv_residential" / "forms" / f"{form}.json").read_text("utf-8"))["schema"]
    assert Draft202012Validator(schema, format_checker=FormatChecker()).is_valid(values) is right


CONFIRMED = {
    "policy_notice_version": "2026-01",
    "policy_notice_acknowledged": True,
    "needs_external_line_works": False,
    "application_changed": False,
}
CHANGED = {"application_changed": True, "change_signed": True, "change_evidence_no": "BG2026000001"}


@pytest.mark.parametrize(
    ("values", "right"),
    [
        ({}, True),
        ({"capacity_kw": 20}, False),
        ({**CHANGED, "capacity_kw": 20}, True),
        ({**CHANGED, "requested_voltage": "HV"}, True),
        (CHANGED, False),
        ({**CHANGED, "capacity_kw": 20, "change_signed": False}, False),
        ({"application_changed": True, "capacity_kw": 20}, False),
    ],
)
def test_no_change_of_the_application_without_a_signature(values: dict[str, Any], right: bool) -> None:
    schema = json.loads((ROOT / "acceptance" / "forms" / "confirmation.json").read_text("utf-8"))["schema"]
    assert Draft202012Validator(schema).is_valid({**CONFIRMED, **values}) is right
