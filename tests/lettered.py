"""A small process that goes the whole way of a commitment letter: judged, chosen, drafted, signed, printed; beside its
last step it waits to be told of a delivery. For the tests of pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.app import Engine
from engine.commands.accept_application import Accepted
from engine.commands.deploy_process import DeployProcess
from tests.diagrams import folder, message, node, path, script, service, user
from tests.missing import FORM
from tests.orders import ADMIN, KEY, accept
from tests.site import COUNTY

OPERATORS = ["documents.open", "documents.judge", "documents.take", "documents.receive", "commitments.draft",
             "commitments.sign", "letters.render"]  # fmt: skip
TEMPLATE = Path(__file__).parents[1] / "processes/acceptance/letters/commitment.html"


def _row(doc_type: str, name: str, gate: str, *, shareable: bool) -> str:
    flags = f"shareable: {str(shareable).lower()}, deferrable: true, must_now: false"
    return f'{{doc_type: "{doc_type}", name: "{name}", {flags}, gate: "{gate}", due_rule: "COMMITMENT"}}'


CHECKLIST = "[" + ", ".join((
    _row("EQUIPMENT_LIST", "用电设备清单", "CONTRACT", shareable=False),
    _row("DUAL_SOURCE_STATEMENT", "双电源必要性说明", "CONTRACT", shareable=False),
)) + "]"  # fmt: skip
SIGN: dict[str, Any] = {
    "title": "承诺书签署",
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["sign_method"],
        "properties": {
            "draft": {"title": "承诺书内容", "x-widget": "letter"},
            "sign_method": {"type": "string", "title": "签署方式", "enum": ["ON_SCREEN", "ON_PAPER"],
                            "x-labels": {"ON_SCREEN": "屏上签署", "ON_PAPER": "纸质签署"}, "x-widget": "radio"},
            "signature": {"type": "string", "title": "客户签名", "x-widget": "signature", "maxLength": 20000},
        },
    },
}  # fmt: skip
DELIVERED: dict[str, Any] = {
    "title": "资料送达",
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["delivered"],
        "properties": {
            "delivered": {
                "type": "array",
                "title": "送达的资料",
                "x-rows-from": "missing",
                "x-rows-optional": True,
                "minItems": 1,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["doc_type", "way"],
                    "properties": {
                        "doc_type": {"type": "string", "readOnly": True, "title": "编号"},
                        "name": {"type": "string", "readOnly": True, "title": "资料"},
                        "way": {"type": "string", "title": "方式", "enum": ["POST", "ONSITE", "HALL", "APP"]},
                    },
                },
            },
        },
    },
}
MESSAGES = '<bpmn:message id="m1" name="document_delivered"/>'
ITEMS = "for c in choices return {doc_type: c.doc_type, due_on: c.due_on, delivery: &quot;ONSITE&quot;}"
PARTS = (
    service("open", "documents.open", checklist=CHECKLIST.replace('"', "&quot;")),
    service("judge", "documents.judge", result="judged"),
    script("list", "missing = judged.missing"),
    user("choose", yikuo__form="missing"),
    service("take", "documents.take", choices="choices"),
    service("draft", "commitments.draft", result="drafted", items=ITEMS),
    user("sign", yikuo__form="sign"),
    service("signed", "commitments.sign", commitment_no="drafted.commitment_no", sign_method="sign_method",
            signature="signature", signed_at="null"),
    service("print", "letters.render", result="printed", order_no="order_no", commitment_no="drafted.commitment_no"),
    user("contract", yikuo__stage="CONTRACT"),
    path("s", "open", "judge", "list", "choose", "take", "draft", "sign", "signed", "print", "contract", "e"),
    message("boundaryEvent", "told", "m1", attachedToRef="contract", cancelActivity="false", yikuo__form="delivered"),
    service("receive", "documents.receive", delivered="delivered", delivered_on="null"),
    node("endEvent", "e3"),
    path("told", "receive", "e3"),
)  # fmt: skip


def begin(engine: Engine) -> Accepted:
    """Publish it and accept an order of the clerk's county, whose documents are to be chosen."""
    forms = {"missing": FORM, "sign": SIGN, "delivered": DELIVERED}
    files = folder(*PARTS, extra=MESSAGES)
    files |= {f"forms/{name}.json": json.dumps(form, ensure_ascii=False).encode() for name, form in forms.items()}
    files["letters/commitment.html"] = TEMPLATE.read_bytes()
    files["manifest.toml"] = f'key = "{KEY}"\ntitle = "试验"\noperators = {json.dumps(OPERATORS)}\n'.encode()
    engine.run(DeployProcess(files, "deploy"), ADMIN)
    engine.start_waiting()
    return accept(engine, unit_code=COUNTY, hall_code=f"{COUNTY}H0")
