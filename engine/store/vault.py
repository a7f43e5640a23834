"""Seals personal values and makes blind indexes of them. Knows keys and bytes, not what they mean nor who may look."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import EngineError

_N_NONCE = 12


class SealBroken(EngineError):
    """A sealed value does not open: wrong key, wrong place, or altered."""

    code = "seal_broken"
    text = "加密字段无法解开"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value at rest and the key that opens it."""

    key_id: str
    data: bytes


class Vault:
    """AES-256-GCM per value, bound to its place; HMAC-SHA-256 under another key for equality search and digests."""

    def __init__(self, keys: dict[str, bytes], current: str, index_key: bytes, session_secret: bytes) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = current
        self._index_key = index_key
        self.session_secret = session_secret

    def seal(self, value: str, place: str) -> Sealed:
        """Seal for one place, `table|row|column`; a copy of the bytes elsewhere does not open."""
        nonce = secrets.token_bytes(_N_NONCE)
        cipher = self._ciphers[self._current]
        return Sealed(self._current, nonce + cipher.encrypt(nonce, value.encode(), place.encode()))

    def open(self, sealed: Sealed, place: str) -> str:
        """The value. Raises SealBroken."""
        cipher = self._ciphers.get(sealed.key_id)
        if cipher is None:
            raise SealBroken(f"没有密钥 {sealed.key_id}")
        try:
            return cipher.decrypt(sealed.data[:_N_NONCE], sealed.data[_N_NONCE:], place.encode()).decode()
        except InvalidTag as error:
            raise SealBroken(place) from error

    def index(self, value: str) -> str:
        """Blind index: equal values give equal text; without the key nobody can try all identity numbers."""
        return self.digest(value.encode())

    def digest(self, data: bytes) -> str:
        """Keyed digest of anything that may contain personal values (bodies of commands, applications, forms)."""
        return hmac.new(self._index_key, data, hashlib.sha256).hexdigest()


def make_keys(path: Path) -> None:
    """Write a new key ring, readable by its owner only; an existing one is never touched."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ring = {
        "current": "k1",
        "pii": {"k1": secrets.token_hex(32)},
        "index": secrets.token_hex(32),
        "session": secrets.token_hex(32),
    }
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(ring, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # unlike rename it fails if somebody else was first, so no key is ever replaced
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def open_vault(path: Path) -> Vault:
    """The vault of a key ring; the ring is made when it is not there yet."""
    if not path.exists():
        make_keys(path)
    ring = json.loads(path.read_text())
    return Vault(
        {key_id: bytes.fromhex(key) for key_id, key in ring["pii"].items()},
        ring["current"],
        bytes.fromhex(ring["index"]),
        bytes.fromhex(ring["session"]),
    )
