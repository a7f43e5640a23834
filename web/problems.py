"""The one place where errors become HTTP: RFC 9457 documents for programs, pages for people; never a traceback."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from http import HTTPStatus

import structlog
from flask import Flask, Response, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from engine.errors import (
    Conflict,
    EngineError,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from engine.kernel.feel import FeelBudget
from web.accounts import PORTAL

log = structlog.get_logger()

STATUS: dict[type[EngineError], int] = {
    NotFound: 404,
    Unauthenticated: 401,
    Forbidden: 403,
    Conflict: 409,
    Unavailable: 503,
    Invalid: 422,
    FeelBudget: 422,
}
RETRY_AFTER_SECONDS = 5
PASSWORD_EXPIRED = "password_expired"


class BadRequest(Invalid):
    """The request cannot be read: a missing header, a wrong type, no JSON."""

    code = "bad_request"
    text = "请求无法读取"


def status_of(error: EngineError) -> int:
    """The status of an error: that of its nearest family; 500 when it has none."""
    if isinstance(error, BadRequest):
        return 400
    return next((status for family, status in STATUS.items() if isinstance(error, family)), 500)


def problem(status: int, code: str, title: str, detail: str = "", faults: tuple[Fault, ...] = ()) -> Response:
    """A problem document. `code` is stable; `title` and `detail` are Chinese."""
    body = {"type": f"/problems/{code}", "title": title, "status": status, "detail": detail or title, "code": code}
    body["errors"] = [asdict(fault) for fault in faults]
    response = jsonify(body)
    response.status_code = status
    response.content_type = "application/problem+json"
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="yikuo"'
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        response.headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    return response


def install(app: Flask) -> None:
    """Register the translations."""
    app.register_error_handler(EngineError, translate)
    app.register_error_handler(HTTPException, translate_http)
    app.register_error_handler(Exception, translate_unexpected)


def faults_of(error: EngineError) -> tuple[Fault, ...]:
    """The faults of an error; one that names only a field has one."""
    if error.faults or not error.field:
        return error.faults
    return (Fault(error.field, error.code, error.detail or error.text),)


def translate(error: EngineError) -> AnyResponse:
    """An error of the engine."""
    status = status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return translate_unexpected(error)
    if status == HTTPStatus.UNAUTHORIZED and not _for_program():
        return _to_login()
    if error.code == PASSWORD_EXPIRED and not _for_program():
        return _sent("account.password")
    return _answer(status, error.code, error.text, error.detail, faults_of(error))


CSRF_TEXT = "页面已过期，请刷新后重试"
HTTP_TEXTS = {
    400: ("bad_request", "请求无法读取"),
    404: ("not_found", "未找到"),
    405: ("method_not_allowed", "不支持的请求方法"),
    413: ("too_large", "提交的内容过大"),
    415: ("unsupported_media_type", "请以 application/json 提交"),
    429: ("too_many_requests", "请求过于频繁，请稍后再试"),
}


def translate_http(error: HTTPException) -> AnyResponse:
    """An error of Flask itself or of an extension: unknown path, wrong method, too much, too often, forged."""
    if error.code is not None and error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    if isinstance(error, SecurityError) and not _for_program():
        # Under a name that is not ours no page can be built: its links would carry that name.
        return Response(HTTP_TEXTS[400][1], 400, mimetype="text/plain")
    if isinstance(error, CSRFError):
        return _answer(400, "csrf", CSRF_TEXT, "", ())
    status = error.code or 500
    code, title = HTTP_TEXTS.get(status, (f"http_{status}", HTTPStatus(status).phrase))
    response = _answer(status, code, title, "", ())
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def translate_unexpected(error: Exception) -> AnyResponse:
    """A fault of ours: the caller gets a number to quote, the log gets the rest."""
    incident = secrets.token_hex(4)
    log.error("request failed", incident=incident, endpoint=request.endpoint, exc_info=error)
    detail = gettext("错误编号 %(number)s，请联系管理员", number=incident)
    return _answer(500, "internal", EngineError.text, detail, ())


def _for_program() -> bool:
    return request.path.startswith(("/api/", "/healthz", "/readyz", "/metrics"))


def _to_login() -> AnyResponse:
    """Send a person to the login page; an htmx fragment must not swallow that page, so it is told to go there."""
    if request.path.startswith(f"{PORTAL}/"):
        return redirect(url_for("portal.start"), 303)
    after = request.full_path.rstrip("?") if request.method == "GET" else None
    return _sent("account.login", next=after)


def _sent(endpoint: str, **values: str | None) -> AnyResponse:
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": url_for(endpoint)})
    return redirect(url_for(endpoint, **values), 303)


def _answer(status: int, code: str, title: str, detail: str, faults: tuple[Fault, ...]) -> AnyResponse:
    if _for_program():
        return problem(status, code, title, detail, faults)
    if request.headers.get("HX-Request"):
        text = render_template("fragments/alert.html", title=gettext(title), detail=detail, faults=faults)
    else:
        page = "portal/error.html" if request.path.startswith(PORTAL) else "error.html"
        text = render_template(page, status=status, title=gettext(title), detail=detail, faults=faults)
    response = Response(text, status=status, mimetype="text/html")
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
