from __future__ import annotations

import pytest

from engine.errors import ModelRefused
from engine.kernel.check import check_files, summarise, summary
from tests.unit.drawing import draw

PLAIN = "start s\nuser a\nend e\ns > a\na > e"
DMN = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="http://x">'
    '<decision id="limits" name="时限"><variable id="v" name="时限"/><literalExpression id="l"><text>{}</text>'
    "</literalExpression></decision></definitions>"
)


def rule(decision: str) -> str:
    inner = f"<b:extensionElements><s:calledDecisionId>{decision}</s:calledDecisionId></b:extensionElements>"
    return PLAIN.replace("user a", f"<b:businessRuleTask id='a'>{inner}</b:businessRuleTask>")


def test_a_clean_file_has_no_finding() -> None:
    assert check_files({"a.bpmn": draw(PLAIN)}) == []


def test_findings_are_lines_with_file_element_and_reason() -> None:
    (finding,) = check_files({"dir/a.bpmn": draw(PLAIN.replace("user a", "timer a | 5m"))})
    assert str(finding).startswith("dir/a.bpmn:a: 定时器的时间“5m”不是")
    assert finding.as_dict() == {
        "file": "dir/a.bpmn",
        "element": "a",
        "code": "timer_iso",
        "reason": finding.reason,
        "severity": "error",
        "hint": finding.hint,
    }


def test_a_refusal_at_the_door_names_the_line() -> None:
    (finding,) = check_files({"a.bpmn": b"<a>\n<b>\n</a>"})
    assert (finding.file, finding.element, finding.code) == ("a.bpmn", "3", "xml_malformed")


def test_one_bad_file_does_not_hide_the_others() -> None:
    findings = check_files({"a.bpmn": b"", "b.bpmn": draw(PLAIN), "c.dmn": b"<x/>", "d.bpmn": draw("end e")})
    assert {finding.file for finding in findings} == {"a.bpmn", "c.dmn", "d.bpmn"}


def test_warnings_come_last_and_are_marked() -> None:
    text = "start s\nxor g\nend a\nend b\ns > g\ng > a | v\ng > b | w"
    (finding,) = check_files({"a.bpmn": draw(text)})
    assert finding.severity == "warning"
    assert ": 提醒：" in str(finding)


MANIFEST = b'key = "p"\noperators = ["notify.send"]\n'


def test_decision_models_are_checked() -> None:
    assert check_files({"l.dmn": DMN.format("1 + 1").encode()}) == []
    assert {f.file for f in check_files({"l.dmn": DMN.format("__import__('os')").encode()})} == {"l.dmn"}


def test_decisions_of_a_folder_are_known_to_its_diagrams() -> None:
    files = {"manifest.toml": MANIFEST, "l.dmn": DMN.format("1").encode()}
    assert check_files({**files, "a.bpmn": draw(rule("limits"))}) == []
    assert [f.code for f in check_files({**files, "a.bpmn": draw(rule("other"))})] == ["decision_unknown"]
    shared = {**files, "manifest.toml": MANIFEST + b'shared = ["x.dmn"]'}
    assert check_files({**shared, "a.bpmn": draw(rule("other"))}) == []


def test_files_without_a_manifest_stand_by_themselves() -> None:
    assert check_files({"a.bpmn": draw(rule("other")), "b.bpmn": draw(PLAIN), "l.dmn": DMN.format("1").encode()}) == []


def test_a_folder_with_a_manifest_is_checked_as_a_whole() -> None:
    manifest = 'key = "p"\noperators = ["notify.send"]\n[lanes]\n"勘查员" = "SURVEYOR"\n'.encode()
    lane = "<b:laneSet id='ls'><b:lane id='l' name='{}'><b:flowNodeRef>a</b:flowNodeRef></b:lane></b:laneSet>\n"
    task = "<b:userTask id='a' y:form='survey'/>"

    def found(lane_name: str, files: dict[str, bytes]) -> list[str]:
        diagram = draw(lane.format(lane_name) + PLAIN.replace("user a", task))
        return [f.code for f in check_files({"manifest.toml": manifest, "process.bpmn": diagram, **files})]

    assert found("勘查员", {"forms/survey.json": b"{}"}) == []
    assert found("受理员", {"forms/survey.json": b"{}"}) == ["lane_unknown"]
    assert found("勘查员", {}) == ["form_unknown"]


def test_a_broken_manifest_is_told() -> None:
    assert [f.code for f in check_files({"manifest.toml": b"key = ", "a.bpmn": draw(PLAIN)})] == ["manifest_broken"]


def test_functions_of_the_business_are_known_and_no_others() -> None:
    assert check_files({"a.bpmn": draw(PLAIN.replace("user a", 'timer a | limit("X")'))}) == []
    unknown = {"a.bpmn": draw(PLAIN.replace("user a", 'timer a | launch("X")'))}
    assert [f.code for f in check_files(unknown)] == ["feel_function"]
    assert check_files(unknown, functions=None) == []


def test_calls_between_the_files_of_a_folder() -> None:
    caller = draw(PLAIN.replace("user a", "call a calledElement=Q"))
    callee = draw("start qs\nuser qu\nend qe\nqs > qu\nqu > qe", process='id="Q"')
    back = draw("start qs\ncall qu calledElement=P\nend qe\nqs > qu\nqu > qe", process='id="Q"')
    assert check_files({"a.bpmn": caller}) == []
    assert check_files({"manifest.toml": MANIFEST, "a.bpmn": caller, "q.bpmn": callee}) == []
    assert [f.code for f in check_files({"manifest.toml": MANIFEST, "a.bpmn": caller})] == ["call_unknown"]
    assert [f.code for f in check_files({"manifest.toml": MANIFEST, "a.bpmn": caller, "q.bpmn": back})] == [
        "call_cycle"
    ] * 2


def test_a_summary_counts_what_is_there() -> None:
    text = """
        <b:laneSet id='ls'><b:lane id='l' name='勘查员'><b:flowNodeRef>p</b:flowNodeRef></b:lane></b:laneSet>
        start s
        sub p {
        start x
        user y
        bound b y | PT1H
        end z
        end w
        x > y
        y > z
        b > w
        }
        xor g
        end e
        s > p
        p > g
        <b:sequenceFlow sourceRef="g" targetRef="e"/>
    """
    pool = '<b:collaboration id="c"><b:participant id="o" name="新装" processRef="P"/></b:collaboration>'
    found = summarise(draw(text, beside=pool), "a.bpmn")
    assert (found.process_id, found.name, found.n_processes, found.lanes) == ("P", "新装", 1, ("勘查员",))
    assert (found.n_tasks, found.n_gateways, found.n_timers, found.n_events) == (1, 1, 1, 6)
    assert (found.n_subprocesses, found.n_calls, found.n_flows, len(found.repairs)) == (1, 0, 6, 1)
    assert summary("a.bpmn", draw(text, beside=pool)).startswith("a.bpmn: 流程 P（新装）：1 个任务，1 个网关，6 个事件")


def test_summaries_of_other_files() -> None:
    assert summary("l.dmn", DMN.format("1").encode()) == "l.dmn: 1 个决策（时限）"
    assert summary("manifest.toml", b"123") == "manifest.toml: 3 字节"
    with pytest.raises(ModelRefused):
        summarise(draw(PLAIN, process='id="P" isExecutable="false"'), "a.bpmn")
