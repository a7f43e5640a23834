from __future__ import annotations

from xml.sax.saxutils import escape

import pytest

from tests.unit.drawing import codes, tree, warnings


def around(element: str, **known: object) -> list[tuple[str, str]]:
    return codes(f"start s\n{element}\nend e\ns > x\nx > e", known=known)


def script(text: str, attributes: str = "") -> list[tuple[str, str]]:
    inner = escape(text).replace("\n", "&#10;")
    return around(f"<b:scriptTask id='x' {attributes}><b:script>{inner}</b:script></b:scriptTask>")


@pytest.mark.parametrize(
    "text",
    [
        "n = 1",
        'n = n + 1\n\nlimit_kw = if usage = "工业" then 160 else 16',
        "天数 = workdays(3)",
        "ok = a >= 1",
    ],
)
def test_scripts_that_assign(text: str) -> None:
    assert script(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "script_line"),
        ("   ", "script_line"),
        ("import os", "script_line"),
        ("n == 1", "script_line"),
        ("while True: pass", "script_line"),
        ("print(1)", "script_line"),
        ("a.b = 1", "script_line"),
        ("a[0] = 1", "script_line"),
        ("1a = 1", "script_line"),
        ("if = 1", "script_line"),
        ("n =", "feel_syntax"),
        ("n = 1 == 2", "feel_syntax"),
        ("n = __import__('os').system('id')", "feel_syntax"),
        ("n = [c for c in ().__class__.__base__.__subclasses__()]", "feel_syntax"),
        ('n = open("/etc/passwd")', "feel_function"),
        ("n = True", "feel_name"),
    ],
)
def test_scripts_that_do_more_or_less(text: str, code: str) -> None:
    assert script(text) == [("x", code)]


@pytest.mark.parametrize("language", ["python", "groovy", "javascript"])
def test_scripts_of_other_languages(language: str) -> None:
    assert script("n = 1", f"scriptFormat='{language}'") == [("x", "script_language")]
    assert script("n = 1", "scriptFormat='FEEL'") == []


def test_a_script_split_by_an_element() -> None:
    task = "<b:scriptTask id='x'><b:script>a = 1 <x/> + 2</b:script></b:scriptTask>"
    assert around(task) == [("x", "foreign_element"), ("x", "script_line")]


def condition(text: str, attributes: str = "") -> list[tuple[str, str]]:
    inner = f"<b:conditionExpression {attributes}><![CDATA[{text}]]></b:conditionExpression>"
    flow = f"<b:sequenceFlow id='c' sourceRef='g' targetRef='a'>{inner}</b:sequenceFlow>"
    return codes(f"start s\nxor g default=g_b\nend a\nend b\ns > g\n{flow}\ng > b")


@pytest.mark.parametrize(
    "text", ["v = 1", "=v = 1", 'usage = "工业" and capacity_kw > 160', "workdays(3) > due", "true"]
)
def test_conditions_in_feel(text: str) -> None:
    assert condition(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("v == 1", "feel_syntax"),
        ("v = 'a'", "feel_syntax"),
        ("lambda: 1", "feel_syntax"),
        ("__import__('os').system('id')", "feel_syntax"),
        ('system("id")', "feel_function"),
        ("True", "feel_name"),
        ("None = v", "feel_name"),
        ("${v == 1}", "expression_juel"),
        ("#{v}", "expression_juel"),
        ('"false"', "condition_constant"),
        ("1", "condition_constant"),
        ("null", "condition_constant"),
    ],
)
def test_conditions_that_are_no_feel_or_never_true(text: str, code: str) -> None:
    assert condition(text) == [("c", code)]


def test_conditions_of_another_language() -> None:
    assert condition("v = 1", "language='http://www.w3.org/1999/XPath'") == [("c", "expression_language")]
    assert condition("v = 1", "language='https://www.omg.org/spec/DMN/20191111/FEEL/'") == []
    assert condition(" ", "camunda:resource='x.groovy'") == [("c", "feel_syntax")]


def rule(inner: str, **known: object) -> list[tuple[str, str]]:
    return around(
        f"<b:businessRuleTask id='x'><b:extensionElements>{inner}</b:extensionElements></b:businessRuleTask>", **known
    )


def test_rule_tasks() -> None:
    named = "<s:calledDecisionId> limits </s:calledDecisionId>"
    assert rule(named) == []
    assert rule(named, decisions=frozenset({"limits"})) == []
    assert rule(named, decisions=frozenset({"other"})) == [("x", "decision_unknown")]
    assert rule("") == [("x", "decision_missing")]
    assert rule("<s:calledDecisionId/>") == [("x", "decision_missing")]
    assert rule(named * 2) == [("x", "decision_missing")]


def service(inner: str, mark: str = "", **known: object) -> list[tuple[str, str]]:
    operator = (
        f"<s:serviceTaskOperator id='notify.send' {mark}><s:parameters>{inner}</s:parameters></s:serviceTaskOperator>"
    )
    return around(
        f"<b:serviceTask id='x'><b:extensionElements>{operator}</b:extensionElements></b:serviceTask>", **known
    )


def test_service_tasks() -> None:
    parameter = "<s:parameter id='template' type='string' value='\"accepted\"'/>"
    assert service(parameter, operators=frozenset({"notify.send"})) == []
    assert service(parameter, operators=frozenset()) == [("x", "operator_unknown")]
    assert service(parameter * 2) == [("x", "operator_parameter")]
    assert service("<s:parameter id='template'/>") == [("x", "operator_parameter")]
    assert service("<s:parameter id='t' value='a ='/>") == [("x", "feel_syntax")]
    assert service("", "resultVariable='a b'") == [("x", "result_name")]
    assert around("<b:serviceTask id='x'/>") == [("x", "operator_missing")]
    assert around("<b:serviceTask id='x' camunda:class='com.example.Send'/>") == [("x", "operator_missing")]


def test_result_variables() -> None:
    assert around("<b:userTask id='x' y:result='limits'/>") == []
    for name in ("a b", "if", "1a", "@date", "a.b"):
        assert around(f"<b:userTask id='x' y:result='{name}'/>") == [("x", "result_name")]


def test_forms() -> None:
    task = "<b:userTask id='x' y:form='survey'/>"
    assert around(task) == []
    assert around(task, forms=frozenset({"survey"})) == []
    assert around(task, forms=frozenset()) == [("x", "form_unknown")]
    assert around("<b:userTask id='x'/>", forms=frozenset()) == []


LANES = "<b:laneSet id='ls'><b:lane id='l1' name='勘查员'><b:flowNodeRef>x</b:flowNodeRef></b:lane>{}</b:laneSet>"


def lanes(more: str = "", task: str = "user x", **known: object) -> list[tuple[str, str]]:
    return codes(f"{LANES.format(more)}\nstart s\n{task}\nend e\ns > x\nx > e", known=known)


def test_lanes() -> None:
    assert lanes() == []
    assert lanes(lanes=frozenset({"勘查员"})) == []
    assert lanes(lanes=frozenset({"受理员"})) == [("x", "lane_unknown")]
    second = "<b:lane id='l2' name='受理员'><b:flowNodeRef>x</b:flowNodeRef></b:lane>"
    assert lanes(second) == [("x", "lane_twice")]
    assert lanes(second.replace(">x<", ">s<")) == []


def test_a_user_task_outside_all_lanes() -> None:
    assert codes(f"{LANES.format('')}\nstart s\nuser x\nuser y\nend e\ns > x\nx > y\ny > e") == [("y", "lane_missing")]
    assert around("<b:userTask id='x'/>", lanes=frozenset({"勘查员"})) == [("x", "lane_missing")]


def test_a_lane_without_name() -> None:
    nameless = LANES.format("").replace(" name='勘查员'", "")
    assert codes(f"{nameless}\nstart s\nuser x\nend e\ns > x\nx > e") == [("x", "lane_name")]


def test_the_innermost_lane_counts() -> None:
    nested = (
        "<b:laneSet id='ls'><b:lane id='l0' name='公司'><b:flowNodeRef>x</b:flowNodeRef><b:childLaneSet id='c'>"
        "<b:lane id='l1' name='勘查员'><b:flowNodeRef>x</b:flowNodeRef></b:lane></b:childLaneSet></b:lane></b:laneSet>"
    )
    text = f"{nested}\nstart s\nuser x\nend e\ns > x\nx > e"
    assert codes(text, known={"lanes": frozenset({"勘查员"})}) == []


def test_tasks_in_a_subprocess_lie_in_its_lane() -> None:
    inner = "sub x {\nstart y\nuser z\nend w\ny > z\nz > w\n}"
    assert lanes(task=inner, lanes=frozenset({"勘查员"})) == []


def test_calls() -> None:
    other = tree("start qs\nuser qu\nend qe\nqs > qu\nqu > qe", process='id="Q"')
    assert around("call x calledElement=Q", called={"Q": other}) == []
    assert around("call x calledElement=R", called={"Q": other}) == [("x", "call_unknown")]
    assert around("call x calledElement=R", called={}) == [("x", "call_unknown")]
    assert around("call x calledElement=R") == []
    assert around("call x") == [("x", "call_unknown")]


def test_call_mappings() -> None:
    def call(inner: str) -> list[tuple[str, str]]:
        mapped = f"<b:extensionElements>{inner}</b:extensionElements>"
        return around(f"<b:callActivity id='x' calledElement='Q'>{mapped}</b:callActivity>")

    assert call("<y:input source='a + 1' target='b'/><y:output source='b' target='c'/>") == []
    assert call("<y:input source='a +' target='b'/>") == [("x", "feel_syntax")]
    assert call("<y:input target='b'/>") == [("x", "call_mapping")]
    assert call("<y:output source='b' target='@x'/>") == [("x", "call_mapping")]


def test_calls_in_a_circle() -> None:
    assert around("call x calledElement=P") == [("P", "call_cycle")]
    back = tree("start qs\ncall qc calledElement=P\nend qe\nqs > qc\nqc > qe", process='id="Q"')
    assert around("call x calledElement=Q", called={"Q": back}) == [("P", "call_cycle")]
    inside = "sub x {\nstart y\ncall z calledElement=P\nend w\ny > z\nz > w\n}"
    assert around(inside) == [("P", "call_cycle")]


def test_a_circle_below_is_not_mine() -> None:
    own = tree("start qs\ncall qc calledElement=Q\nend qe\nqs > qc\nqc > qe", process='id="Q"')
    assert around("call x calledElement=Q", called={"Q": own}) == []


def test_calls_too_deep() -> None:
    chain = {
        f"Q{i}": tree(
            f"start s{i}\ncall c{i} calledElement=Q{i + 1}\nend e{i}\ns{i} > c{i}\nc{i} > e{i}", process=f'id="Q{i}"'
        )
        for i in range(22)
    }
    assert ("P", "too_deep") in around("call x calledElement=Q0", called=chain)
    assert warnings("start s\nend e\ns > e") == []


COLLECTING = {"decisions": frozenset({"rules", "one"}), "rules": frozenset({"rules"})}
MESSAGE = '<b:message id="m" name="paid"/>'


def ruled(element: str) -> list[tuple[str, str]]:
    return codes(f"start s\n{element}\nend e\ns > x\nx > e", known=dict(COLLECTING), beside=MESSAGE)


@pytest.mark.parametrize(
    "element",
    [
        "<b:userTask id='x' y:rule='{}'/>",
        "<b:receiveTask id='x' messageRef='m' y:rule='{}'/>",
        "<b:intermediateCatchEvent id='x' y:rule='{}'><b:messageEventDefinition id='d' messageRef='m'/>"
        "</b:intermediateCatchEvent>",
    ],
)
def test_a_rule_stands_where_people_act_and_gives_a_list(element: str) -> None:
    assert ruled(element.format("rules")) == []
    assert ruled(element.format("one")) == [("x", "rule_no_list")]
    assert ruled(element.format("none")) == [("x", "rule_unknown")]
    assert ruled(element.format("")) == [("x", "rule_unknown")]


def test_a_rule_elsewhere_would_never_be_asked() -> None:
    assert ruled("<b:task id='x' y:rule='rules'/>") == [("x", "rule_misplaced")]
    assert ruled("timer x | PT1H") == []
    timed = "<b:timerEventDefinition id='d'><b:timeDuration>PT1H</b:timeDuration></b:timerEventDefinition>"
    catch = f"<b:intermediateCatchEvent id='x' y:rule='rules'>{timed}</b:intermediateCatchEvent>"
    assert ruled(catch) == [("x", "rule_misplaced")]


def test_a_message_with_a_form_needs_a_form_and_a_lane() -> None:
    catch = "<b:receiveTask id='x' messageRef='m' y:form='paid'/>"
    text = f"start s\n{catch}\nend e\ns > x\nx > e"
    assert codes(text, beside=MESSAGE, known={"forms": frozenset({"paid"})}) == []
    assert codes(text, beside=MESSAGE, known={"forms": frozenset()}) == [("x", "form_unknown")]
    assert codes(text, beside=MESSAGE, known={"lanes": frozenset({"受理员"})}) == [("x", "lane_missing")]
    formless = text.replace(" y:form='paid'", "")
    assert codes(formless, beside=MESSAGE, known={"lanes": frozenset({"受理员"})}) == []


SAID = "y:collection='people' y:item='person' y:result='opinion' y:results='opinions'"


def many(host: str, attributes: str = SAID, inner: str = "") -> list[tuple[str, str]]:
    loop = f"<b:multiInstanceLoopCharacteristics {attributes}>{inner}</b:multiInstanceLoopCharacteristics>"
    return codes(f"start s\n{host.format(loop)}\nend e\ns > x\nx > e", beside=MESSAGE)


OPERATOR = "<b:extensionElements><s:serviceTaskOperator id='o'/></b:extensionElements>"


@pytest.mark.parametrize(
    "host",
    [
        "<b:userTask id='x'>{}</b:userTask>",
        f"<b:serviceTask id='x'>{OPERATOR}{{}}</b:serviceTask>",
        "<b:callActivity id='x' calledElement='Q'>{}</b:callActivity>",
        "<b:subProcess id='x'>{}<b:startEvent id='i'/><b:endEvent id='j'/>"
        "<b:sequenceFlow id='ij' sourceRef='i' targetRef='j'/></b:subProcess>",
    ],
)
def test_activities_for_each_item_of_a_list(host: str) -> None:
    assert many(host) == []
    assert many(host, SAID.replace("y:results='opinions'", "")) == [("x", "loop")]


def test_what_is_not_done_for_each_item() -> None:
    assert many("<b:task id='x'>{}</b:task>") == [("x", "loop")]
    assert many("<b:receiveTask id='x' messageRef='m'>{}</b:receiveTask>") == [("x", "loop")]


TASK = "<b:userTask id='x'>{}</b:userTask>"


def test_items_that_are_not_said_well() -> None:
    assert many(TASK, SAID.replace("'person'", "'if'")) == [("x", "result_name")]
    assert many(TASK, SAID.replace("'opinions'", "'a b'")) == [("x", "result_name")]
    assert many(TASK, SAID.replace("'people'", "'people +'")) == [("x", "feel_syntax")]
    assert many(TASK, SAID.replace("'opinion'", "'launch(1)'")) == [("x", "feel_function")]
    assert many(TASK, f"{SAID} behavior='One'") == [("x", "loop")]
    assert many(TASK, SAID, "<b:completionCondition>true</b:completionCondition>") == [("x", "loop")]
    assert many(TASK, SAID, "<b:loopCardinality>3</b:loopCardinality>") == [("x", "loop")]
    assert many(TASK, f"{SAID} y:itme='x'") == []
    loop = f"<b:multiInstanceLoopCharacteristics {SAID} y:itme='x'/>"
    assert warnings(f"start s\n{TASK.format(loop)}\nend e\ns > x\nx > e") == [("x", "yikuo_unknown")]


def test_a_list_may_be_empty_so_it_does_not_wait() -> None:
    loop = f"<b:multiInstanceLoopCharacteristics {SAID}/>"
    text = f"start s\nxor m\n{TASK.format(loop)}\nxor g\nend e\ns > m\nm > x\nx > g\ng > m | again\ng > e"
    assert [code for _, code in codes(text)] == ["engine_loop"]
    assert codes(text.replace(loop, "")) == []
