"""When two applications are about the same premise: by its real-estate unit, else by its address as people vary it.
The key names the premise in the clear: it is only ever kept as a keyed digest. Reads and stores nothing.
"""

from __future__ import annotations

import re
import unicodedata

_AREA = re.compile(r"^(?:.{2,8}?(?:省|自治区))?(?:.{2,8}?(?:市|自治州|地区|盟))?(?:.{1,7}?(?:县|区|市|旗))?")
"""Province, city and county at the head of an address, which some write and some leave out; the area code has them."""
_NOT_A_WORD = re.compile(r"[\W_]+")


def premise_key(area_code: str, address: str, real_estate_unit_no: str) -> str:
    """A text that is equal for the same premise. "" when nothing is known of it."""
    if real_estate_unit_no:
        return f"unit|{_plain(real_estate_unit_no)}"
    plain = _plain(address)
    place = _AREA.sub("", plain) or plain
    return f"address|{area_code}|{place}" if place else ""


def _plain(text: str) -> str:
    """Full-width signs as half-width ones, capitals, without spaces and punctuation."""
    return _NOT_A_WORD.sub("", unicodedata.normalize("NFKC", text)).upper()
