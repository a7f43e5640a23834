"""A small decision model of several decisions, and diagrams that take them, for the tests of what is recorded."""

from __future__ import annotations

from tests.diagrams import flow, node, path, user

QUOTE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="报价" namespace="http://quote">
<description>由用电等级得出押金。</description>
<itemDefinition name="tPlan"><itemComponent name="on"><typeRef>date</typeRef></itemComponent>
<itemComponent name="stays"><typeRef>days and time duration</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tPlans" isCollection="true"><typeRef>tPlan</typeRef></itemDefinition>
<inputData id="capacity_kw" name="capacity_kw"><variable name="capacity_kw" typeRef="number"/></inputData>
<inputData id="usage" name="usage"><variable name="usage" typeRef="string"/></inputData>
<inputData id="remark" name="remark"><variable name="remark" typeRef="string"/></inputData>
<inputData id="signed_on" name="signed_on"><variable name="signed_on" typeRef="date"/></inputData>
<inputData id="plans" name="plans"><variable name="plans" typeRef="tPlans"/></inputData>
<businessKnowledgeModel id="rate_of" name="rate of"><encapsulatedLogic><formalParameter name="grade"/>
<decisionTable id="rates"><input label="等级"><inputExpression><text>grade</text></inputExpression></input>
<output name="rate" label="费率"/>
<rule id="rate_1"><inputEntry><text>"A"</text></inputEntry><outputEntry><text>100</text></outputEntry></rule>
<rule id="rate_2"><inputEntry><text>"B"</text></inputEntry><outputEntry><text>80</text></outputEntry></rule>
</decisionTable></encapsulatedLogic></businessKnowledgeModel>
<decision id="grade" name="Grade"><question>用电等级</question>
<informationRequirement><requiredInput href="#capacity_kw"/></informationRequirement>
<informationRequirement><requiredInput href="#usage"/></informationRequirement>
<decisionTable id="grades" hitPolicy="FIRST">
<input label="容量"><inputExpression typeRef="number"><text>capacity_kw</text></inputExpression></input>
<input label="是否居民"><inputExpression><text>usage = "RESIDENTIAL"</text></inputExpression></input>
<output name="grade" label="等级" typeRef="string"/><annotation name="依据"/>
<rule id="grade_1"><inputEntry><text>&gt;= 500</text></inputEntry><inputEntry><text>false</text></inputEntry>
<outputEntry><text>"A"</text></outputEntry><annotationEntry><text>大容量从高</text></annotationEntry></rule>
<rule id="grade_2"><inputEntry><text>&gt;= 1</text></inputEntry><inputEntry><text>-</text></inputEntry>
<outputEntry><text>"B"</text></outputEntry><annotationEntry><text>其余从低</text></annotationEntry></rule>
</decisionTable></decision>
<decision id="deposit" name="Deposit"><question>押金</question><variable name="Deposit" typeRef="number"/>
<informationRequirement><requiredDecision href="#grade"/></informationRequirement>
<informationRequirement><requiredInput href="#capacity_kw"/></informationRequirement>
<knowledgeRequirement><requiredKnowledge href="#rate_of"/></knowledgeRequirement>
<literalExpression><text>rate of(Grade) * capacity_kw</text></literalExpression></decision>
<decision id="told" name="Told"><informationRequirement><requiredInput href="#remark"/></informationRequirement>
<informationRequirement><requiredInput href="#usage"/></informationRequirement>
<literalExpression><text>{n: string length(remark), said: "备注：" + remark, code: usage}</text></literalExpression>
</decision>
<decision id="late" name="Late"><informationRequirement><requiredInput href="#signed_on"/></informationRequirement>
<literalExpression><text>signed_on &gt; date("2026-01-01")</text></literalExpression></decision>
<decision id="planned" name="Planned"><informationRequirement><requiredInput href="#plans"/></informationRequirement>
<literalExpression><text>for p in plans return p.on + p.stays</text></literalExpression></decision>
</definitions>""".encode()


def rule_task(id: str, decision: str, result: str) -> str:
    """A business rule task."""
    called = f"<spiffworkflow:calledDecisionId>{decision}</spiffworkflow:calledDecisionId>"
    return node(
        "businessRuleTask", id, f"<bpmn:extensionElements>{called}</bpmn:extensionElements>", yikuo__result=result
    )


def asking(decision: str) -> tuple[str, ...]:
    """A process that takes one decision once its task is done, and then waits for another."""
    return (user("a"), rule_task("r", decision, "answer"), user("b"), path("s", "a", "r", "b", "e"))


BRANCHING = (user("a"), node("exclusiveGateway", "g"), node("endEvent", "e2"), path("s", "a", "g"),
             flow("g", "e", "approved_kw * 1.2 > 100"), flow("g", "e2", "false"))  # fmt: skip
"""A process whose gateway asks for a variable that nobody gave."""
