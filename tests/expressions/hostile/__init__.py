"""More than 1,000 expressions that want too much: templates with growing parameters, each with a label."""

from __future__ import annotations

from tests.expressions.hostile import collections, shapes, texts, work

FAMILIES = (*shapes.FAMILIES, *texts.FAMILIES, *collections.FAMILIES, *work.FAMILIES)


def families() -> dict[str, dict[str, str]]:
    """Expressions by label, by family."""
    return {family.__name__: dict(family()) for family in FAMILIES}


def hostile() -> dict[str, str]:
    """All of them by family and label."""
    return {f"{name} {label}": text for name, family in families().items() for label, text in family.items()}
