"""Answers that need not be sent again: a tag over what they show, 304 while it stays. Knows no page."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from flask import Response, request


def tagged(shown: Any, render: Callable[[], str | Response]) -> Response:
    """Render only if what is shown is not what the caller has already. `shown` is everything that the answer tells."""
    tag = sha256(repr(shown).encode()).hexdigest()[:32]
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        rendered = render()
        response = rendered if isinstance(rendered, Response) else Response(rendered)
    response.set_etag(tag, weak=True)
    return response
