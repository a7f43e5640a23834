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
N_KEY = 32


class SealBroken(EngineError):
    """A sealed value does not open: wrong key, wrong place, or altered."""

    code = "seal_broken"
    text = "加密字段无法解开"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value at rest and the key that opens it."""

    key_id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys of an installation; `current` seals, the others still open."""

    current: str
    pii: dict[str, bytes]
    index: bytes
    session: bytes

    @property
    def newest(self) -> str:
        """The key that was added last."""
        return max(self.pii, key=lambda key_id: int(key_id[1:]))


@dataclass(frozen=True, slots=True)
class _Held:
    """A ring as it was read, ready for use, and by what one sees that it was replaced."""

    ring: Ring
    ciphers: dict[str, AESGCM]
    stamp: tuple[int, int, int]


class Vault:
    """AES-256-GCM per value, bound to its place; HMAC-SHA-256 under another key for equality search and digests.

    The ring may be replaced while we run (`engine rotate-keys`): it is looked at again before anything is sealed, and
    when something is sealed under a key that we do not know.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held = _hold(path)
        self._index_key = self._held.ring.index
        self.session_secret = self._held.ring.session

    @property
    def current(self) -> str:
        """The key that seals now."""
        return self._looked().ring.current

    def _looked(self) -> _Held:
        """What is held, after another look at the ring; threads see the old or the new one whole."""
        try:
            is_same = _stamp(self._path) == self._held.stamp
        except FileNotFoundError:
            return self._held  # somebody moved it away: what we have still works
        if not is_same:
            self._held = _hold(self._path)
        return self._held

    def seal(self, value: str, place: str) -> Sealed:
        """Seal for one place, `table|row|column`; a copy of the bytes elsewhere does not open."""
        held, nonce = self._looked(), secrets.token_bytes(_N_NONCE)
        cipher = held.ciphers[held.ring.current]
        return Sealed(held.ring.current, nonce + cipher.encrypt(nonce, value.encode(), place.encode()))

    def open(self, sealed: Sealed, place: str) -> str:
        """The value. Raises SealBroken."""
        known = self._held if sealed.key_id in self._held.ciphers else self._looked()
        cipher = known.ciphers.get(sealed.key_id)
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


def _hold(path: Path) -> _Held:
    stamp = _stamp(path)  # before it is read: one replaced meanwhile is read again
    ring = read_ring(path)
    return _Held(ring, {key_id: AESGCM(key) for key_id, key in ring.pii.items()}, stamp)


def _stamp(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_ino, found.st_size


def make_keys(path: Path) -> None:
    """Write a new key ring, readable by its owner only; an existing one is never touched."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pii, index, session = (secrets.token_bytes(N_KEY) for _ in range(3))
    draft = _drafted(path, Ring("k1", {"k1": pii}, index, session))
    try:
        os.link(draft, path)  # unlike rename it fails if somebody else was first, so no key is ever replaced
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def read_ring(path: Path) -> Ring:
    """The key ring as it lies there now."""
    ring = json.loads(path.read_text())
    pii = {key_id: bytes.fromhex(key) for key_id, key in ring["pii"].items()}
    return Ring(ring["current"], pii, bytes.fromhex(ring["index"]), bytes.fromhex(ring["session"]))


def replace_ring(path: Path, ring: Ring) -> None:
    """Put this ring in the place of the one there: whole or not at all, and durable before anything is sealed by it."""
    _drafted(path, ring).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _drafted(path: Path, ring: Ring) -> Path:
    told = {
        "current": ring.current,
        "pii": {key_id: key.hex() for key_id, key in ring.pii.items()},
        "index": ring.index.hex(),
        "session": ring.session.hex(),
    }
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(told, file)
        file.flush()
        os.fsync(file.fileno())
    return draft


def open_vault(path: Path) -> Vault:
    """The vault of a key ring; the ring is made when it is not there yet."""
    if not path.exists():
        make_keys(path)
    return Vault(path)
