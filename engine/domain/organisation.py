"""Units, service halls and small-enterprise parks as one tree. Read-only; knows no accounts and no permissions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.domain.hours import ALWAYS, Hours, read_hours
from engine.errors import Fault, Invalid

OPERATING_KINDS = frozenset({"CITY", "COUNTY"})
"""Kinds of unit that handle orders of customers; the others direct or supervise."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A company of the tree; `parent` is the code of the unit above, None at the top."""

    code: str
    name: str
    kind: str
    parent: str | None
    area_code: str | None


@dataclass(frozen=True, slots=True)
class Hall:
    """A service hall; level A (city centre) to D (self-service). One that tells no hours never closes."""

    code: str
    name: str
    level: str
    unit: str
    hours: Hours = ALWAYS


@dataclass(frozen=True, slots=True)
class Park:
    """A registered 小微企业园; both dates are included, `valid_to` None = still valid."""

    code: str
    name: str
    unit: str
    valid_from: date
    valid_to: date | None

    def is_valid(self, on: date) -> bool:
        """Whether the registration covers this day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Organisation:
    """The whole tree, looked up by code."""

    units: Mapping[str, Unit]
    halls: Mapping[str, Hall]
    parks: Mapping[str, Park]

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Organisation:
        """Read the layout of processes/organisation.json; raises Invalid with every broken reference."""
        try:
            units = [Unit(u["code"], u["name"], u["kind"], u["parent"], u.get("area_code")) for u in raw["units"]]
            halls = [_hall(h) for h in raw["halls"]]
            parks = [_park(p) for p in raw["sme_parks"]]
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(f"组织机构文件缺少或写错字段：{error}", field="organisation") from error
        tree = cls({u.code: u for u in units}, {h.code: h for h in halls}, {p.code: p for p in parks})
        faults = [*_duplicates(units, halls, parks), *tree._faults()]
        if faults:
            raise Invalid("组织机构文件有误", field="organisation", faults=faults)
        return tree

    def ancestors(self, code: str) -> Iterator[Unit]:
        """The unit itself, then every unit above it up to the top. Empty for an unknown code."""
        seen: set[str] = set()
        unit = self.units.get(code)
        while unit is not None and unit.code not in seen:
            seen.add(unit.code)
            yield unit
            unit = self.units.get(unit.parent) if unit.parent else None

    def is_within(self, code: str, above: str) -> bool:
        """Whether unit `code` is `above` or lies below it."""
        return any(unit.code == above for unit in self.ancestors(code))

    def is_related(self, one: str, other: str) -> bool:
        """Whether one of the two units lies within the other: their halls may take each other's applications."""
        return self.is_within(one, other) or self.is_within(other, one)

    def descendants(self, code: str) -> frozenset[str]:
        """Codes of the unit and of all units below it."""
        return frozenset(unit for unit in self.units if self.is_within(unit, code))

    def _faults(self) -> Iterator[Fault]:
        for unit in self.units.values():
            if unit.parent is not None and unit.parent not in self.units:
                yield Fault(f"units.{unit.code}", "unknown_unit", f"上级单位 {unit.parent} 不存在")
            if list(self.ancestors(unit.code))[-1].parent in self.units:
                yield Fault(f"units.{unit.code}", "unit_cycle", "上级关系成环")
        places = [(hall.code, hall.unit) for hall in self.halls.values()]
        places += [(park.code, park.unit) for park in self.parks.values()]
        for code, unit_code in places:
            if unit_code not in self.units:
                yield Fault(code, "unknown_unit", f"所属单位 {unit_code} 不存在")


def _hall(raw: Mapping[str, Any]) -> Hall:
    hours = read_hours(raw["hours"], raw["name"]) if "hours" in raw else ALWAYS
    return Hall(raw["code"], raw["name"], raw["level"], raw["unit"], hours)


def _park(raw: Mapping[str, Any]) -> Park:
    until = raw["valid_to"]
    valid_to = date.fromisoformat(until) if until else None
    return Park(raw["code"], raw["name"], raw["unit"], date.fromisoformat(raw["valid_from"]), valid_to)


def _duplicates(*tables: list[Any]) -> Iterator[Fault]:
    for table in tables:
        codes = [row.code for row in table]
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            yield Fault(code, "duplicate_code", f"编码 {code} 重复")
