"""Reading DMN elements whatever their version's namespace, and collecting what is wrong with them; no meaning here."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.errors import Fault
from engine.kernel.feel import Expression, FeelSyntaxError, UnaryTests, compile_expression, compile_unary
from engine.kernel.feel.lexer import normal

Element = etree._Element

NAMESPACES = frozenset(
    {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
        "https://www.omg.org/spec/DMN/20240513/MODEL/",
    }
)
"""DMN 1.1 to 1.6; what they have in common is all that is read."""


def local(element: Element) -> str:
    """The tag without its namespace; empty for extension elements of others."""
    name = etree.QName(element)
    return name.localname if name.namespace in NAMESPACES else ""


def children(element: Element, *names: str) -> Iterator[Element]:
    """Child elements of these names, in order."""
    return (each for each in element if local(each) in names)


def child(element: Element, *names: str) -> Element | None:
    """The first child of these names."""
    return next(children(element, *names), None)


def text_in(element: Element | None, name: str = "text") -> str:
    """The text of a child; empty if there is none."""
    found = child(element, name) if element is not None else None
    return ("".join(str(part) for part in found.itertext())).strip() if found is not None else ""


def place_of(element: Element) -> str:
    """The id of the element or of the nearest one round it that has one, with its tag."""
    around: Element | None = element
    while around is not None:
        if around.get("id"):
            return str(around.get("id"))
        around = around.getparent()
    return f"{local(element) or element.tag}:{element.sourceline}"


def name_in(element: Element) -> str:
    """The name an element has, as FEEL compares names; empty if it has none."""
    return normal(str(element.get("name") or ""))


class Reader:
    """What is shared while one file is read: known names and the faults found so far."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self.faults: list[Fault] = []

    def fault(self, element: Element, code: str, reason: str) -> None:
        """One thing wrong, at this element."""
        self.faults.append(Fault(place_of(element), code, reason))

    def expression(self, element: Element, text: str) -> Expression | None:
        """The compiled text; None, and a fault, if it is no FEEL."""
        try:
            return compile_expression(text, self.names)
        except FeelSyntaxError as why:
            self.fault(element, why.code, f"表达式“{text[:60]}”{why.detail}")
            return None

    def unary(self, element: Element, text: str) -> UnaryTests | None:
        """The compiled cell; None, and a fault, if it is no FEEL."""
        try:
            return compile_unary(text, self.names)
        except FeelSyntaxError as why:
            self.fault(element, why.code, f"条件“{text[:60]}”{why.detail}")
            return None
