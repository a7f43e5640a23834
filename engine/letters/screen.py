"""The body of a letter for a page: the `<main>` of the document as a tree of harmless elements. The page writes them
out, escaping every text, under its own style sheet: no markup, style or script of a template reaches a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree, html

from engine.letters.errors import LetterRefused

_TAGS = frozenset(
    "main section header footer div p h1 h2 h3 ol ul li dl dt dd table caption thead tbody tr th td "
    "strong em span small br svg path".split()
)
_ATTRIBUTES = {
    name.lower(): name
    for name in ("class", "colspan", "rowspan", "scope", "viewBox", "d", "fill", "stroke", "stroke-width",
                 "stroke-linecap", "stroke-linejoin", "role")
}  # fmt: skip
MAX_DEPTH = 30


@dataclass(frozen=True, slots=True)
class Part:
    """An element of a letter: its tag, its attributes (both of a fixed list), and what is in it, parts and texts."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    inside: tuple[Part | str, ...]


def on_screen(document: str) -> Part:
    """The letter as a `<div>`. Raises LetterRefused when the template has no `<main>`, or nests without end."""
    found = html.document_fromstring(document, parser=html.HTMLParser(no_network=True, remove_comments=True))
    main = found.find(".//main")
    if main is None:
        raise LetterRefused("模板缺少 <main>")
    return Part("div", (("class", "letter"),), tuple(_inside(main, 0)))


def _inside(element: etree._Element, depth: int) -> Iterator[Part | str]:
    if depth > MAX_DEPTH:
        raise LetterRefused("模板嵌套过深")
    if element.text:
        yield element.text
    for child in element:
        if isinstance(child.tag, str) and child.tag in _TAGS:
            yield Part(child.tag, tuple(_attributes(child)), tuple(_inside(child, depth + 1)))
        if child.tail:
            yield child.tail


def _attributes(element: etree._Element) -> Iterator[tuple[str, str]]:
    for name, value in element.attrib.items():
        if str(name) in _ATTRIBUTES:
            yield _ATTRIBUTES[str(name)], str(value)
