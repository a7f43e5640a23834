"""The API's blueprint and how its requests are read and its answers written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

import orjson
from flask import Response, abort, request

from engine.domain.intake import parse_object
from engine.domain.reading import MAX_BYTES
from engine.errors import Fault, Invalid
from web import guard
from web.problems import BadRequest

api = guard.Blueprint("api", __name__, url_prefix="/api/v1", tag="v1")

_KEY = re.compile(r"[!-~]{1,128}")
_CURSOR = re.compile(r"[\x20-\x7e]{1,200}")
_ORDER_NO = re.compile(r"[0-9A-Za-z]{1,32}")


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON with instants in UTC."""
    data = orjson.dumps(value, option=orjson.OPT_UTC_Z)
    return Response(data, status=status, mimetype="application/json", headers=headers)


def body() -> dict[str, Any]:
    """The request's one JSON object. Raises BadRequest; 413 and 415 by HTTP's own rules."""
    if request.mimetype != "application/json":
        abort(415)
    data = request.get_data(cache=False)
    if len(data) > MAX_BYTES:
        abort(413)
    try:
        return parse_object(data)
    except Invalid as error:
        raise BadRequest(error.detail, faults=error.faults) from error


def key(*, required: bool = False) -> str:
    """The caller's idempotency key; one of ours when he sent none and need not."""
    given = request.headers.get("Idempotency-Key")
    if given is None and not required:
        return uuid4().hex
    if given is None or not _KEY.fullmatch(given):
        raise _wrong("Idempotency-Key", "bad_key", "须提供 Idempotency-Key 请求头：1 至 128 个可见 ASCII 字符")
    return given


def choice(name: str, allowed: Mapping[str, Any], default: str | None) -> Any:
    """What a query parameter's word stands for."""
    word = request.args.get(name, default)
    if word is None:
        return None
    if word not in allowed:
        raise _wrong(name, "unknown_value", "只能是 " + "、".join(allowed))
    return allowed[word]


def limit() -> int:
    """How many items a page shall have."""
    text = request.args.get("limit", "50")
    if not re.fullmatch(r"[0-9]{1,3}", text, re.ASCII) or not 1 <= int(text) <= 200:
        raise _wrong("limit", "out_of_range", "应为 1 至 200 的整数")
    return int(text)


def after() -> str | None:
    """Where the page before ended."""
    return _matching("after", _CURSOR, "翻页标记无效")


def order_no() -> str | None:
    """Only this order's."""
    return _matching("order_no", _ORDER_NO, "工单号格式不符")


def known_parameters(*names: str) -> None:
    """Refuse parameters that do not exist, and those given twice: a misspelt filter must not show everything."""
    for name in request.args:
        if name not in names:
            raise _wrong(name[:40], "unknown_field", "没有这个参数")
        if len(request.args.getlist(name)) > 1:
            raise _wrong(name, "repeated", "参数不得重复")


def instant(text: str | None, field: str) -> datetime | None:
    """An instant that was checked to be one; the engine refuses it when it lacks an offset."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(
            faults=[Fault(field, "bad_instant", "日期时间格式不符（例 2026-03-02T08:20:00+08:00）")]
        ) from None


def _matching(name: str, pattern: re.Pattern[str], reason: str) -> str | None:
    text = request.args.get(name)
    if text is not None and not pattern.fullmatch(text):
        raise _wrong(name, "bad_shape", reason)
    return text


def _wrong(field: str, code: str, reason: str) -> BadRequest:
    return BadRequest(reason, faults=[Fault(field, code, reason)])
