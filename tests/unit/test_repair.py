from __future__ import annotations

import pytest
from lxml import etree

from engine.kernel.repair import repair
from engine.kernel.xml_door import BPMN, SPIFF, open_xml
from tests.unit.drawing import OPEN, draw

B = f"{{{BPMN}}}"


def repaired(text: str, **kwargs: str) -> tuple[etree._Element, list[str]]:
    root = open_xml(draw(text, **kwargs), "f.bpmn")
    done = repair(root)
    return root, done


def test_flows_and_events_without_id_get_one() -> None:
    text = """
        start s
        <b:intermediateCatchEvent id="t"><b:timerEventDefinition><b:timeDuration>PT1H</b:timeDuration>
        </b:timerEventDefinition></b:intermediateCatchEvent>
        end e
        <b:sequenceFlow sourceRef="s" targetRef="t"/>
        <b:sequenceFlow id="" sourceRef="t" targetRef="e"/>
    """
    root, done = repaired(text)
    assert [flow.get("id") for flow in root.iter(f"{B}sequenceFlow")] == ["auto_sequenceFlow_1", "auto_sequenceFlow_2"]
    assert root.find(f".//{B}timerEventDefinition").get("id") == "auto_timerEventDefinition_1"
    assert root.find(f".//{B}timeDuration").get("id") is None
    assert len(done) == 3
    again, _ = repaired(text)
    assert etree.tostring(again) == etree.tostring(root)


def test_given_ids_avoid_those_that_exist() -> None:
    root, _ = repaired(
        'start auto_sequenceFlow_1\nend e\n<b:sequenceFlow sourceRef="auto_sequenceFlow_1" targetRef="e"/>'
    )
    assert root.find(f".//{B}sequenceFlow").get("id") == "auto_sequenceFlow_2"


@pytest.mark.parametrize(
    "bad",
    [
        *("Start", "End", "Root", "P.EndJoin", "u.BoundaryEventSplit", "u.BoundaryEventJoin", "StartEventJoin"),
        *("u [child]", "x'y", 'x"y', "a b", "P", "1st"),
    ],
)
def test_ids_that_collide_are_renamed_with_every_reference(bad: str) -> None:
    quoted = bad.replace('"', "&quot;")
    text = f"""
        <b:laneSet id="ls"><b:lane id="l" name="n"><b:flowNodeRef> {bad} </b:flowNodeRef></b:lane></b:laneSet>
        start s
        <b:userTask id="{quoted}"><b:incoming>f1</b:incoming><b:outgoing>f2</b:outgoing></b:userTask>
        <b:boundaryEvent id="be" attachedToRef="{quoted}"/>
        end e
        <b:sequenceFlow id="f1" sourceRef="s" targetRef="{quoted}"/>
        <b:sequenceFlow id="f2" sourceRef="{quoted}" targetRef="e"/>
    """
    shape = f'<bpmndi:BPMNDiagram><bpmndi:BPMNShape id="sh" bpmnElement="{quoted}"/></bpmndi:BPMNDiagram>'
    root, done = repaired(text, beside=shape)
    new = root.find(f".//{B}userTask").get("id")
    assert new != bad
    assert new.replace("_", "").replace("-", "").isalnum()
    assert root.find(f".//{B}flowNodeRef").text.strip() == new
    assert root.find(f".//{B}boundaryEvent").get("attachedToRef") == new
    assert [root.xpath(f"//*[@id='{f}']/@{a}")[0] for f, a in (("f1", "targetRef"), ("f2", "sourceRef"))] == [new, new]
    assert root.find(".//{*}BPMNShape").get("bpmnElement") == new
    assert root.find(f"{B}process").get("id") == "P"
    assert len(done) == 1
    assert bad in done[0]


def test_flow_ids_are_renamed_with_default_incoming_and_outgoing() -> None:
    root, _ = repaired("""
        start s
        <b:exclusiveGateway id="g" default="End"><b:outgoing>End</b:outgoing></b:exclusiveGateway>
        <b:endEvent id="e"><b:incoming>End</b:incoming></b:endEvent>
        <b:sequenceFlow id="End" sourceRef="g" targetRef="e"/>
    """)
    new = root.find(f".//{B}sequenceFlow").get("id")
    gateway = root.find(f".//{B}exclusiveGateway")
    assert new == gateway.get("default") == gateway.find(f"{B}outgoing").text
    assert root.find(f".//{B}endEvent/{B}incoming").text == new


def test_an_id_that_an_extension_uses_is_renamed() -> None:
    root, _ = repaired("""
        start s
        user template
        <b:serviceTask id="sv"><b:extensionElements><s:serviceTaskOperator id="notify.send"><s:parameters>
        <s:parameter id="template" value="1"/></s:parameters></s:serviceTaskOperator></b:extensionElements>
        </b:serviceTask>
    """)
    assert root.find(f".//{B}userTask").get("id") == "template_1"
    parameter = root.find(f".//{{{SPIFF}}}parameter")
    assert (parameter.get("id"), parameter.get("type")) == ("template", "any")


def test_a_call_of_a_process_is_not_mistaken_for_a_node() -> None:
    other = '<b:process id="Q" isExecutable="true"><b:startEvent id="qs"/></b:process>'
    root, _ = repaired("start s\nuser Q\ncall c calledElement=Q", beside=other)
    assert root.find(f".//{B}callActivity").get("calledElement") == "Q"
    assert root.find(f".//{B}userTask").get("id") == "Q_1"


def test_duplicate_ids_are_left_for_lint() -> None:
    root, done = repaired("user End\nuser End")
    assert [node.get("id") for node in root.iter(f"{B}userTask")] == ["End", "End"]
    assert done == []


def test_the_one_flow_without_condition_becomes_the_default() -> None:
    root, done = repaired("""
        start s
        xor g
        end a
        end b
        s > g
        g > a | x = 1
        <b:sequenceFlow id="f" sourceRef="g" targetRef="b"><b:conditionExpression> </b:conditionExpression>
        </b:sequenceFlow>
    """)
    assert root.find(f".//{B}exclusiveGateway").get("default") == "f"
    assert len(root.findall(f".//{B}conditionExpression")) == 1
    assert len(done) == 2


@pytest.mark.parametrize("kind", ["and", "xor default=g_a"])
def test_other_gateways_get_no_default(kind: str) -> None:
    name, *attributes = kind.split()
    root, _ = repaired(f"start s\n{name} g {' '.join(attributes)}\nend a\nend b\ns > g\ng > a\ng > b")
    gateway = root.find(f".//{B}{'parallelGateway' if name == 'and' else 'exclusiveGateway'}")
    assert gateway.get("default") == (attributes[0].partition("=")[2] if attributes else None)


def test_two_plain_flows_get_no_default() -> None:
    root, _ = repaired("start s\nxor g\nend a\nend b\ns > g\ng > a\ng > b")
    assert root.find(f".//{B}exclusiveGateway").get("default") is None


def test_booleans_are_written_out() -> None:
    root, _ = repaired(
        "user a\n<b:boundaryEvent id='x' attachedToRef='a' cancelActivity=' 0 '/>", process='id="P" isExecutable="1"'
    )
    assert root.find(f"{B}process").get("isExecutable") == "true"
    assert root.find(f".//{B}boundaryEvent").get("cancelActivity") == "false"


def test_prefixes_of_references_are_dropped() -> None:
    head = OPEN.replace("<b:definitions", '<b:definitions xmlns:t="http://x"')
    task = '<b:receiveTask id="r" messageRef="t:m"/>'
    text = f'{head}<b:message id="m" name="到货"/><b:process id="P">{task}</b:process></b:definitions>'
    root = open_xml(text.encode(), "f.bpmn")
    repair(root)
    assert root.find(f".//{B}receiveTask").get("messageRef") == "m"


@pytest.mark.parametrize(
    "task",
    [
        '<b:businessRuleTask id="r" camunda:decisionRef="limits"/>',
        '<b:businessRuleTask id="r"><b:extensionElements><zeebe:calledDecision decisionId="limits"/>'
        "</b:extensionElements></b:businessRuleTask>",
    ],
)
def test_decisions_named_in_other_ways_are_understood(task: str) -> None:
    root, done = repaired(task)
    assert root.findtext(f".//{{{SPIFF}}}calledDecisionId") == "limits"
    assert len(done) == 1


def test_decisions_computed_at_run_time_are_not() -> None:
    root, done = repaired('<b:businessRuleTask id="r" camunda:decisionRef="${pick}"/>')
    assert root.find(f".//{{{SPIFF}}}calledDecisionId") is None
    assert done == []


def test_a_sound_file_is_left_alone() -> None:
    data = draw("start s\nuser a\nend e\ns > a\na > e")
    root = open_xml(data, "f.bpmn")
    before = etree.tostring(root)
    assert repair(root) == []
    assert etree.tostring(root) == before
