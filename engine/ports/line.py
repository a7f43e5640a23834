"""The line to one platform: HTTP with timeouts, quick retries with jitter, a circuit breaker, one key for all tries.

A message that breaks the contract is not sent, an answer that breaks it is no answer. Logs who asked what for which
purpose and how it ended, never a personal value: those travel in bodies only, and bodies are not logged.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import tenacity
import urllib3
from pybreaker import CircuitBreakerError

from engine.clock import Clock
from engine.ports.circuit import Circuit
from engine.ports.contract import Operation, contract
from engine.ports.failures import BadAnswer, CircuitOpen, DeliveryFailed, NotConfigured, Outage, Refused

MAX_REPLY_BYTES = 1_000_000
BUSY = frozenset({408, 425, 429})
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one waits for a platform: for a connection, for each read, for one question with all its tries."""

    connect_seconds: float = 2.0
    read_seconds: float = 3.0
    n_tries: int = 3
    total_seconds: float = 8.0
    n_breaker_failures: int = 5
    breaker_open_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Errand:
    """On whose behalf and what for: sent with the question and logged with its outcome; holds nothing personal."""

    key: str
    purpose: str = ""
    authorisation_id: str = ""
    operator: str = ""

    def wire(self) -> dict[str, str]:
        """As the contracts spell it."""
        return {"purpose": self.purpose, "authorisation_id": self.authorisation_id, "operator": self.operator}


class Line:
    """One platform. Threads share it."""

    def __init__(self, name: str, base_url: str, token: str, patience: Patience, clock: Clock) -> None:
        self.name = name
        self.clock = clock
        self._base_url = base_url.rstrip("/")
        self._patience = patience
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._pool = urllib3.PoolManager(num_pools=2, maxsize=32, retries=False)
        self._ended = threading.Event()
        self.circuit = Circuit(
            name, clock, n_failures=patience.n_breaker_failures, open_seconds=patience.breaker_open_seconds
        )

    @property
    def configured(self) -> bool:
        """Is there an address?"""
        return bool(self._base_url)

    def ask(
        self,
        operation_id: str,
        errand: Errand,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> Any:
        """The answer, as the contract describes it. `about` (nothing personal) goes into the log.

        Raises DeliveryFailed: see engine/ports/failures.py.
        """
        began = time.monotonic()
        told: dict[str, Any] = {"platform": self.name, "operation": operation_id, "key": errand.key, **errand.wire()}
        told |= about or {}
        try:
            answer = self._asked(contract(self.name).operations[operation_id], errand, body, query)
        except DeliveryFailed as error:
            told |= {"action": "platform.failed", "reason": error.reason, "ms": _ms(began)}
            log.warning("platform gave no answer", extra=told)
            raise
        outcome = answer.get("outcome", answer.get("status", "")) if isinstance(answer, dict) else ""
        log.info("platform asked", extra=told | {"action": "platform.asked", "outcome": outcome, "ms": _ms(began)})
        return answer

    def close(self) -> None:
        """Wait for nothing any more."""
        self._ended.set()
        self._pool.clear()

    def _asked(
        self, operation: Operation, errand: Errand, body: Mapping[str, Any] | None, query: Mapping[str, str] | None
    ) -> Any:
        if not self.configured:
            raise NotConfigured()
        if fault := operation.fault_of_request(body):
            raise Refused(f"OUR_MESSAGE {fault}")
        ends_at = time.monotonic() + self._patience.total_seconds
        tries = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._patience.n_tries)
            | tenacity.stop_before_delay(self._patience.total_seconds),
            wait=tenacity.wait_random_exponential(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS),
            retry=tenacity.retry_if_exception_type(Outage),
            sleep=tenacity.sleep_using_event(self._ended),
            reraise=True,
        )
        return tries(self._guarded, operation, errand.key, body, query, ends_at)

    def _guarded(self, *asked: Any) -> Any:
        try:
            # `calling` holds no lock while we wait, so that one slow answer does not queue up all the others.
            with self.circuit.breaker.calling():
                return self._once(*asked)
        except CircuitBreakerError as error:
            raise CircuitOpen() from error

    def _once(
        self,
        operation: Operation,
        key: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str] | None,
        ends_at: float,
    ) -> Any:
        address = self._base_url + operation.path + (f"?{urlencode(query)}" if query else "")
        left = max(0.05, ends_at - time.monotonic())
        timeout = urllib3.Timeout(
            connect=min(self._patience.connect_seconds, left), read=min(self._patience.read_seconds, left)
        )
        try:
            reply = self._pool.request(
                operation.method,
                address,
                body=json.dumps(body).encode() if body is not None else None,
                headers=self._headers | {"Idempotency-Key": key},
                timeout=timeout,
                redirect=False,
                preload_content=False,
            )
            data = _read(reply, ends_at)
        except urllib3.exceptions.NewConnectionError as error:  # a kind of timeout to urllib3, refused to us
            raise Outage("UNREACHABLE") from error
        except (urllib3.exceptions.TimeoutError, TimeoutError) as error:
            raise Outage("TIMEOUT") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Outage("UNREACHABLE") from error
        return _answer(operation, reply.status, data)


def _read(reply: urllib3.BaseHTTPResponse, ends_at: float) -> bytes:
    data = bytearray()
    try:
        for part in reply.stream(65_536):
            data += part
            if len(data) > MAX_REPLY_BYTES:
                raise BadAnswer("too large")
            if time.monotonic() > ends_at:
                raise TimeoutError  # a byte now and then is no answer either
    except BaseException:
        reply.close()  # half-read: the connection cannot be used again
        raise
    reply.release_conn()
    return bytes(data)


def _answer(operation: Operation, status: int, data: bytes) -> Any:
    if status >= 500 or status in BUSY:
        raise Outage(f"HTTP {status}")
    if status >= 400:
        raise Refused(f"HTTP {status}")
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadAnswer("no JSON") from error
    if fault := operation.fault_of_answer(status, answer):
        raise BadAnswer(fault)
    return answer


def _ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
