"""Which characters the named classes of XPath regular expressions accept; no pattern is read here."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache

Accepts = Callable[[str], bool]


def _word(each: str) -> bool:
    return unicodedata.category(each)[0] not in "PZC"


@lru_cache(maxsize=64)
def subset(name: str) -> Accepts | None:
    """`\\p{name}`: a category such as `Lu` or `L`, or a block such as `IsBasicLatin`; None if it is neither."""
    if name.startswith("Is"):
        return _block(name)
    if name[:1] not in tuple("LMNPZSC") or len(name) > 2 or name[1:] not in _SECOND[name[:1]]:
        return None
    return lambda each: unicodedata.category(each).startswith(name)


_SECOND = {
    "L": ("", *"ultmo"),
    "M": ("", *"nce"),
    "N": ("", *"dlo"),
    "P": ("", *"cdseifo"),
    "Z": ("", *"slp"),
    "S": ("", *"mcko"),
    "C": ("", *"cfon"),
}


def _block(name: str) -> Accepts | None:
    from elementpath.regex import RegexError  # takes a tenth of a second, rarely needed
    from elementpath.regex.unicode_subsets import unicode_subset

    try:
        block = unicode_subset(name)
    except RegexError:
        return None
    return lambda each: ord(each) in block


def _begins_name(each: str) -> bool:
    from elementpath.regex.character_classes import i_shortcut

    return ord(each) in i_shortcut()


def _in_name(each: str) -> bool:
    from elementpath.regex.character_classes import c_shortcut

    return ord(each) in c_shortcut()


ESCAPES: dict[str, Accepts] = {
    "d": lambda each: unicodedata.category(each) == "Nd",
    "s": lambda each: each in " \t\n\r",
    "w": _word,
    "i": _begins_name,
    "c": _in_name,
}
"""By lower-case letter; the capital accepts what the small one does not."""
