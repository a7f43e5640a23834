"""Our OpenAPI contracts with the platforms, and whether a message keeps to one. Sends nothing, knows no adapter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

FOLDER = Path(__file__).parent / "contracts"
NAMES = ("sharing", "identity", "notification", "ami", "evidence")
JSON = "application/json"
FORMATS = FormatChecker(["date"])
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    """RFC 3339, which jsonschema checks only with another package; a leap second is none for us either."""
    if not isinstance(value, str):
        return True
    return _INSTANT.fullmatch(value) is not None and datetime.fromisoformat(value.upper()).tzinfo is not None


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: where it is, what a request must look like, what each status answers."""

    method: str
    path: str
    body: Draft202012Validator | None
    answers: Mapping[int, Draft202012Validator]

    def fault_of_request(self, body: Any) -> str | None:
        """Where and which rule a body breaks, never the value itself; None when it fits."""
        return _fault(self.body, body) if self.body is not None else None

    def fault_of_answer(self, status: int, body: Any) -> str | None:
        """The same for an answer; a status that the contract does not name is a fault as well."""
        check = self.answers.get(status)
        return f"status {status} is not in the contract" if check is None else _fault(check, body)


@dataclass(frozen=True, slots=True)
class Contract:
    """One file of the folder: its document and its operations by operationId."""

    name: str
    document: Mapping[str, Any]
    operations: Mapping[str, Operation]


@cache
def contract(name: str) -> Contract:
    """The contract of a platform, read once."""
    document = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    found = {
        spec["operationId"]: _operation(method.upper(), path, spec, document)
        for path, methods in document["paths"].items()
        for method, spec in methods.items()
    }
    return Contract(name, document, found)


def _operation(method: str, path: str, spec: Mapping[str, Any], document: Mapping[str, Any]) -> Operation:
    body = _check(spec["requestBody"], document) if "requestBody" in spec else None
    answers = {int(status): _check(answer, document) for status, answer in spec["responses"].items()}
    return Operation(method, path, body, answers)


def _check(part: Mapping[str, Any], document: Mapping[str, Any]) -> Draft202012Validator:
    if "$ref" in part:
        *_, kind, name = part["$ref"].split("/")
        part = document["components"][kind][name]
    schema = part["content"][JSON]["schema"]
    # References start at the root of the document, so the schema is checked as a root that has the components.
    whole = {**schema, "components": document["components"]}
    return Draft202012Validator(whole, format_checker=FORMATS)


def _fault(check: Draft202012Validator, value: Any) -> str | None:
    error = next(check.iter_errors(value), None)
    if error is None:
        return None
    place = "/".join(str(step) for step in error.absolute_path)
    return f"{place or 'body'}: {error.validator}"
