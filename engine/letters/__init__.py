"""Letters to customers: from the fields of a commitment and a template of the process to HTML and PDF. Pure: knows no
database, stores nothing, fetches nothing."""

from __future__ import annotations

from engine.letters.content import Authorisation, Item, Letter, Party, content_hash
from engine.letters.errors import LetterRefused, SignatureRefused
from engine.letters.pdf import Printed, printed
from engine.letters.qr import portal_link, qr_of
from engine.letters.screen import Part, on_screen
from engine.letters.signature import Strokes, read_signature, strokes_json
from engine.letters.template import written
from engine.letters.trial import tried

__all__ = [
    "Authorisation",
    "Item",
    "Letter",
    "LetterRefused",
    "Part",
    "Party",
    "Printed",
    "SignatureRefused",
    "Strokes",
    "content_hash",
    "on_screen",
    "portal_link",
    "printed",
    "qr_of",
    "read_signature",
    "strokes_json",
    "tried",
    "written",
]
