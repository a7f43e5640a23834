"""Who is a customer: order number and a code sent to the phone that stands on the order, then a short session.

Beside access.py, which knows staff: what is answered here is a secret too and stays out of the command log. A number
that is no order's is counted, kept and answered as one that is, so that nobody can find out which orders there are.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
from datetime import datetime, timedelta
from uuid import uuid4

from engine.clock import Clock
from engine.errors import Unauthenticated
from engine.policy import Actor, customer
from engine.settings import Settings
from engine.store import locks, portal
from engine.store.database import Database
from engine.store.portal import CodeRow
from engine.store.uow import UnitOfWork
from engine.store.vault import Vault

SEND_CODE = "portal.send_code"
N_DIGITS = 6
N_TOKEN_BYTES = 32
SEEN_SECONDS = 60
_DAY = timedelta(days=1)
_ORDER_NO = re.compile(r"[0-9A-Za-z]{1,32}")

log = logging.getLogger(__name__)


class TooManyCodes(Unauthenticated):
    """Too many codes for this number or from this address; it opens again by itself."""

    code = "portal_locked"
    text = "操作过于频繁，请稍后再试"


class WrongCode(Unauthenticated):
    """No such order, wrong code, too old, used, or guessed at too often: which of them is not said."""

    code = "portal_code_wrong"
    text = "工单号或验证码不正确，或验证码已失效"


class PortalAccess:
    """Sends codes, checks them, knows sessions."""

    def __init__(self, database: Database, clock: Clock, settings: Settings, vault: Vault) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._vault = vault

    def ask_code(self, order_no: str, address: str) -> None:
        """Send a code to the phone of this order, if it is one. Raises TooManyCodes."""
        order_no, address, now = order_no.strip().upper()[:64], address[:64], self._clock.now()
        index = self._index(order_no)
        with UnitOfWork(self._database) as uow:
            locks.lock_name(uow, "portal", index)
            locks.lock_name(uow, "portal", address)
            self._charge(uow, index, address, now)
            order_id = portal.order_id_of(uow.connection, order_no) if _ORDER_NO.fullmatch(order_no) else None
            expires_at = now + timedelta(seconds=self._settings.portal_code_seconds)
            row = CodeRow(uuid4().hex, index, order_id, address, now, expires_at, 0, None)
            portal.add_code(uow, row)
            if order_id is not None:
                portal.add_call(uow, _call(row, order_id, order_no))
            uow.finish()

    def _charge(self, uow: UnitOfWork, index: str, address: str, now: datetime) -> None:
        settings, since = self._settings, now - timedelta(seconds=self._settings.portal_window_seconds)
        lately = portal.n_codes(uow.connection, index, since)
        today = portal.n_codes(uow.connection, index, now - _DAY)
        from_there = portal.n_codes_from(uow.connection, address, since)
        if (
            lately >= settings.n_portal_codes
            or today >= settings.n_portal_codes_day
            or from_there >= settings.n_portal_asks
        ):
            log.warning("too many portal codes", extra={"action": "portal.locked", "address": address})
            raise TooManyCodes()

    def enter(self, order_no: str, code: str) -> str:
        """A new session's token. Raises WrongCode."""
        now, index = self._clock.now(), self._index(order_no.strip().upper()[:64])
        token = secrets.token_urlsafe(N_TOKEN_BYTES)
        with UnitOfWork(self._database) as uow:
            locks.lock_name(uow, "portal", index)
            row = portal.live_code(uow.connection, index)
            good = row is not None and self._opens(row, code.strip(), now)
            if row is not None:
                portal.tried(uow, row.id)
            if good and row is not None and row.order_id is not None:
                portal.used(uow, row.id, now)
                portal.add_session(uow, _hashed(token), row.order_id, now)
            uow.finish()
        if not good:
            log.warning("portal code wrong", extra={"action": "portal.failed"})
            raise WrongCode()
        return token

    def _opens(self, row: CodeRow, code: str, now: datetime) -> bool:
        fits = hmac.compare_digest(code.encode(), code_of(self._vault, row.id).encode())
        fresh = row.used_at is None and now < row.expires_at and row.n_tries < self._settings.n_portal_tries
        return fits and fresh and row.order_id is not None

    def of_session(self, token: str) -> Actor:
        """The customer who came in. Raises Unauthenticated when the session is unknown, left, idle or too old."""
        now, hashed = self._clock.now(), _hashed(token)
        with self._database.read() as connection:
            found = portal.session_of(connection, hashed)
        if found is None or not self._alive(found, now):
            raise Unauthenticated()
        if now - found.seen_at >= timedelta(seconds=SEEN_SECONDS):
            with UnitOfWork(self._database) as uow:
                portal.session_seen(uow, hashed, now)
                uow.finish()
        return customer(found.order_no, found.unit_code)

    def _alive(self, found: portal.SessionRow, now: datetime) -> bool:
        idle = timedelta(seconds=self._settings.portal_idle_seconds)
        absolute = timedelta(seconds=self._settings.portal_absolute_seconds)
        return now - found.seen_at < idle and now - found.created_at < absolute

    def leave(self, token: str) -> None:
        """End the session."""
        with UnitOfWork(self._database) as uow:
            portal.end_session(uow, _hashed(token), self._clock.now())
            uow.finish()

    def _index(self, order_no: str) -> str:
        return self._vault.index(f"portal|{order_no}")


def code_of(vault: Vault, code_id: str) -> str:
    """The digits that belong to a row: made anew when sent and when checked, kept nowhere."""
    number = int(vault.digest(f"portal code|{code_id}".encode())[:15], 16)
    return str(number % 10**N_DIGITS).zfill(N_DIGITS)


def _call(row: CodeRow, order_id: int, order_no: str) -> dict[str, object]:
    return {
        "call_id": row.id,
        "order_id": order_id,
        "element_id": "",
        "operator": SEND_CODE,
        "params": {"order_no": order_no, "code_id": row.id, "expires_at": row.expires_at.isoformat()},
        "key": f"{order_no}:{row.id}",
        "state": "PENDING",
        "created_at": row.asked_at,
        "next_attempt_at": row.asked_at,
        "n_attempts": 0,
    }


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
