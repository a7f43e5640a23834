"""Invented numbers that are right: credit codes of authorities, identity numbers, e-certificate numbers."""

from __future__ import annotations

from datetime import date
from functools import cache

from engine.domain.identifiers import ecertificate_check, resident_id_fault, uscc_fault
from web.sandbox.chance import lot

_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LATEST = date(2100, 1, 1)
FAMILY_NAMES = "赵钱孙周吴郑冯陈沈韩"
GIVEN_NAMES = ("思远", "雨桐", "嘉言", "知行", "若兰", "景明", "书宁", "望山")


@cache
def authority_code(area_code: str, office: str) -> str:
    """Unified social credit code of an invented authority of an area."""
    body = f"11{area_code}{lot('authority', area_code, office) % 10**8:08d}"
    codes = (f"{body}{c17}{c18}" for c17 in "0123456789X" for c18 in _LETTERS)
    return next(code for code in codes if uscc_fault(code) is None)


def resident_id(area_code: str, *parts: object) -> str:
    """Identity number of an invented grown-up."""
    n = lot("resident", area_code, *parts)
    body = f"{area_code}{1960 + n % 40}{n // 40 % 12 + 1:02d}{n // 480 % 28 + 1:02d}{n // 13440 % 1000:03d}"
    return next(body + last for last in "0123456789X" if resident_id_fault(body + last, _LATEST) is None)


def person_name(*parts: object) -> str:
    """An invented name."""
    n = lot("name", *parts)
    return FAMILY_NAMES[n % len(FAMILY_NAMES)] + GIVEN_NAMES[n // 16 % len(GIVEN_NAMES)]


def certificate_no(type_code: str, issuer_code: str, *parts: object) -> str:
    """E-certificate number by GB/T 36904."""
    segments = [type_code, issuer_code, f"{lot('serial', type_code, issuer_code, *parts) % 10**12:012d}", "001"]
    return ".".join(["1.2.156.3005.2", *segments, ecertificate_check("".join(segments))])
