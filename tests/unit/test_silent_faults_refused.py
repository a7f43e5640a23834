"""The silent faults of SpiffWorkflow 3.2.0 that we answer before anything runs: refused, or repaired as meant.

Named after the section of the evaluation that measured them; those answered at run time are tested with the kernel.
"""

from __future__ import annotations

import pytest

from engine.kernel.lint.diagram import read
from tests.unit.drawing import codes, found, tree

PLAIN = "start s\nuser a\nend e\ns > a\na > e"


def with_task(inner: str, attributes: str = "") -> list[tuple[str, str]]:
    return codes(PLAIN.replace("user a", f"<b:userTask id='a' {attributes}>{inner}</b:userTask>"))


def event_subprocess(start: str) -> list[tuple[str, str]]:
    inner = f"<b:startEvent id='x'>{start}</b:startEvent><b:userTask id='h'/><b:endEvent id='z'/>"
    return codes(f"{PLAIN}\n<b:subProcess id='p' triggeredByEvent='true'>{inner}</b:subProcess>")


def many(inner: str, attributes: str = "") -> str:
    return f"<b:multiInstanceLoopCharacteristics {attributes}>{inner}</b:multiInstanceLoopCharacteristics>"


# ---- §2.2 what the parser drops -------------------------------------------------------------------------------------


def test_2_2_flows_without_id_and_what_follows_them_are_kept_by_giving_ids() -> None:
    text = PLAIN.replace("s > a", "<b:sequenceFlow sourceRef='s' targetRef='a'/>")
    assert found(text) == []
    scope = read(tree(text)).processes[0]
    assert [flow.target for flow in scope.nodes["s"].outgoing] == ["a"]
    assert all(flow.id for flow in scope.flows)


@pytest.mark.parametrize("where", ["throw", "boundary", "mark"])
def test_2_2_compensation_ignored(where: str) -> None:
    inner = "<b:compensateEventDefinition id='d'/>"
    if where == "throw":
        event = f"<b:intermediateThrowEvent id='c'>{inner}</b:intermediateThrowEvent>"
        assert codes(f"{PLAIN.replace('a > e', 'a > c')}\n{event}\nc > e") == [("c", "event_kind")]
    elif where == "boundary":
        event = f"<b:boundaryEvent id='c' attachedToRef='a'>{inner}</b:boundaryEvent>"
        assert ("c", "event_kind") in codes(f"{PLAIN}\n{event}")
    else:
        assert with_task("", "isForCompensation='true'") == [("a", "activity_compensation")]


@pytest.mark.parametrize("kind", ["error", "escalation"])
def test_2_2_error_or_escalation_start_becomes_a_plain_start(kind: str) -> None:
    assert event_subprocess(f"<b:{kind}EventDefinition id='d'/>") == [("p", "event_subprocess")]


@pytest.mark.parametrize("node", ["user a", "timer a | PT1H", "call a calledElement=Q"])
def test_2_2_condition_on_a_flow_that_leaves_a_task_event_or_call_is_not_looked_at(node: str) -> None:
    text = PLAIN.replace("user a", node).replace("a > e", "a > e | 1 = 2")
    assert codes(text) == [("a_e", "condition_off_gateway")]


def test_2_2_link_events_lose_the_part_after_the_catch() -> None:
    link = "<b:linkEventDefinition id='{0}' name='L'/>"
    throw = f"<b:intermediateThrowEvent id='t'>{link.format('d1')}</b:intermediateThrowEvent>"
    catch = f"<b:intermediateCatchEvent id='c'>{link.format('d2')}</b:intermediateCatchEvent>"
    refused = codes(f"start s\n{throw}\n{catch}\nuser a\nend e\ns > t\nc > a\na > e")
    assert {("t", "event_kind"), ("c", "event_kind")} <= set(refused)


@pytest.mark.parametrize("name", ["Start", "End"])
def test_2_2_ids_start_and_end_collide_with_internal_specs(name: str) -> None:
    text = PLAIN.replace("user a", f"user {name}").replace("> a", f"> {name}").replace("a > e", f"{name} > e")
    assert found(text) == []
    assert name not in read(tree(text)).processes[0].nodes


def test_2_2_signal_end_event_throws_nothing() -> None:
    end = "<b:endEvent id='e'><b:signalEventDefinition id='d'/></b:endEvent>"
    assert codes(PLAIN.replace("end e", end)) == [("e", "event_kind")]


# ---- §3 stuck or falling over ---------------------------------------------------------------------------------------


def test_3_conditional_events_are_never_evaluated_again() -> None:
    event = "<b:intermediateCatchEvent id='a'><b:conditionalEventDefinition id='d'/></b:intermediateCatchEvent>"
    assert codes(PLAIN.replace("user a", event)) == [("a", "event_kind")]


def test_3_event_based_gateways_get_stuck_where_nothing_waits_behind_them() -> None:
    assert codes(PLAIN.replace("user a", "race a")) == [("a", "event_gateway_few"), ("a_e", "event_gateway_target")]
    parallel = "<b:eventBasedGateway id='a' eventGatewayType='Parallel' instantiate='true'/>"
    text = "start s\nrace a\ntimer t | PT1H\ntimer u | PT2H\nend e\ns > a\na > t\na > u\nt > e\nu > e"
    assert codes(text) == []
    assert codes(text.replace("race a", parallel)) == [("a", "event_gateway_kind")]


def test_3_exclusive_split_into_a_parallel_join_gets_stuck() -> None:
    text = "start s\nxor g\nuser a\nuser b\nand j\nend e\ns > g\ng > a | v\ng > b\na > j\nb > j\nj > e"
    assert codes(text) == [("j", "deadlock")]


def test_3_non_interrupting_boundary_branch_into_a_join_gets_stuck() -> None:
    text = "start s\nuser a\naside b a | PT1H\nand j\nend e\ns > a\na > j\nb > j\nj > e"
    assert codes(text) == [("j", "deadlock")]


def test_3_gateway_without_outgoing_raises_at_run_time() -> None:
    assert codes("start s\nxor g\nuser a\nend e\nand h\ns > g\ng > a | v\na > e\ng > h") == [("h", "dead_end")]


def test_3_called_process_missing_at_run_time() -> None:
    assert codes(PLAIN.replace("user a", "call a calledElement=gone"), known={"called": {}}) == [("a", "call_unknown")]


def test_3_io_specification_data_missing_at_run_time() -> None:
    assert with_task("<b:ioSpecification id='io'/>") == [("io", "unsupported_element")]


@pytest.mark.parametrize("attributes", ["", "ordering='Sequential' cancelRemainingInstances='false'"])
def test_3_ad_hoc_subprocess_raises_key_error(attributes: str) -> None:
    sub = f"<b:adHocSubProcess id='a' {attributes}><b:userTask id='x'/></b:adHocSubProcess>"
    assert codes(PLAIN.replace("user a", sub)) == [("a", "unsupported_element")]


# ---- §3.2 wrong against the published traces ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["signal", "escalation", "conditional", "error"])
def test_3_2_interrupting_boundary_on_a_subprocess_lets_it_run_on(kind: str) -> None:
    event = f"<b:boundaryEvent id='b' attachedToRef='p'><b:{kind}EventDefinition id='d'/></b:boundaryEvent>"
    sub = "sub p {\nstart x\nuser y\nend z\nx > y\ny > z\n}"
    assert codes(f"start s\n{sub}\n{event}\nend e\nend f\ns > p\np > e\nb > f") == [("b", "event_kind")]


@pytest.mark.parametrize("kind", ["error", "escalation", "conditional", "signal", "message", "timer"])
def test_3_2_event_subprocesses(kind: str) -> None:
    when = "<b:timeDuration>PT1H</b:timeDuration>" * (kind == "timer")
    start = f"<b:{kind}EventDefinition id='d'>{when}</b:{kind}EventDefinition>"
    assert event_subprocess(start) == [("p", "event_subprocess")]


def test_3_2_signal_end_inside_a_subprocess() -> None:
    end = "<b:endEvent id='z'><b:signalEventDefinition id='d'/></b:endEvent>"
    assert codes(f"start s\nsub p {{\nstart x\n{end}\nx > z\n}}\nend e\ns > p\np > e") == [("z", "event_kind")]


def test_3_2_event_definition_ref() -> None:
    event = "<b:intermediateCatchEvent id='a'><b:eventDefinitionRef>d</b:eventDefinitionRef></b:intermediateCatchEvent>"
    assert ("a", "event_kind") in codes(PLAIN.replace("user a", event))


@pytest.mark.parametrize("name", ["startQuantity", "completionQuantity"])
def test_3_2_token_quantities(name: str) -> None:
    assert with_task("", f"{name}='3'") == [("a", "quantity")]


@pytest.mark.parametrize("behaviour", ["None", "One", "All", "Complex"])
def test_3_2_multi_instance_behaviour(behaviour: str) -> None:
    assert with_task(f"<b:multiInstanceLoopCharacteristics behavior='{behaviour}'/>") == [("a", "loop")]


def test_3_2_negative_loop_values() -> None:
    assert with_task(many("<b:loopCardinality>-1</b:loopCardinality>")) == [("a", "loop")]
    assert with_task("<b:standardLoopCharacteristics loopMaximum='-1'/>") == [("a", "loop")]


def test_3_2_loudly_rejected_kinds_stay_rejected() -> None:
    assert ("a", "unsupported_element") in codes(PLAIN.replace("user a", "<b:complexGateway id='a'/>"))
    assert codes(f"{PLAIN}\nend f\na > f") == [("a", "implicit_split")]
    beside = "<b:globalUserTask id='G'/>"
    text = PLAIN.replace("user a", "call a calledElement=G")
    assert codes(text, beside=beside, known={"called": {}}) == [("a", "call_unknown")]


# ---- §4 what hostile files did --------------------------------------------------------------------------------------


def test_4_parser_hangs_on_a_data_object_two_levels_up() -> None:
    read_it = "<b:dataInputAssociation id='dia'><b:sourceRef>dor</b:sourceRef></b:dataInputAssociation>"
    inner = f"sub q {{\nstart y\n<b:userTask id='u'>{read_it}</b:userTask>\nend w\ny > u\nu > w\n}}"
    outer = f"sub p {{\nstart x\n{inner}\nend z\nx > q\nq > z\n}}"
    declared = "<b:dataObject id='d'/><b:dataObjectReference id='dor' dataObjectRef='d'/>"
    text = f"{declared}\nstart s\n{outer}\nend e\ns > p\np > e"
    assert codes(text) == [("dia", "unsupported_element")]
    assert codes(text.replace(read_it, "")) == []


PYTHON = "__import__('os').system('touch canary')"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("user a", f"script a | {PYTHON}"),
        PLAIN.replace("user a", f"script a | x = {PYTHON}"),
        PLAIN.replace(
            "user a", "<b:scriptTask id='a'><b:script>import os&#10;os.system('x')</b:script></b:scriptTask>"
        ),
        PLAIN.replace("user a", f"xor a\nend f\na > f | {PYTHON} = 0"),
        PLAIN.replace("user a", f'timer a | {PYTHON} and "" or "PT1H"'),
        PLAIN.replace("user a", "script a | w = [c for c in ().__class__.__base__.__subclasses__()]"),
        PLAIN.replace("user a", "script a | w = ().__class__.__mro__"),
        PLAIN.replace("user a", 'script a | w = eval("1")'),
        PLAIN.replace("user a", 'script a | w = open("/etc/passwd")'),
        PLAIN.replace(
            "user a",
            "<b:userTask id='a'><b:extensionElements><s:preScript>x</s:preScript></b:extensionElements></b:userTask>",
        ),
    ],
)
def test_4_every_expression_is_arbitrary_python(text: str) -> None:
    assert codes(text)


def test_4_endless_engine_loop_says_completed() -> None:
    assert codes("start s\nscript a | n = 1\nxor g\nend e\ns > a\na > g\ng > a | true\ng > e") == [("a", "engine_loop")]


def test_4_calls_of_itself_never_return() -> None:
    assert codes(PLAIN.replace("user a", "call a calledElement=P")) == [("P", "call_cycle")]


def test_4_multi_instance_of_a_huge_number() -> None:
    assert with_task(many("<b:loopCardinality>20000</b:loopCardinality>")) == [("a", "loop")]


@pytest.mark.parametrize(
    "text", ["P99999999999M", '"P99999999999M"', "-PT5M", "5m", "P", "R3/PT1M", "P0.5M", "P99999999999D"]
)
def test_4_durations_that_hang_or_are_taken_for_something_else(text: str) -> None:
    assert codes(PLAIN.replace("user a", f"timer a | {text}")) == [("a", "timer_iso")]


def test_4_endless_cycle_timer() -> None:
    cycle = "<b:timerEventDefinition id='d'><b:timeCycle>R/PT0S</b:timeCycle></b:timerEventDefinition>"
    event = f"<b:intermediateCatchEvent id='a'>{cycle}</b:intermediateCatchEvent>"
    assert codes(PLAIN.replace("user a", event)) == [("a", "timer_cycle")]


# ---- §5 semantic traps ----------------------------------------------------------------------------------------------


def test_5_two_start_events() -> None:
    assert ("P", "start_count") in codes(f"{PLAIN}\nstart s2\ns2 > a")


def test_5_same_subprocess_id_in_two_files() -> None:
    sub = "start {0}s\nsub same {{\nstart {0}x\nend {0}z\n{0}x > {0}z\n}}\nend {0}e\n{0}s > same\nsame > {0}e"
    other = tree(sub.format("q"), process='id="Q"')
    assert codes(sub.format(""), known={"called": {"Q": other}}) == [("same", "id_duplicate")]


@pytest.mark.parametrize("kind", ["isSequential='true'", "isSequential='false'"])
def test_5_multi_instance_without_output_keeps_the_last_opinion_only(kind: str) -> None:
    assert with_task(many("<b:loopDataInputRef>l</b:loopDataInputRef>", kind)) == [("a", "loop")]


def test_5_a_string_condition_is_true_in_python() -> None:
    assert codes('start s\nxor g\nend a\nend e\ns > g\ng > a | "false"\ng > e') == [("g_a", "condition_constant")]


def test_5_naive_date_time_means_the_offset_of_the_process_start() -> None:
    date = "<b:timerEventDefinition id='d'><b:timeDate>2026-07-01T17:00:00</b:timeDate></b:timerEventDefinition>"
    event = f"<b:intermediateCatchEvent id='a'>{date}</b:intermediateCatchEvent>"
    assert codes(PLAIN.replace("user a", event)) == [("a", "timer_iso")]
