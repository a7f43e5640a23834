"""Compiles every FEEL text that a diagram holds and says what cannot be meant. Evaluates nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from engine.kernel.feel import FeelSyntaxError, compile_expression
from engine.kernel.lint.context import Context
from engine.kernel.lint.diagram import bpmn, place
from engine.kernel.lint.finding import Finding, error

_KEYWORDS: Final = frozenset(
    {"if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or", "not", "true", "false"}
    | {"null", "between", "instance", "of", "function", "external"}
)
_PYTHON: Final = {"True": "true", "False": "false", "None": "null"}
_NAME = re.compile(r"[^\W\d]\w*")
_CONSTANT = re.compile(r"""=?\s*("[^"]*"|-?\d+(\.\d+)?|null)\s*""")


def check(context: Context) -> Iterator[Finding]:
    """The conditions of all sequence flows."""
    for scope in context.diagram.scopes:
        for flow in scope.flows:
            if flow.condition is None:
                continue
            for condition in bpmn(flow.element, "conditionExpression"):
                yield from language(flow.id, condition)
            yield from feel(context, flow.id, flow.condition, "条件")
            if _CONSTANT.fullmatch(flow.condition):
                yield error(flow.id, "condition_constant", f"条件“{flow.condition[:40]}”永远不是真。")


def feel(context: Context, element: str, text: str, what: str) -> Iterator[Finding]:
    """Faults of one expression; `what` says in Chinese which part of the element it is."""
    if re.match(r"=?\s*[$#]\{", text):
        yield error(element, "expression_juel", f"{what}“{text[:40]}”不是 FEEL。")
        return
    try:
        expression = compile_expression(text)
    except FeelSyntaxError as fault:
        yield error(element, "feel_syntax", f"{what}有语法错误：{fault.detail}。")
        return
    yield from _names(element, text, expression.names, what)
    if context.functions is not None:
        for name in sorted(expression.functions - context.functions):
            yield error(element, "feel_function", f"{what}用到不存在的函数 {name}。")


def _names(element: str, text: str, names: frozenset[str], what: str) -> Iterator[Finding]:
    """What FEEL would quietly take for an unknown variable, and so for null, although something else was meant."""
    for name in sorted(names):
        if name in _PYTHON:
            yield error(element, "feel_name", f"{what}中的 {name} 不是 FEEL 的写法，应为 {_PYTHON[name]}。")
        elif not _NAME.fullmatch(name):
            yield error(element, "feel_name", f"{what}中的“{name[:40]}”不能是变量名。")
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    for alien in re.findall(r"\b__\w+|\bexternal\b", bare)[:1]:
        yield error(element, "feel_alien", f"{what}中的 {alien} 属于别的语言。")


def language(element: str, expression: etree._Element) -> Iterator[Finding]:
    """An expression that says it is of another language, or that hides markup inside."""
    stated = (expression.get("language") or "").strip()
    if stated and "feel" not in stated.lower():
        yield error(element, "expression_language", f"表达式的语言标为“{stated[:60]}”。")
    if len(expression):
        yield error(element, "expression_nested", "表达式中含有子元素，其后的文字会丢失。")


def is_variable(name: str) -> bool:
    """Whether a result may be stored under this name and found again in FEEL."""
    return bool(_NAME.fullmatch(name)) and name not in _KEYWORDS


def result_name(element: etree._Element, name: str | None) -> Iterator[Finding]:
    """A name for a result, where one is given."""
    if name and not is_variable(name):
        yield error(place(element), "result_name", f"“{name[:40]}”不能作变量名。")
