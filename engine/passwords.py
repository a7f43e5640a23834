"""Passwords become argon2id hashes here and are compared here; they are never stored, logged or compared otherwise."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import Invalid

N_MIN_CHARACTERS = 12  # ASVS 5.0, 6.2.1 asks for 8 and recommends 15; no composition rules (6.2.5)
N_MAX_CHARACTERS = 128

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password, it only takes the same time")


def hash_password(password: str) -> str:
    """The argon2id hash. Raises Invalid when the password is too short, too long or a single repeated character."""
    if not N_MIN_CHARACTERS <= len(password) <= N_MAX_CHARACTERS or len(set(password)) < 4:
        raise Invalid(f"口令须为 {N_MIN_CHARACTERS} 至 {N_MAX_CHARACTERS} 个字符，且不能过于简单", field="password")
    return _hasher.hash(password)


def matches(password: str, hashed: str | None) -> bool:
    """Is it the password? Takes as long for an unknown account (`hashed` None) as for a known one."""
    try:
        return _hasher.verify(hashed or _NOBODY, password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False
