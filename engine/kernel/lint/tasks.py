"""Does every task that acts by itself say what it does, in words that this process version knows?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from lxml import etree

from engine.kernel.lint.context import Context
from engine.kernel.lint.diagram import USER, Node, child
from engine.kernel.lint.expressions import feel, is_variable, result_name
from engine.kernel.lint.finding import Finding, error
from engine.kernel.xml_door import SPIFF, YIKUO

_ASSIGNMENT = re.compile(r"\s*([^=]*?)\s*=(?!=)(.*)", re.DOTALL)


def check(context: Context) -> Iterator[Finding]:
    """All findings of this module."""
    for node in context.diagram.nodes():
        if judge := _JUDGES.get(node.tag):
            yield from judge(context, node)
        if node.awaits_message:
            yield from _user(context, node)
        yield from _objections(context, node)
        yield from result_name(node.element, node.element.get(f"{{{YIKUO}}}result"))


def _script(context: Context, node: Node) -> Iterator[Finding]:
    stated = (node.element.get("scriptFormat") or "").strip()
    if stated and "feel" not in stated.lower():
        yield error(node.id, "script_language", f"脚本的语言标为“{stated[:40]}”。")
        return
    scripts = [part for part in node.element if part.tag.endswith("}script")]
    lines = [line for script in scripts for line in (script.text or "").splitlines() if line.strip()]
    if len(scripts) != 1 or len(scripts[0]) or not lines:
        yield error(node.id, "script_line", "脚本任务没有脚本、脚本是空的或含有子元素。")
        return
    for line in lines:
        found = _ASSIGNMENT.fullmatch(line)
        if found is None or not is_variable(found[1]):
            yield error(node.id, "script_line", f"脚本的“{line.strip()[:60]}”不是赋值。")
        else:
            yield from feel(context, node.id, found[2].strip(), f"变量 {found[1]} 的表达式")


def _rule(context: Context, node: Node) -> Iterator[Finding]:
    found = _extensions(node, f"{{{SPIFF}}}calledDecisionId")
    decision = (found[0].text or "").strip() if len(found) == 1 else ""
    if not decision:
        yield error(node.id, "decision_missing", "规则任务没有写明一个决策。")
    elif context.decisions is not None and decision not in context.decisions:
        yield error(node.id, "decision_unknown", f"决策“{decision}”不存在。")


def _service(context: Context, node: Node) -> Iterator[Finding]:
    found = _extensions(node, f"{{{SPIFF}}}serviceTaskOperator")
    operator = found[0].get("id") if len(found) == 1 else None
    if not operator:
        yield error(node.id, "operator_missing", "服务任务没有写明一个算子。")
        return
    if context.operators is not None and operator not in context.operators:
        yield error(node.id, "operator_unknown", f"算子“{operator}”没有登记。")
    yield from result_name(node.element, found[0].get("resultVariable"))
    seen: set[str] = set()
    for parameter in found[0].iter(f"{{{SPIFF}}}parameter"):
        name, value = parameter.get("id") or "", (parameter.get("value") or "").strip()
        if not name or name in seen or not value:
            yield error(node.id, "operator_parameter", f"算子的参数“{name}”没有编号、重复或没有值。")
        else:
            yield from feel(context, node.id, value, f"参数 {name}")
        seen.add(name)


def _call(context: Context, node: Node) -> Iterator[Finding]:
    """Whether the called process exists is judged with the call cycles."""
    for kind in ("input", "output"):
        for mapping in _extensions(node, f"{{{YIKUO}}}{kind}"):
            source, target = (mapping.get("source") or "").strip(), (mapping.get("target") or "").strip()
            if not source or not is_variable(target):
                yield error(node.id, "call_mapping", f"yikuo:{kind} 缺少 source，或 target“{target}”不能作变量名。")
            else:
                yield from feel(context, node.id, source, f"{kind} {target}")


def _user(context: Context, node: Node) -> Iterator[Finding]:
    form = node.element.get(f"{{{YIKUO}}}form")
    if form is not None and context.forms is not None and form not in context.forms:
        yield error(node.id, "form_unknown", f"表单“{form}”不存在。")


def _objections(context: Context, node: Node) -> Iterator[Finding]:
    """`yikuo:rule`: a decision that lists what forbids the step."""
    rule = node.element.get(f"{{{YIKUO}}}rule")
    if rule is None:
        return
    if node.tag not in USER and not node.awaits_message:
        yield error(node.id, "rule_misplaced", "此处的 yikuo:rule 不会执行。")
    elif not rule or (context.decisions is not None and rule not in context.decisions):
        yield error(node.id, "rule_unknown", f"规则“{rule}”不存在。")
    elif context.rules is not None and rule not in context.rules:
        yield error(node.id, "rule_no_list", f"规则“{rule}”的结果不是列表。")


def _extensions(node: Node, tag: str) -> list[etree._Element]:
    extensions = child(node.element, "extensionElements")
    return [] if extensions is None else extensions.findall(tag)


_JUDGES: Final[Mapping[str, Callable[[Context, Node], Iterator[Finding]]]] = {
    "scriptTask": _script,
    "businessRuleTask": _rule,
    "serviceTask": _service,
    "callActivity": _call,
    **dict.fromkeys(USER, _user),
}
