"""The body of a letter as a fragment for a page: the `<main>` of the document, cut down to harmless elements. The
page's own style sheet draws it, so neither style nor script of a template reaches a browser."""

from __future__ import annotations

from lxml import etree, html

from engine.letters.errors import LetterRefused

_TAGS = frozenset(
    "main section header footer div p h1 h2 h3 ol ul li dl dt dd table caption thead tbody tr th td "
    "strong em span small br svg path".split()
)
_ATTRIBUTES = frozenset({"class", "colspan", "rowspan", "scope", "viewbox", "d", "fill", "stroke", "stroke-width",
                         "stroke-linecap", "stroke-linejoin", "role"})  # fmt: skip
_CASED = {"viewbox": "viewBox"}


def on_screen(document: str) -> str:
    """The fragment. Raises LetterRefused when the template has no `<main>`."""
    found = html.document_fromstring(document, parser=html.HTMLParser(no_network=True, remove_comments=True))
    main = found.find(".//main")
    if main is None:
        raise LetterRefused("模板缺少 <main>")
    for element in list(main.iter(etree.Element)):
        _clean(element)
    main.tag = "div"
    main.set("class", "letter")
    return str(html.tostring(main, encoding="unicode", with_tail=False))


def _clean(element: etree._Element) -> None:
    if element.tag not in _TAGS:
        element.drop_tree()  # type: ignore[attr-defined]
        return
    for name, value in element.attrib.items():
        del element.attrib[name]
        if name in _ATTRIBUTES:
            element.set(_CASED.get(str(name), str(name)), value)
