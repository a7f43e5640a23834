"""What the OpenAPI document says of each operation beyond its path. Describes; checks nothing and answers nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from web.api import shapes, shapes_desk, shapes_figures, shapes_personal, shapes_verbs

View = TypeVar("View", bound=Callable[..., Any])
APPLICATION = json.loads((Path(__file__).parents[1] / "schemas" / "application.json").read_text(encoding="utf-8"))
REASONS = {
    400: "The request cannot be read",
    401: "No valid bearer token",
    403: "Not allowed",
    404: "Not there, or not yours to know of",
    409: "Somebody was first, or the key was used for another request",
    413: "Too large",
    415: "Not application/json",
    422: "Does not fit; `errors` says where and why",
    429: "Too often",
    503: "Not now; see Retry-After",
}
ALWAYS = (400, 401, 403, 413, 429, 503)
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
    "description": "Chosen by the caller; the same key with the same request is answered as before and does nothing",
}
COMPONENTS: dict[str, Any] = {
    "Application": APPLICATION["schema"],
    **shapes.SHAPES,
    **shapes_desk.SHAPES,
    **shapes_figures.SHAPES,
    **shapes_personal.SHAPES,
    **shapes_verbs.SHAPES,
}


def described(
    summary: str,
    answers: Mapping[int, str],
    *,
    problems: tuple[int, ...] = (),
    body: str = "",
    parameters: tuple[Mapping[str, Any], ...] = (),
) -> Callable[[View], View]:
    """Describe an operation: status -> shape of the answer, the problems it may answer, body, parameters."""

    def attach(view: View) -> View:
        responses = {str(status): _answer("OK", shape) for status, shape in answers.items()}
        responses |= {str(status): _problem(status) for status in sorted({*ALWAYS, *problems})}
        extensions: dict[str, Any] = {"parameters": list(parameters)}
        if body:
            extensions["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(body)}}}
        spec = {"summary": summary, "responses": responses, "security": "bearer", "extensions": extensions}
        view._spec = spec  # type: ignore[attr-defined]
        return view

    return attach


def query(name: str, schema: Mapping[str, Any], description: str = "") -> dict[str, Any]:
    """An optional query parameter."""
    return {"in": "query", "name": name, "required": False, "schema": dict(schema), "description": description}


def finish(document: dict[str, Any]) -> dict[str, Any]:
    """Last touches of the OpenAPI document: the shapes, and nothing of the host it happened to be asked on."""
    document.setdefault("components", {}).setdefault("schemas", {}).update(COMPONENTS)
    document["servers"] = [{"url": "/"}]
    return document


def _ref(shape: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{shape}"}


def _answer(description: str, shape: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": _ref(shape)}}}


def _problem(status: int) -> dict[str, Any]:
    return {"description": REASONS[status], "content": {"application/problem+json": {"schema": _ref("Problem")}}}
