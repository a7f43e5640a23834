"""How templates are written and filled: one a line, `§` for a value, `#` for a number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Pair = tuple[str, str]
"""Label and expression."""


def lines(text: str) -> list[str]:
    """The lines of a block, blanks around each cut off."""
    return [line.strip() for line in text.strip().splitlines()]


def filled(templates: Iterable[str], value: str = "", n: int = 0, label: str = "") -> Iterator[Pair]:
    """Each template with the value and the number in it."""
    for template in templates:
        shown = f"{template} {label or value[:20]}" + (f" {n}" if n else "")
        yield shown, template.replace("§", value).replace("#", str(n))


def doubled(n: int, first: str, rule: str, last: str) -> str:
    """A context whose entries x0, x1, … each hold the one before (`<`) twice; the last is made of all (`>`)."""
    steps = ", ".join(f"x{place}: {rule.replace('<', f'x{place - 1}')}" for place in range(1, n))
    return f"{{x0: {first}, {steps}, r: {last.replace('>', f'x{n - 1}')}}}.r"
