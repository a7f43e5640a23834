"""What can be wrong with a letter or a signature, in words for the person at the counter. Names no personal value."""

from __future__ import annotations

from engine.errors import Invalid


class LetterRefused(Invalid):
    """The letter cannot be made: its template is at fault, or it would be too large."""

    code = "letter_refused"
    text = "承诺书无法生成"


class SignatureRefused(Invalid):
    """What came as a signature is none."""

    code = "signature_refused"
    text = "签名不可用，请重新签名"
