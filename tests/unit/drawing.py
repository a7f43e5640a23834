"""Draws small BPMN files for tests from one line per element, so that a test shows its diagram at a glance."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from engine.kernel.lint import Finding, lint
from engine.kernel.repair import repair
from engine.kernel.xml_door import open_xml

TAGS = {
    "start": "startEvent",
    "end": "endEvent",
    "user": "userTask",
    "task": "task",
    "manual": "manualTask",
    "receive": "receiveTask",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "call": "callActivity",
    "race": "eventBasedGateway",
}
OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" xmlns:y="http://yikuo.example/bpmn/1.0"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' id="D" targetNamespace="http://x">'
)


def draw(text: str, *, beside: str = "", process: str = 'id="P" isExecutable="true"') -> bytes:
    """A file with one process. Lines of `text`, `|` splits off a text:

    `user a`, `xor g default=f`, `script x | n = 1`, `timer t | PT5M`, `bound b a | PT1H` (sits on a), `aside b a`,
    `term e`, `sub p {` … `}`, `a > b | condition` (its id is a_b), `<raw xml/>`. `beside`: raw XML beside the process.
    """
    body = "\n".join(_lines(text))
    return f"{OPEN}{beside}<b:process {process}>\n{body}\n</b:process></b:definitions>".encode()


def _lines(text: str) -> Iterator[str]:
    for line in filter(None, map(str.strip, text.splitlines())):
        head, _, tail = (part.strip() for part in line.partition("|"))
        words = head.split()
        if line.startswith("<"):
            yield line
        elif line == "}":
            yield "</b:subProcess>"
        elif words[1] == ">":
            yield _flow(words[0], words[2], tail)
        else:
            yield _node(words, tail)


def _flow(source: str, target: str, condition: str) -> str:
    inner = f"<b:conditionExpression>{escape(condition)}</b:conditionExpression>" if condition else ""
    return f'<b:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</b:sequenceFlow>'


def _node(words: list[str], tail: str) -> str:
    kind, id_, *rest = words
    if kind == "sub":
        return f'<b:subProcess id="{id_}">'
    if kind == "script":
        return f'<b:scriptTask id="{id_}"><b:script>{escape(tail)}</b:script></b:scriptTask>'
    if kind == "term":
        return f'<b:endEvent id="{id_}"><b:terminateEventDefinition id="{id_}_d"/></b:endEvent>'
    if kind in ("timer", "bound", "aside"):
        tag = "intermediateCatchEvent" if kind == "timer" else "boundaryEvent"
        mark = "" if kind == "timer" else f' attachedToRef="{rest[0]}"' + ' cancelActivity="false"' * (kind == "aside")
        when = f"<b:timeDuration>{escape(tail)}</b:timeDuration>"
        return (
            f'<b:{tag} id="{id_}"{mark}><b:timerEventDefinition id="{id_}_d">{when}</b:timerEventDefinition></b:{tag}>'
        )
    more = "".join(f" {key}={quoteattr(value)}" for key, _, value in (word.partition("=") for word in rest))
    return f'<b:{TAGS[kind]} id="{id_}"{more}/>'


def tree(text: str, **kwargs: str) -> etree._Element:
    """The opened and repaired tree of `draw(text)`."""
    root = open_xml(draw(text, **kwargs), "test.bpmn")
    repair(root)
    return root


def found(text: str, *, known: dict[str, object] | None = None, **kwargs: str) -> list[Finding]:
    """What lint says about `draw(text)`; `known` replaces what is checked against."""
    context: dict[str, object] = {
        "functions": frozenset({"limit", "workdays"}),
        **dict.fromkeys(("operators", "decisions", "forms", "called")),
        **(known or {}),
    }
    return lint(tree(text, **kwargs), name="test.bpmn", **context)  # type: ignore[arg-type]


def codes(text: str, *, known: dict[str, object] | None = None, **kwargs: str) -> list[tuple[str, str]]:
    """(element, code) of every error, in order."""
    return [(f.element, f.code) for f in found(text, known=known, **kwargs) if f.severity == "error"]


def warnings(text: str, *, known: dict[str, object] | None = None, **kwargs: str) -> list[tuple[str, str]]:
    """(element, code) of every warning, in order."""
    return [(f.element, f.code) for f in found(text, known=known, **kwargs) if f.severity == "warning"]
