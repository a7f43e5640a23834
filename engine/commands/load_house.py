"""Load what belongs to the house and not to one process: calendar years, organisation, shared decision tables."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.commands.deploy_process import publish
from engine.commands.enter_calendar_year import put_in_force
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.domain.calendar import provisional_year, read_year
from engine.domain.organisation import Organisation
from engine.errors import Fault, ModelRefused
from engine.kernel.dmn import load_dmn
from engine.kernel.model import Bundle
from engine.policy import SYSTEM, Permission
from engine.store import calendars, house
from engine.world import SHARED, year_in

_NEEDED = ("classification", "time_limits")


@dataclass(frozen=True, slots=True)
class LoadHouse:
    """`calendars` are the texts of the year files, `organisation` the tree, `tables` the shared DMN files by name."""

    calendars: tuple[str, ...]
    organisation: Mapping[str, Any]
    tables: Mapping[str, bytes]
    key: str


@dataclass(frozen=True, slots=True)
class HouseLoaded:
    """What was new; all empty when everything was there."""

    years: tuple[int, ...]
    organisation: bool
    tables: bool


def handle(command: LoadHouse, tx: Tx) -> HouseLoaded:
    """Raises Invalid or ModelRefused with what is wrong, and stores nothing then."""
    Organisation.from_json(command.organisation)
    years = _load_years(command.calendars, tx)
    organisation = house.add_organisation(tx.uow, command.organisation, tx.now)
    tables = not publish(tx, _bundle(command.tables), "公用决策表", "").already
    loaded = HouseLoaded(years, organisation, tables)
    if years or organisation:
        tx.record_house("HouseLoaded", {"years": list(years), "organisation": organisation})
    return loaded


def _load_years(texts: tuple[str, ...], tx: Tx) -> tuple[int, ...]:
    """What somebody has entered stands: files only replace what files have brought."""
    known = {row.year: row for row in calendars.in_force(tx.connection)}
    loaded = []
    for year in map(read_year, texts):
        before = known.get(year.year)
        if before is not None and (before.version >= year.version or before.entered_by != SYSTEM.id):
            continue
        row = calendars.YearRow(
            year.year,
            year.version,
            year.status,
            year.source,
            None,
            calendars.as_rows(year.holidays),
            calendars.as_rows(year.makeup_days),
            SYSTEM.id,
            tx.now,
        )
        put_in_force(tx, row, year, year_in(before) if before else provisional_year(year.year))
        loaded.append(year.year)
    return tuple(loaded)


def _bundle(tables: Mapping[str, bytes]) -> Bundle:
    models = [load_dmn(data, name) for name, data in tables.items()]
    missing = [name for name in _NEEDED if not any(name in model.decisions for model in models)]
    if missing:
        raise ModelRefused(faults=[Fault(name, "decision_missing", f"公用决策表缺少决策 {name}") for name in missing])
    parts = (f"{name}\0{hashlib.sha256(tables[name]).hexdigest()}\n" for name in sorted(tables))
    return Bundle(SHARED, tables, hashlib.sha256("".join(parts).encode()).hexdigest())


VERB = Verb(LoadHouse, HouseLoaded, Permission.PROCESS_DEPLOY, handle, lock_name=lambda command: ("house",))
