from __future__ import annotations

import pytest

from engine.kernel.dmn import Model, load_dmn

DMN15 = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(name: str, body: str, **imports: Model) -> Model:
    data = f'<definitions xmlns="{DMN15}" name="{name}" namespace="http://{name}">{body}</definitions>'.encode()
    return load_dmn(data, f"{name}.dmn", imports={f"http://{key}": each for key, each in imports.items()})


def imports(namespace: str, name: str) -> str:
    return f'<import name="{name}" namespace="http://{namespace}" importType="{DMN15}"/>'


def decision(name: str, text: str, *requires: str, kind: str = "") -> str:
    needs = "".join(f'<informationRequirement><{tag} href="{href}"/></informationRequirement>' for tag, href in
                    (each.split("=") for each in requires))  # fmt: skip
    variable = f'<variable name="{name}" typeRef="{kind}"/>' if kind else ""
    logic = f"<literalExpression><text>{text}</text></literalExpression>"
    return f'<decision id="d" name="{name}">{variable}{needs}{logic}</decision>'


PERSON = (
    '<itemDefinition name="tName"><typeRef>string</typeRef><allowedValues><text>"张","李"</text></allowedValues>'
    '</itemDefinition><inputData id="i" name="full name"><variable name="full name" typeRef="tName"/></inputData>'
)
BASE = model("base", PERSON + decision("greeting", '"你好，" + full name', "requiredInput=#i"))
VIA = model(
    "via",
    imports("base", "the base")
    + decision("loud", "the base.greeting + &quot;！&quot;", "requiredDecision=http://base#d"),
    base=BASE,
)
SAME = model(
    "same",
    imports("base", "the base") + decision("soft", "the base.greeting", "requiredDecision=http://base#d"),
    base=BASE,
)


@pytest.mark.parametrize(
    "given",
    [{"full name": "张"}, {"the base": {"full name": "张"}}, {"the base": {"full name": "张"}, "full name": "李"}],
)
def test_input_data_of_an_imported_model_are_given_flat_or_under_its_name(given: dict[str, object]) -> None:
    assert VIA.decide("loud", given).value == "你好，张！"


def test_a_model_reached_by_two_ways_is_two_models() -> None:
    body = imports("via", "one") + imports("same", "other")
    both = model(
        "both",
        body
        + decision("both", "[one.loud, other.soft]", "requiredDecision=http://via#d", "requiredDecision=http://same#d"),
        via=VIA,
        same=SAME,
    )
    given = {"one": {"the base": {"full name": "张"}}, "other": {"the base": {"full name": "李"}}}
    assert both.decide("both", given).value == ["你好，张！", "你好，李"]


def test_types_of_an_imported_model_hold_under_its_name() -> None:
    typed = '<inputData id="i" name="x"><variable name="x" typeRef="the base.tName"/></inputData>'
    body = imports("base", "the base") + typed
    importing = model("m", body + decision("d", "x", "requiredInput=#i"), base=BASE)
    assert importing.decide("d", {"x": "张"}).value == "张"
    assert importing.decide("d", {"x": "王"}).value is None
    asks = decision("d", "x instance of the base.tName", "requiredInput=#i")
    assert model("m", body + asks, base=BASE).decide("d", {"x": "张"}).value is True


def test_an_import_without_a_name_puts_the_names_themselves_in_scope() -> None:
    body = imports("base", "") + decision("d", "greeting + &quot;。&quot;", "requiredDecision=http://base#d")
    assert model("m", body, base=BASE).decide("d", {"full name": "李"}).value == "你好，李。"


# ---- decision services -----------------------------------------------------------------------------------------------

SERVICE = (
    '<inputData id="i" name="kW"><variable name="kW" typeRef="number"/></inputData>'
    '<decision id="half" name="half"><informationRequirement><requiredInput href="#i"/></informationRequirement>'
    "<literalExpression><text>kW / 2</text></literalExpression></decision>"
    '<decisionService id="s" name="halved"><variable name="halved" typeRef="{kind}"/><outputDecision href="#half"/>'
    '<inputData href="#i"/></decisionService>'
)


def serve(text: str, kind: str = "number") -> object:
    needs = '<knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement>'
    box = f"<literalExpression><text>{text}</text></literalExpression>"
    return (
        model("m", SERVICE.format(kind=kind) + f'<decision id="d" name="D">{needs}{box}</decision>')
        .decide("D", {})
        .value
    )


def test_a_service_is_called_like_a_function() -> None:
    assert serve("halved(10)") == 5
    assert serve("halved(kW: 10)") == 5
    assert serve("halved([10])") == 5


@pytest.mark.parametrize("text", ["halved()", "halved(1, 2)", 'halved("10")', "halved(no: 10)"])
def test_a_call_that_does_not_fit_a_service_is_null(text: str) -> None:
    assert serve(text.replace('"', "&quot;")) is None


def test_the_result_of_a_service_is_of_its_type() -> None:
    assert serve("halved(10)", "string") is None


# ---- names -----------------------------------------------------------------------------------------------------------


def test_expressions_know_what_is_required_by_the_name_of_its_variable() -> None:
    body = (
        '<inputData id="i" name="申请容量"><variable name="kW" typeRef="number"/></inputData>'
        '<decision id="a" name="折半"><variable name="half"/><informationRequirement><requiredInput href="#i"/>'
        "</informationRequirement><literalExpression><text>kW / 2</text></literalExpression></decision>"
    )
    named = model("m", body + decision("D", "half + 1", "requiredDecision=#a"))
    assert named.decide("D", {"kW": 10}).value == 6
    assert named.decide("D", {"申请容量": 10}).value == 6
    assert named.decide("折半", {"kW": 10}).value == 5


def test_a_knowledge_model_that_is_a_table_is_called_by_what_its_columns_ask() -> None:
    body = (
        '<businessKnowledgeModel id="k" name="price"><encapsulatedLogic><decisionTable><input><inputExpression '
        'typeRef="number"><text>usage  kWh</text></inputExpression></input><output/>'
        "<rule><inputEntry><text>&gt; 100</text></inputEntry><outputEntry><text>0.6</text></outputEntry></rule>"
        "<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>0.5</text></outputEntry></rule>"
        "</decisionTable></encapsulatedLogic></businessKnowledgeModel>"
    ).replace("<decisionTable>", '<decisionTable hitPolicy="FIRST">')
    needs = '<knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>'
    call = "<invocation><literalExpression><text>price</text></literalExpression><binding><parameter name='usage kWh'/>"
    call += "<literalExpression><text>120</text></literalExpression></binding></invocation>"
    asked = model("m", f'{body}<decision id="d" name="D">{needs}{call}</decision>')
    assert str(asked.decide("D", {}).value) == "0.6"


def test_a_model_named_like_a_built_in_function_is_itself_by_name_too() -> None:
    body = (
        '<businessKnowledgeModel id="k" name="count"><encapsulatedLogic><formalParameter name="list"/>'
        "<literalExpression><text>77</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
    )
    needs = '<knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>'
    logic = "<literalExpression><text>[count([1]), count(list: [1])]</text></literalExpression>"
    assert model("m", f'{body}<decision id="d" name="D">{needs}{logic}</decision>').decide("D", {}).value == [77, 77]
