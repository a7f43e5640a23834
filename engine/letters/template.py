"""Fills a letter's template. Templates are written by process owners, so Jinja runs sandboxed, with nothing but our
fields, five filters and loops over them; every value is escaped, an unknown name is an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.clock import SHANGHAI
from engine.letters.content import Letter
from engine.letters.errors import LetterRefused
from engine.letters.qr import qr_of
from engine.letters.signature import drawing_of

N_MAX_TEMPLATE = 60_000
N_MAX_LETTER = 300_000
N_MAX_FIELD = 600
"""Characters of one field: longer ones are refused, not cut, for a cut letter says something else."""


class _Environment(ImmutableSandboxedEnvironment):
    """No arithmetic that makes much out of little."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Refuse it."""
        raise SecurityError(f"模板中不可使用 {operator}")


def day(value: date | None) -> str:
    """A date as letters write it: 2026年3月2日."""
    return f"{value.year}年{value.month}月{value.day}日" if value else ""


def when(value: datetime | None) -> str:
    """An instant in Shanghai wall time."""
    if value is None:
        return ""
    local = value.astimezone(SHANGHAI)
    return f"{day(local.date())} {local:%H:%M}"


def written(letter: Letter, template: bytes, link: str = "") -> str:
    """The letter as a whole HTML document; `link` goes onto it as a QR code. Raises LetterRefused."""
    fields = letter.fields()
    qr = qr_of(link) if link else None
    _bounded(fields)
    signature = drawing_of(letter.signature) if letter.signature else None
    parts, size = [], 0
    try:
        for part in _compiled(template).generate(**fields, signature=signature, qr=qr):
            parts.append(part)
            size += len(part)
            if size > N_MAX_LETTER:
                raise LetterRefused("内容过多")
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise LetterRefused(f"模板有误（{type(error).__name__}）") from error
    return "".join(parts)


@lru_cache(maxsize=32)
def _compiled(template: bytes) -> Template:
    """Raises LetterRefused for a template that Jinja cannot read."""
    if len(template) > N_MAX_TEMPLATE:
        raise LetterRefused("模板过大")
    try:
        return _environment().from_string(template.decode())
    except (TemplateError, UnicodeDecodeError) as error:
        raise LetterRefused(f"模板有误（{type(error).__name__}）") from error


def _environment() -> _Environment:
    environment = _Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    filters: Mapping[str, Callable[..., Any]] = {"day": day, "when": when}
    environment.filters = {**filters, **{name: environment.filters[name] for name in ("join", "length", "default")}}
    environment.globals = {}
    return environment


def _bounded(value: Any) -> None:
    if isinstance(value, str) and len(value) > N_MAX_FIELD:
        raise LetterRefused("有一项内容过长")
    if isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            _bounded(inner)
