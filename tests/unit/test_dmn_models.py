from __future__ import annotations

import hashlib

import pytest

from engine.errors import ModelRefused, NotFound
from engine.kernel.dmn import Model, load_dmn
from engine.kernel.feel.values import to_json

DMN15 = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(body: str, namespace: str = DMN15, **kwargs: object) -> Model:
    data = f'<definitions xmlns="{namespace}" name="m" namespace="http://m">{body}</definitions>'.encode()
    return load_dmn(data, "m.dmn", **kwargs)  # type: ignore[arg-type]


def needs(*keys: str) -> str:
    tags = {"i": ("informationRequirement", "requiredInput"), "d": ("informationRequirement", "requiredDecision")}
    tags["k"] = ("knowledgeRequirement", "requiredKnowledge")
    return "".join(f'<{tags[key[0]][0]}><{tags[key[0]][1]} href="#{key}"/></{tags[key[0]][0]}>' for key in keys)


def literal(text: str) -> str:
    return f"<literalExpression><text><![CDATA[{text}]]></text></literalExpression>"


def decision(key: str, name: str, logic: str, *required: str, kind: str = "") -> str:
    variable = f'<variable name="{name}" typeRef="{kind}"/>' if kind else ""
    return f'<decision id="{key}" name="{name}">{variable}{needs(*required)}{logic}</decision>'


def value(logic: str, **inputs: object) -> object:
    data = "".join(f'<inputData id="i_{name}" name="{name}"/>' for name in inputs)
    body = data + decision("d", "D", logic, *(f"i_{name}" for name in inputs))
    return model(body).decide("d", inputs).value


GRAPH = (
    '<inputData id="i_kw" name="Total kW"><variable name="Total kW" typeRef="number"/></inputData>'
    + '<businessKnowledgeModel id="k_share" name="share"><encapsulatedLogic>'
    + '<formalParameter name="n" typeRef="number"/>'
    + literal("twice(n) / 4")
    + "</encapsulatedLogic>"
    + needs("k_twice")
    + '</businessKnowledgeModel><businessKnowledgeModel id="k_twice" name="twice"><encapsulatedLogic>'
    + '<formalParameter name="n"/>'
    + literal("n * 2")
    + "</encapsulatedLogic></businessKnowledgeModel>"
    + decision("d_half", "Half load", literal("share(Total kW)"), "i_kw", "k_share", kind="number")
    + decision("d_text", "Text", literal('"半载 " + string(Half load)'), "d_half", kind="string")
    + '<decisionService id="s" name="Offer"><outputDecision href="#d_text"/><encapsulatedDecision href="#d_half"/>'
    + '<inputData href="#i_kw"/></decisionService>'
    + '<decisionService id="s2" name="From half"><outputDecision href="#d_text"/><inputDecision href="#d_half"/>'
    + "</decisionService>"
)


def test_decisions_are_taken_with_all_they_require() -> None:
    graph = model(GRAPH)
    outcome = graph.decide("Text", {"Total kW": 10, "unused": 1})
    assert outcome.value == "半载 5"
    assert outcome.inputs == {"Total kW": 10, "Half load": 5}
    assert graph.decisions["d_half"] is graph.decisions["Half load"]
    data = f'<definitions xmlns="{DMN15}" name="m" namespace="http://m">{GRAPH}</definitions>'.encode()
    assert graph.digest == hashlib.sha256(data).hexdigest()
    with pytest.raises(NotFound):
        graph.decide("nowhere", {})


def test_services_and_knowledge_models_can_be_called() -> None:
    graph = model(GRAPH)
    assert graph.serve("Offer", {"Total kW": 8}) == "半载 4"
    assert graph.serve("From half", {"Half load": 3}) == "半载 3"
    assert graph.call("share", {"n": 6}) == 3
    assert graph.call("share", {"n": "six"}) is None


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
    ],
)
def test_namespaces_of_all_versions(namespace: str) -> None:
    assert model(GRAPH, namespace).decide("d_half", {"Total kW": 10}).value == 5


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        (
            "<context><contextEntry><variable name='a b'/>" + literal("x + 1") + "</contextEntry><contextEntry>"
            "<variable name='c'/>" + literal("a b * 2") + "</contextEntry></context>",
            {"a b": 6, "c": 12},
        ),
        (
            "<context><contextEntry><variable name='a'/>" + literal("x") + "</contextEntry><contextEntry>"
            + literal("a * 3") + "</contextEntry></context>",
            15,
        ),
        (
            "<relation><column name='n'/><column name='m'/><row>" + literal("1") + literal("x") + "</row><row>"
            + literal("2") + literal("null") + "</row></relation>",
            [{"n": 1, "m": 5}, {"n": 2, "m": None}],
        ),
        ("<list>" + literal("x") + literal('"a"') + "</list>", [5, "a"]),
        (
            "<invocation>" + literal("f") + "<binding><parameter name='n'/>" + literal("x") + "</binding></invocation>",
            None,
        ),
        (
            "<invocation>" + literal("abs") + "<binding><parameter name='n'/>"
            + literal("-x") + "</binding></invocation>",
            5,
        ),
        (
            "<conditional><if>" + literal("x > 3") + "</if><then>" + literal('"y"') + "</then><else>" + literal('"n"')
            + "</else></conditional>",
            "y",
        ),
        ("<filter><in>" + literal("[4, 5, 6]") + "</in><match>" + literal("item >= x") + "</match></filter>", [5, 6]),
        (
            "<for iteratorVariable='i'><in>" + literal("[1..3]") + "</in><return>"
            + literal("i * x") + "</return></for>",
            [5, 10, 15],
        ),
        (
            "<every iteratorVariable='i'><in>" + literal("[1, 2]") + "</in><satisfies>" + literal("i < x")
            + "</satisfies></every>",
            True,
        ),
        (
            "<some iteratorVariable='i'><in>" + literal("[1, 2]") + "</in><satisfies>" + literal("i > x")
            + "</satisfies></some>",
            False,
        ),
    ],
    ids=["context", "result", "relation", "list", "unknown", "builtin", "if", "filter", "for", "every", "some"],
)  # fmt: skip
def test_boxed_expressions(logic: str, expected: object) -> None:
    assert value(logic, x=5) == expected


TYPES = (
    '<itemDefinition name="tUsage"><typeRef>string</typeRef><allowedValues><text>"RES","NON"</text></allowedValues>'
    '</itemDefinition><itemDefinition name="tLine"><itemComponent name="kW"><typeRef>number</typeRef></itemComponent>'
    '<itemComponent name="usage"><typeRef>tUsage</typeRef></itemComponent></itemDefinition>'
    '<itemDefinition name="tLines" isCollection="true"><typeRef>tLine</typeRef></itemDefinition>'
)


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("number", 5, 5), ("number", "5", None), ("number", [5], 5), ("number", True, None), ("string", None, None),
        ("tUsage", "RES", "RES"), ("tUsage", "OTHER", None),
        ("tLine", {"kW": 1, "usage": "NON"}, {"kW": 1, "usage": "NON"}),
        ("tLine", {"kW": 1}, {"kW": 1, "usage": None}), ("tLine", {"kW": "1"}, None), ("tLine", 5, None),
        ("tLines", [{"kW": 1, "usage": "RES"}], [{"kW": 1, "usage": "RES"}]),
        ("tLines", [{"kW": 1, "usage": "X"}], None),
        ("tLines", {"kW": 1, "usage": "RES"}, [{"kW": 1, "usage": "RES"}]), ("date", {"@date": "2024-01-01"}, ...),
        ("feel:number", 5, 5), ("Any", {"x": [1]}, {"x": [1]}),
    ],
)  # fmt: skip
def test_inputs_are_checked_against_their_types(kind: str, given: object, expected: object) -> None:
    body = f'{TYPES}<inputData id="i" name="x"><variable name="x" typeRef="{kind}"/></inputData>'
    notes: list[object] = []
    outcome = model(body + decision("d", "D", literal("x"), "i")).decide("d", {"x": given}, None, notes)
    if expected is ...:
        assert to_json(outcome.value) == given
    else:
        assert outcome.value == expected
        assert bool(notes) == (expected is None and given is not None)


def test_results_are_checked_against_their_types() -> None:
    body = (
        TYPES + decision("d", "D", literal("{kW: 1}"), kind="tLine") + decision("e", "E", literal("[1]"), kind="number")
    )
    assert model(body).decide("d", {}).value is None
    assert model(body).decide("e", {}).value == 1


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        (decision("d", "D", literal("1 +")), "feel_syntax", "d"),
        (decision("d", "D", ""), "dmn_no_logic", "d"),
        (decision("d", "D", literal("1"), "i_gone"), "dmn_dangling", "d"),
        (decision("d", "D", literal("E"), "d_e") + decision("d_e", "E", literal("D"), "d"), "dmn_cycle", "d_e"),
        (decision("d", "D", literal("1"), kind="tGone"), "dmn_unknown_type", "d"),
        (decision("d", "D", literal("1")) + decision("e", "D", literal("1")), "dmn_duplicate_name", "e"),
        (decision("d", "D", literal("1")) + decision("d", "E", literal("1")), "dmn_duplicate_id", "d"),
        ('<import name="o" namespace="http://o" importType="x"/>', "dmn_import", "import:1"),
        (decision("d", "D", '<decisionTable id="t" hitPolicy="BEST"><output/></decisionTable>'), "dmn_hit_policy", "t"),
        (decision("d", "D", "<decisionTable id='t'><output/><rule/></decisionTable>"), "dmn_rule_width", "t"),
        (
            decision("d", "D", "<literalExpression expressionLanguage='juel'><text>1</text></literalExpression>"),
            "dmn_language", "d",
        ),
    ],
)  # fmt: skip
def test_faults_are_named_with_their_element(body: str, code: str, place: str) -> None:
    with pytest.raises(ModelRefused) as caught:
        model(body)
    assert (code, place) in {(fault.code, fault.field) for fault in caught.value.faults}


def test_what_is_no_dmn_is_refused() -> None:
    for data in (b"<definitions/>", b"<a", b'<!DOCTYPE a><definitions xmlns="x"/>'):
        with pytest.raises(ModelRefused):
            load_dmn(data, "x.dmn")


def test_a_lenient_model_runs_what_it_can() -> None:
    lenient = model(decision("d", "D", literal("1 +")) + decision("e", "E", literal("2")), strict=False)
    assert lenient.decide("d", {}).value is None
    assert lenient.decide("e", {}).value == 2


def test_imported_models_are_seen_under_their_prefix() -> None:
    other = load_dmn(
        f'<definitions xmlns="{DMN15}" name="o" namespace="http://o">{GRAPH}</definitions>'.encode(), "o.dmn"
    )
    body = (
        '<import name="lib" namespace="http://o" importType="x"/><decision id="d" name="D"><informationRequirement>'
        '<requiredDecision href="http://o#d_half"/></informationRequirement><knowledgeRequirement>'
        '<requiredKnowledge href="http://o#k_twice"/></knowledgeRequirement>'
        + literal("lib.twice(lib.Half load)")
        + "</decision>"
    )
    assert model(body, imports={"http://o": other}).decide("d", {"Total kW": 10}).value == 10


def test_knowledge_models_may_call_each_other_and_types_refer_to_themselves() -> None:
    body = (
        '<itemDefinition name="tNode"><itemComponent name="left"><typeRef>tNode</typeRef></itemComponent>'
        '<itemComponent name="right"><typeRef>tNode</typeRef></itemComponent></itemDefinition>'
        '<inputData id="i" name="x"><variable name="x" typeRef="tNode"/></inputData>'
    )
    for name, other, end in (("odd one", "even one", "false"), ("even one", "odd one", "true")):
        body += (
            f'<businessKnowledgeModel id="k_{name[:3]}" name="{name}"><encapsulatedLogic><formalParameter name="n"/>'
            + literal(f"if n = 0 then {end} else {other}(n - 1)")
            + f"</encapsulatedLogic>{needs('k_' + other[:3])}</businessKnowledgeModel>"
        )
    body += decision("d", "D", literal("even one(10)"), "k_eve") + decision("e", "E", literal("x.left.right"), "i")
    assert model(body).decide("d", {}).value is True
    assert model(body).decide("e", {"x": {"left": {"right": None}}}).value is None
    assert model(body).decide("e", {"x": {"left": 5}}).inputs == {"x": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"RES" instance of tUsage', True), ('"X" instance of tUsage', False), ("5 instance of tUsage", False),
        ('[{kW: 1, usage: "RES"}] instance of tLines', True), ('[{kW: 1, usage: "X"}] instance of tLines', False),
        ('{kW: 1, usage: "NON", more: 1} instance of tLine', True), ('{kW: 1} instance of tLine', False),
        ('(function(u: tUsage) u)("RES")', "RES"), ('(function(u: tUsage) u)("X")', None),
        ("[1] instance of list", None), ("1 instance of tNowhere", None), ("null instance of tUsage", False),
    ],
)  # fmt: skip
def test_types_of_the_model_are_types_in_expressions(text: str, expected: object) -> None:
    assert model(TYPES + decision("d", "D", literal(text))).decide("d", {}).value == expected
