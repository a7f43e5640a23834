"""What a card reader or scanner types into a page: which certificate it is, whose kind, and what follows from it. Pure.

GUESS: readers that type several fields send them with a comma, semicolon, bar, tab or line end between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from engine.domain import identifiers as ids
from engine.domain.intake import NATURAL_PERSON, RESIDENT_ID, USCC

_FIELDS = re.compile(r"[,;|，；\t\r\n]+")
_NAME = re.compile(r"[\u3400-\u9fff·]{2,20}")
_NOT_NAMES = re.compile(r"[男女]|.{1,4}族|.*[省市区县镇乡村路街号]")
_KINDS = {"1": "PUBLIC_INSTITUTION", "5": "SOCIAL_ORGANISATION", "91": "ENTERPRISE", "92": "INDIVIDUAL_BUSINESS",
          "93": "ENTERPRISE"}  # fmt: skip
"""First characters of a credit code (GB 32100-2015 table 1) -> kind of subject; the longest counts."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """`fault` is why it is no certificate number, in Chinese; then nothing else is known. An electronic certificate
    names its own number only: that is the reference of the identity check."""

    subject_type: str = ""
    id_type: str = ""
    id_no: str = ""
    name: str = ""
    method: str = ""
    reference: str = ""
    fault: str = ""


def scanned(text: str, today: date) -> Scanned:
    """The certificate in what was read."""
    parts = [part.strip() for part in _FIELDS.split(text) if part.strip()]
    numbers = [ids.normalise_id(part) for part in parts]
    person = next((each for each in numbers if ids.resident_id_fault(each, today) is None), "")
    if person:
        return Scanned(NATURAL_PERSON, RESIDENT_ID, person, _name(parts), "ID_CARD")
    firm = next((each for each in numbers if ids.uscc_fault(each) is None), "")
    if firm:
        kind = _KINDS.get(firm[:2]) or _KINDS.get(firm[:1]) or "ENTERPRISE"
        return Scanned(kind, USCC, firm, method="BUSINESS_LICENCE")
    electronic = next((each for each in numbers if ids.ecertificate_fault(each) is None), "")
    if electronic:
        return Scanned(reference=electronic)
    return Scanned(fault=_why(numbers, today))


def _name(parts: list[str]) -> str:
    return next((part for part in parts if _NAME.fullmatch(part) and not _NOT_NAMES.fullmatch(part)), "")


def _why(numbers: list[str], today: date) -> str:
    """The nearest kind says what is wrong with it."""
    one = max(numbers, key=len, default="")
    if not one:
        return "没有读到内容"
    if one.startswith("1.2.156"):
        return ids.ecertificate_fault(one) or ""
    if len(one) == 18 and one[:17].isdigit() and one[6:8] in ("19", "20"):
        return ids.resident_id_fault(one, today) or ""
    if len(one) == 18:
        return ids.uscc_fault(one) or ""
    return "不是居民身份证号、统一社会信用代码或电子证照标识；其他证件请手工填写"
