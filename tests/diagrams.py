"""Small BPMN files for tests, written as a list of nodes and flows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from xml.sax.saxutils import quoteattr

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'xmlns:yikuo="http://yikuo.example/bpmn/1.0" id="D" targetNamespace="http://yikuo.example">\n'
)


def node(tag: str, id: str, body: str = "", **attributes: str) -> str:
    extra = "".join(f' {key.replace("__", ":")}="{value}"' for key, value in attributes.items())
    return f'<bpmn:{tag} id="{id}" name="{id}"{extra}>{body}</bpmn:{tag}>\n'


def user(id: str, **attributes: str) -> str:
    return node("userTask", id, **attributes)


def script(id: str, *lines: str) -> str:
    text = "\n".join(lines).replace("&", "&amp;").replace("<", "&lt;")
    return node("scriptTask", id, f"<bpmn:script>{text}</bpmn:script>")


def service(id: str, operator: str, result: str = "", **params: str) -> str:
    inner = "".join(f'<spiffworkflow:parameter id="{k}" type="any" value="{v}"/>' for k, v in params.items())
    return node(
        "serviceTask",
        id,
        f'<bpmn:extensionElements><spiffworkflow:serviceTaskOperator id="{operator}" resultVariable="{result}">'
        f"<spiffworkflow:parameters>{inner}</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
        "</bpmn:extensionElements>",
    )


def timer(tag: str, id: str, text: str, kind: str = "timeDuration", **attributes: str) -> str:
    body = (
        f'<bpmn:timerEventDefinition id="{id}_def"><bpmn:{kind} xsi:type="bpmn:tFormalExpression">{text}</bpmn:{kind}>'
    )
    return node(tag, id, body + "</bpmn:timerEventDefinition>", **attributes)


def boundary(id: str, on: str, text: str, interrupting: bool = True) -> str:
    return timer("boundaryEvent", id, text, attachedToRef=on, cancelActivity="true" if interrupting else "false")


def message(tag: str, id: str, ref: str, **attributes: str) -> str:
    """A receive task or an event that waits for the message with the id `ref`."""
    if tag == "receiveTask":
        return node(tag, id, messageRef=ref, **attributes)
    return node(tag, id, f'<bpmn:messageEventDefinition id="{id}_def" messageRef="{ref}"/>', **attributes)


def each(collection: str, item: str, result: str, results: str, sequential: bool = False) -> str:
    """Multi-instance characteristics by our attributes."""
    said = {"collection": collection, "item": item, "result": result, "results": results}
    marks = "".join(f" yikuo:{key}={quoteattr(text)}" for key, text in said.items())
    return f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"{marks}/>'


def terminate(id: str) -> str:
    return node("endEvent", id, f'<bpmn:terminateEventDefinition id="{id}_def"/>')


def flow(source: str, target: str, condition: str = "", id: str = "", stage: str = "") -> str:
    inner = ""
    if condition:
        text = condition.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        inner = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{text}</bpmn:conditionExpression>'
    name, mark = id or f"f_{source}_{target}", f' yikuo:stage="{stage}"' if stage else ""
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<bpmn:sequenceFlow id="{name}" {ends}{mark}>{inner}</bpmn:sequenceFlow>\n'


def path(*ids: str) -> str:
    return "".join(flow(a, b) for a, b in pairwise(ids))


def process(*parts: str, id: str = "P", extra: str = "", start: str = "s") -> bytes:
    body = node("startEvent", start) + "".join(parts)
    whole = f'<bpmn:process id="{id}" isExecutable="true">\n{body}</bpmn:process>\n'
    return f"{HEAD}{extra}{whole}</bpmn:definitions>\n".encode()


def folder(
    *parts: str, files: Mapping[str, bytes] | None = None, manifest: str = "", extra: str = ""
) -> dict[str, bytes]:
    """The files of a process folder around one diagram; `end` ("e") is added."""
    diagram = process(*parts, node("endEvent", "e"), extra=extra)
    head = f'key = "p"\ntitle = "试验"\noperators = ["notify.send"]\n{manifest}'
    return {"manifest.toml": head.encode(), "process.bpmn": diagram, **(files or {})}
