"""Hands a call of a process to the outside platform over HTTP. Retries nothing and knows no order: the worker does."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any, Protocol

TIMEOUT_SECONDS = 10.0
MAX_REPLY_BYTES = 1_000_000


class DeliveryFailed(Exception):
    """The outside did not take it. `final` when asking again cannot help."""

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.final = final


class Outside(Protocol):
    """Takes a message and gives its answer, or raises DeliveryFailed. Must treat the same key as the same message."""

    def deliver(self, key: str, message: dict[str, Any]) -> Any: ...


@dataclass(frozen=True, slots=True)
class HttpOutside:
    """POST {base}/notifications with an Idempotency-Key; message and reply are JSON objects."""

    base_url: str

    def deliver(self, key: str, message: dict[str, Any]) -> Any:
        """The decoded reply. 4xx (but 408, 409, 425, 429) is final; everything else may be asked again."""
        request = urllib.request.Request(
            f"{self.base_url.rstrip('/')}/notifications",
            data=json.dumps(message).encode(),
            headers={"Content-Type": "application/json", "Idempotency-Key": key},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as reply:
                body = reply.read(MAX_REPLY_BYTES + 1)
        except urllib.error.HTTPError as error:
            with error:
                final = 400 <= error.code < 500 and error.code not in (408, 409, 425, 429)
                raise DeliveryFailed(f"HTTP {error.code}", final=final) from error
        except (OSError, http.client.HTTPException) as error:
            raise DeliveryFailed(type(error).__name__, final=False) from error
        return _decoded(body)


def _decoded(body: bytes) -> Any:
    if len(body) > MAX_REPLY_BYTES:
        raise DeliveryFailed("reply too large", final=True)
    try:
        return json.loads(body) if body.strip() else None
    except ValueError as error:
        raise DeliveryFailed("reply is not JSON", final=True) from error
