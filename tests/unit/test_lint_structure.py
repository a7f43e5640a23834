from __future__ import annotations

import re
from pathlib import Path

import pytest

import engine.kernel.lint as lint_package
from engine.kernel.lint import lint
from engine.kernel.lint.finding import HINTS
from engine.kernel.repair import repair
from engine.kernel.xml_door import open_xml
from tests.unit.drawing import codes, found, tree, warnings

LINE = "start s\nuser a\nend e\ns > a\na > e"


def test_a_plain_diagram_has_no_finding() -> None:
    assert found(LINE) == []


def test_every_finding_says_why_and_what_instead() -> None:
    for finding in found("start s\nuser a\nuser b\nend e\ns > a\na > e\na > b"):
        assert finding.reason.endswith("。")
        assert finding.hint.endswith("。")
        assert finding.hint.startswith(HINTS[finding.code][:2])


@pytest.mark.parametrize("data", [b"<a/>", b'<definitions xmlns="http://other/"><process id="P"/></definitions>'])
def test_what_is_not_bpmn(data: bytes) -> None:
    nothing = dict.fromkeys(("functions", "operators", "decisions", "forms", "called"))
    findings = lint(open_xml(data, "f"), name="f", **nothing)  # type: ignore[arg-type]
    assert [f.code for f in findings] == ["not_bpmn"]


def test_no_executable_process() -> None:
    assert codes(LINE, process='id="P" isExecutable="false"') == [("definitions", "no_process")]
    assert ("P", "process_idle") in warnings(LINE, process='id="P" isExecutable="false"')


def test_a_missing_is_executable_counts_as_true() -> None:
    assert codes(LINE, process='id="P"') == []


def test_processes_that_are_only_drawn_are_not_judged() -> None:
    pools = (
        '<b:collaboration id="c"><b:messageFlow id="mf" sourceRef="Q" targetRef="a"/></b:collaboration>'
        '<b:process id="Q" isExecutable="false"><b:adHocSubProcess id="x"/></b:process>'
    )
    assert codes(LINE, beside=pools) == []
    assert warnings(LINE, beside=pools) == [("Q", "process_idle"), ("mf", "message_pools")]


def test_too_many_nodes() -> None:
    users = "\n".join(f"user u{i}" for i in range(400))
    assert ("P", "too_many_nodes") in codes(f"start s\nend e\n{users}")


@pytest.mark.parametrize(("levels", "expected"), [(20, []), (21, [("p20", "too_deep")])])
def test_nesting(levels: int, expected: list[tuple[str, str]]) -> None:
    opened = "\n".join(
        f"sub p{i} {{\nstart s{i}\nend e{i}\ns{i} > {f'p{i + 1}' if i < levels - 1 else f'e{i}'}" for i in range(levels)
    )
    closed = "\n".join(f"{f'p{i + 1} > e{i}' if i < levels - 1 else ''}\n}}" for i in reversed(range(levels)))
    assert codes(f"start s\nend e\n{opened}\n{closed}\ns > p0\np0 > e") == expected


def test_duplicate_ids() -> None:
    assert ("a", "id_duplicate") in codes(LINE + "\n<b:textAnnotation id='a'/>")


def test_ids_shared_with_another_file_of_the_package() -> None:
    other = tree("start s2\nsub p {\nstart s3\nend e3\ns3 > e3\n}\nend e2\ns2 > p\np > e2", process='id="Q"')
    mine = "start s\nsub p {\nstart x\nend y\nx > y\n}\nend e\ns > p\np > e"
    assert codes(mine, known={"called": {"Q": other}}) == [("p", "id_duplicate")]
    assert codes(LINE, known={"called": {"Q": other}}) == []


def test_a_process_id_that_cannot_be_carried() -> None:
    assert codes(LINE, process='id="a b"') == [("a b", "process_id_bad")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("end e", ("P", "start_count")),
        ("start s\nstart t\nend e\ns > e\nt > e", ("P", "start_count")),
        ("start s\nuser a\ns > a", ("P", "no_end")),
        ("start s\nsub p {\nuser x\n}\nend e\ns > p\np > e", ("p", "start_count")),
        ("start s\nsub p {\nstart x\n}\nend e\ns > p\np > e", ("p", "no_end")),
    ],
)
def test_starts_and_ends(text: str, expected: tuple[str, str]) -> None:
    assert expected in codes(text)


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ("<b:userTask id='x'><b:outgoing>gone</b:outgoing></b:userTask>", ("x", "dangling_ref")),
        ("<b:userTask id='x'><b:incoming/></b:userTask>", ("x", "dangling_ref")),
        ("<b:dataObjectReference id='x' dataObjectRef='gone'/>", ("x", "dangling_ref")),
        ("<b:sequenceFlow id='x' sourceRef='a' targetRef='gone'/>", ("x", "dangling_ref")),
        ("<b:sequenceFlow id='x' targetRef='a'/>", ("x", "dangling_ref")),
        (
            "<b:boundaryEvent id='x' attachedToRef='gone'><b:timerEventDefinition/></b:boundaryEvent>",
            ("x", "boundary_host"),
        ),
        (
            "<b:laneSet id='l'><b:lane id='x'><b:flowNodeRef>gone</b:flowNodeRef></b:lane></b:laneSet>",
            ("x", "dangling_ref"),
        ),
    ],
)
def test_dangling_references(extra: str, expected: tuple[str, str]) -> None:
    assert expected in codes(f"{LINE}\n{extra}")


@pytest.mark.parametrize("x", ["abc", "", "nan", "1e400"])
def test_coordinates_that_are_no_numbers(x: str) -> None:
    shape = f'<bpmndi:BPMNShape id="sh" bpmnElement="a"><dc:Bounds x="{x}" y="1"/></bpmndi:BPMNShape>'
    assert codes(LINE, beside=f"<bpmndi:BPMNDiagram>{shape}</bpmndi:BPMNDiagram>") == [("a", "di_bounds")]


@pytest.mark.parametrize(
    "element",
    [
        "<b:complexGateway id='x'/>",
        "<b:transaction id='x'/>",
        "<b:adHocSubProcess id='x'/>",
        "<b:sendTask id='x'/>",
        "<b:dataStoreReference id='x'/>",
        "<b:ioSpecification id='x'/>",
        "<b:userTask id='y'><b:dataInputAssociation id='x'/></b:userTask>",
        "<b:userTask id='y'><b:dataOutputAssociation id='x'/></b:userTask>",
        "<b:userTask id='y'><b:potentialOwner id='x'/></b:userTask>",
        "<b:choreographyTask id='x'/>",
        "<b:noSuchThing id='x'/>",
    ],
)
def test_elements_that_would_be_dropped_or_mistaken(element: str) -> None:
    assert ("x", "unsupported_element") in codes(f"{LINE}\n{element}")


def test_elements_of_no_bpmn() -> None:
    assert ("x", "foreign_element") in codes(f"{LINE}\n<userTask xmlns='http://other/' id='x'/>")


@pytest.mark.parametrize("mark", ["standardLoopCharacteristics", "multiInstanceLoopCharacteristics"])
def test_loop_marks(mark: str) -> None:
    assert codes(LINE.replace("user a", f"<b:userTask id='a'><b:{mark}/></b:userTask>")) == [("a", "loop")]


@pytest.mark.parametrize(
    ("attribute", "code"),
    [
        ("isForCompensation='1'", "activity_compensation"),
        ("startQuantity='2'", "quantity"),
        ("completionQuantity='0'", "quantity"),
    ],
)
def test_attributes_that_would_be_ignored(attribute: str, code: str) -> None:
    assert codes(LINE.replace("user a", f"<b:userTask id='a' {attribute}/>")) == [("a", code)]


@pytest.mark.parametrize(
    "tag", ["s:preScript", "s:postScript", "camunda:executionListener", "camunda:inputOutput", "zeebe:ioMapping"]
)
def test_extensions_that_act(tag: str) -> None:
    task = f"<b:userTask id='a'><b:extensionElements><{tag}>x = 1</{tag}></b:extensionElements></b:userTask>"
    assert codes(LINE.replace("user a", task)) == [("a", "extension_refused")]


def test_extensions_that_merely_have_no_effect() -> None:
    task = (
        "<b:userTask id='a' camunda:assignee='x' y:stgae='S'><b:extensionElements><s:properties/><y:frm/>"
        "<zeebe:formDefinition/></b:extensionElements></b:userTask>"
    )
    expected = {("a", "vendor_ignored"), ("a", "yikuo_unknown")}
    assert set(warnings(LINE.replace("user a", task))) == expected
    assert codes(LINE.replace("user a", task)) == []


@pytest.mark.parametrize("tag", ["userTask", "callActivity", "subProcess"])
def test_a_stage_may_be_marked_on_tasks_and_on_what_has_an_inside(tag: str) -> None:
    inside = "<b:startEvent id='i'/><b:endEvent id='j'/><b:sequenceFlow id='ij' sourceRef='i' targetRef='j'/>"
    body = inside if tag == "subProcess" else ""
    text = LINE.replace("user a", f"<b:{tag} id='a' calledElement='P' y:stage='SUPPLY_PLAN_REPLY'>{body}</b:{tag}>")
    assert [code for _, code in warnings(text) if code.startswith("yikuo")] == []
    wrong = text.replace("y:stage", "y:stgae")
    assert ("a", "yikuo_unknown") in warnings(wrong)


def test_lint_changes_nothing() -> None:
    root = tree(LINE)
    assert repair(root) == []


@pytest.mark.parametrize(
    ("element", "id_"),
    [
        ("<b:laneSet id='l'><b:conditionExpression id='x'>v</b:conditionExpression></b:laneSet>", "x"),
        ("<b:userTask id='y'><b:userTask id='x'/></b:userTask>", "x"),
        ("<b:userTask id='y'><b:timerEventDefinition id='x'/></b:userTask>", "x"),
        ("<b:userTask id='y'><b:sequenceFlow id='x' sourceRef='s' targetRef='e'/></b:userTask>", "x"),
        ("<b:script id='x'>v = 1</b:script>", "x"),
        ("<b:flowNodeRef id='x'>a</b:flowNodeRef>", "x"),
    ],
)
def test_elements_where_nobody_looks_for_them(element: str, id_: str) -> None:
    assert (id_, "misplaced_element") in codes(f"{LINE}\n{element}")


def test_marks_that_are_neither_true_nor_false() -> None:
    assert codes(LINE, process='id="P" isExecutable="yes"') == [("P", "boolean_bad")]
    boundary = (
        "<b:boundaryEvent id='x' attachedToRef='a' cancelActivity='no'><b:timerEventDefinition/></b:boundaryEvent>"
    )
    assert ("x", "boolean_bad") in codes(f"{LINE}\n{boundary}")


def test_every_code_has_its_hint_and_every_hint_its_code() -> None:
    folder = Path(lint_package.__file__).parent
    source = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.name != "finding.py")
    used = set(re.findall(r'(?:error|warning)\(\s*[^"\n]*?(?:"[a-z]+", |\n\s*)?"([a-z_]+)"', source))
    assert used <= HINTS.keys()
    assert {code for code in HINTS if f'"{code}"' not in source} == set()
