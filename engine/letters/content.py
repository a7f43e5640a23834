"""What a commitment letter says, and the hash that fixes it. The fields are those of the dossier's chapter on it.

Holds personal values in the clear: it is made for one letter and kept nowhere but in the sealed attachment.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import orjson

from engine.letters.signature import Strokes


@dataclass(frozen=True, slots=True)
class Party:
    """The customer or the agent. What is not known stays blank on the letter."""

    name: str
    subject_type: str = ""
    id_type: str = ""
    id_no: str = ""
    address: str = ""
    contact: str = ""
    proxy: str = ""
    """The agent's authority: the document by which he acts."""


@dataclass(frozen=True, slots=True)
class Item:
    """One document that is still out. Codes: reason, gate, delivery, and `outcome` of the query that failed."""

    doc_type: str
    name: str
    reason: str
    due_on: date
    gate: str
    delivery: str = ""
    legal_basis: str = ""
    asked_at: datetime | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Authorisation:
    """What the customer lets us ask of others, and until when (None: until this application is finished)."""

    scope: tuple[str, ...] = ()
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A commitment letter, signed or not. `sign_method` is ON_SCREEN, ON_PAPER or "" before it is signed."""

    commitment_no: str
    order_no: str
    template_version: str
    business_type: str
    category: str
    customer: Party
    items: tuple[Item, ...]
    agent: Party | None = None
    authorisation: Authorisation = field(default_factory=Authorisation)
    sign_method: str = ""
    signed_at: datetime | None = None
    signer: str = ""
    received_by: str = ""
    signature: Strokes = ()

    def fields(self) -> dict[str, Any]:
        """All of it but the signature, as plain data for a template; the instant in UTC, whatever its zone was."""
        found = asdict(self)
        del found["signature"]
        for part in (found, *found["items"]):
            for name in ("signed_at", "asked_at"):
                if part.get(name) is not None:
                    part[name] = part[name].astimezone(UTC)
        return found


def content_hash(letter: Letter, template: bytes) -> str:
    """SHA-256 of everything that was agreed: the fields, the points of the signature, the digest of the template.

    Not of the PDF, whose bytes change with every release of a font or a library while its content does not.
    """
    content = {
        "fields": letter.fields(),
        "signature": letter.signature,
        "template": hashlib.sha256(template).hexdigest(),
    }
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)).hexdigest()
