"""Decision tables of 1,000 rules and 5 inputs: from one that its first inputs decide to one where all must be asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

INPUTS = {"district": "D37", "kw": 123.5, "applied_on": {"@date": "2026-03-02"}, "usage": "RES", "works": False}
TYPES = {"district": "string", "kw": "number", "applied_on": "date", "usage": "string", "works": "boolean"}
N_RULES = 1000


def _table(rows: Iterable[Sequence[str]]) -> str:
    inputs = "".join(
        f'<inputData id="i_{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/></inputData>'
        for name, kind in TYPES.items()
    )
    needs = "".join(
        f'<informationRequirement><requiredInput href="#i_{name}"/></informationRequirement>' for name in TYPES
    )
    columns = "".join(
        f'<input><inputExpression typeRef="{kind}"><text>{name}</text></inputExpression></input>'
        for name, kind in TYPES.items()
    )
    rules = "".join(
        "<rule>"
        + "".join(f"<inputEntry><text><![CDATA[{cell}]]></text></inputEntry>" for cell in row)
        + f"<outputEntry><text>{number}</text></outputEntry></rule>"
        for number, row in enumerate(rows)
    )
    return (
        f'<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="n">{inputs}'
        f'<decision id="d" name="d">{needs}<decisionTable hitPolicy="COLLECT">{columns}'
        f'<output name="o"/>{rules}</decisionTable></decision></definitions>'
    )


def _selective(number: int) -> tuple[str, ...]:
    low = 10 * (number // 100)
    return (
        f'"D{number % 100}"',
        f"[{low}..{low + 60})",
        '>= date("2021-12-31")' if number % 3 else "-",
        '"RES", "NON"' if number % 2 else 'not("RES")',
        "-",
    )


def _unselective(number: int) -> tuple[str, ...]:
    """Every rule passes the first two columns; the third compares with an input, so that it must be asked."""
    return (
        "-",
        f"> {number / 10_000}",
        '>= applied_on - duration("P1D")',
        '"RES"' if number % 100 == 37 else '"NON"',
        "-",
    )


def _asked(number: int) -> tuple[str, ...]:
    """No column is decided by constants alone."""
    return ("-", f"> {number / 10_000}", "-", f'? = "RES" and kw > {number}', "-")


TABLES = {
    "decided by its first inputs": _table(map(_selective, range(N_RULES))),
    "decided by the fourth": _table(map(_unselective, range(N_RULES))),
    "every rule asked": _table(map(_asked, range(N_RULES))),
}
