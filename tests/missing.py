"""A small process whose first step chooses what to do about each missing document, and signs."""

from __future__ import annotations

import json
from typing import Any

from tests.diagrams import flow, script, user

FORM: dict[str, Any] = {
    "title": "缺件处理",
    "summary": ["capacity_kw", "applied_on", "gone"],
    "x-summary-labels": {"capacity_kw": "申请容量（kW）", "applied_on": "申请日期"},
    "order": ["choices", "scope", "draft", "signature"],
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["choices"],
        "properties": {
            "choices": {
                "type": "array",
                "title": "缺少的资料",
                "x-rows-from": "missing",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["doc_type", "way"],
                    "x-order": ["name", "reason", "way", "due_on"],
                    "properties": {
                        "doc_type": {"type": "string", "readOnly": True, "title": "编号"},
                        "name": {"type": "string", "readOnly": True, "title": "资料"},
                        "reason": {"type": "string", "readOnly": True, "title": "原因"},
                        "way": {
                            "type": "string",
                            "title": "处理方式",
                            "x-choices-from": "ways",
                            "enum": ["CUSTOMER_ECERT", "UPLOAD", "COMMITMENT", "PAPER"],
                        },
                        "due_on": {"type": "string", "format": "date", "title": "最迟补交"},
                    },
                },
            },
            "scope": {"type": "array", "title": "授权查询的资料", "x-options-from": "missing"},
            "draft": {"title": "承诺书", "x-widget": "letter"},
            "signature": {"type": "string", "title": "客户签名", "x-widget": "signature", "maxLength": 20000},
        },
    },
}
MISSING = (
    '[{doc_type: "PROPERTY_CERT", name: "产权证明", reason: "PLATFORM_DOWN", ways: ["COMMITMENT"], '
    'due_on: date("2026-03-20")}, '
    '{doc_type: "TAX_QUALIFICATION", name: "一般纳税人资格", reason: "NOT_ON_PLATFORM", '
    'ways: ["UPLOAD", "COMMITMENT", "PAPER"]}]'
)
FILES = {"forms/missing.json": json.dumps(FORM, ensure_ascii=False).encode()}
PARTS = (
    script("list", f"missing = {MISSING}"),
    user("choose", yikuo__form="missing"),
    flow("s", "list"),
    flow("list", "choose"),
    flow("choose", "e"),
)
