"""Numbers that name people and firms: read, check, mask. May not look anything up; an area code is not checked
against a list, because withdrawn codes stay valid in people's numbers (domain dossier 7.1)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_RESIDENT = re.compile(r"[0-9]{17}[0-9X]")
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECK = "10X98765432"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ECERTIFICATE_PREFIX = "1.2.156.3005.2."
_ECERTIFICATE_PARTS = (r"[0-9A-Z]{21}", r"[0-9A-Z]{18}", r"[0-9A-Z]{1,64}", r"[0-9]{3}", r"[0-9A-Z]")
_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0[0-9]{2,3}[0-9]{7,8}")
_OTHER_ID = re.compile(r"[A-Z0-9]{5,20}")


def normalise_id(text: str) -> str:
    """Full-width to ASCII, no blanks, capital letters: `33010219900307001x` is the same number as with X."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def normalise_phone(text: str) -> str:
    """Full-width to ASCII, without blanks, hyphens and the country prefix +86."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).replace("-", "")
    return plain.removeprefix("+86")


def resident_id_fault(number: str, today: date) -> str | None:
    """Reason (Chinese) why a normalised number is no resident identity number by GB 11643-1999, or None.

    `today` bounds the birth date: nobody applies before he is born.
    """
    if not _RESIDENT.fullmatch(number):
        return "居民身份证号应为18位：前17位为数字，末位为数字或X"
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "居民身份证号中的出生日期不存在"
    if born_on > today:
        return "居民身份证号中的出生日期晚于今天"
    total = sum(weight * int(digit) for weight, digit in zip(_RESIDENT_WEIGHTS, number, strict=False))
    if _RESIDENT_CHECK[total % 11] != number[17]:
        return "居民身份证号校验位不符"
    return None


def uscc_fault(number: str) -> str | None:
    """Reason (Chinese) why a normalised code is no unified social credit code by GB 32100-2015, or None.

    Both check digits count: position 18 of the code itself and position 17 of the organisation code in it (GB 11714).
    Decided 2026-11-23: every valid vector of the dossier and all 239 codes of the sample applications keep position
    17, so a code that breaks only that one is a typing error caught early, not a firm turned away.
    """
    if len(number) != 18 or any(letter not in _USCC_ALPHABET for letter in number):
        return "统一社会信用代码应为18位数字或大写字母（不含I、O、S、V、Z）"
    total = sum(weight * _USCC_ALPHABET.index(letter) for weight, letter in zip(_USCC_WEIGHTS, number, strict=False))
    if _USCC_ALPHABET[-total % 31] != number[17]:
        return "统一社会信用代码校验位（第18位）不符"
    body = sum(weight * int(letter, 36) for weight, letter in zip(_ORGANISATION_WEIGHTS, number[8:16], strict=True))
    if "0123456789X"[-body % 11] != number[16]:
        return "统一社会信用代码中主体标识码的校验位（第17位）不符"
    return None


def ecertificate_check(body: str) -> str:
    """Check character of an e-certificate number: ISO 7064 MOD 37,36 over type, issuer, serial and version, no dots."""
    p = 36
    for letter in body:
        s = (p + int(letter, 36)) % 36 or 36
        p = 2 * s % 37
    return _BASE_36[(37 - p) % 36]


def ecertificate_fault(number: str) -> str | None:
    """Reason (Chinese) why a text is no e-certificate number by GB/T 36904-2018, or None.

    `1.2.156.3005.2.` + type (credit code of the defining authority and 3 digits) . issuer . serial . version . check.
    """
    parts = number.removeprefix(_ECERTIFICATE_PREFIX).split(".")
    if not number.startswith(_ECERTIFICATE_PREFIX) or len(parts) != len(_ECERTIFICATE_PARTS):
        return "电子证照标识应为 1.2.156.3005.2. 加类型、颁发机构、流水号、版本号、校验位五段"
    if not all(re.fullmatch(shape, part) for shape, part in zip(_ECERTIFICATE_PARTS, parts, strict=True)):
        return "电子证照标识中有一段的长度或字符不符"
    if ecertificate_check("".join(parts[:4])) != parts[4]:
        return "电子证照标识校验位不符"
    return None


def other_id_fault(number: str) -> str | None:
    """Reason why a normalised number of another certificate (passport, permit, military) is not plausible, or None."""
    return None if _OTHER_ID.fullmatch(number) else "证件号码应为5至20位字母或数字"


def phone_fault(number: str) -> str | None:
    """Reason why a normalised number is neither a mainland mobile nor a landline number with area code, or None."""
    if _MOBILE.fullmatch(number) or _LANDLINE.fullmatch(number):
        return None
    return "应为11位手机号码，或带区号的固定电话号码"


def mask_name(name: str) -> str:
    """杨娜平 -> 杨**; firms keep the first two and the last two characters."""
    if len(name) <= 4:
        return name[: len(name) > 1] + "*" * max(len(name) - 1, 1)
    return name[:2] + "*" * (len(name) - 4) + name[-2:]


def mask_id(number: str) -> str:
    """First six and last four characters at most; a short or broken number shows less, so that it stays unknown."""
    if len(number) >= 15:
        return number[:6] + "*" * (len(number) - 10) + number[-4:]
    return number[: len(number) // 4] + "***"


def mask_phone(number: str) -> str:
    """First three and last four digits."""
    if len(number) >= 10:
        return number[:3] + "*" * (len(number) - 7) + number[-4:]
    return number[: len(number) // 4] + "***"


def mask_address(text: str) -> str:
    """Keeps the address up to the road or village; house numbers (the first digit and all behind it) are hidden."""
    digit = re.search(r"[0-9０-９]", text)
    kept = text[: min(digit.start() if digit else len(text), len(text) * 2 // 3)]
    return kept + "****"
