"""Why decisions fell as they did: what the record says, beside the rows of the tables as their authors wrote them.

Tables are found by their digest in whichever version holds them, so that an old order shows the table it met.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.errors import NotFound
from engine.kernel.decided import decided_json
from engine.kernel.dmn.drawing import DrawnLogic
from engine.kernel.dmn.matched import Part, matched_parts
from engine.kernel.model import Decided
from engine.policy import Actor, Permission, require
from engine.queries.orders import Entry, timeline
from engine.queries.view import View
from engine.store import processes


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision of a record. `told` is what the record says; `logic` is None if its file was never published here.

    `seq` and `number` are its place in the record (from 0 within its event), `event` the kind of that event;
    `wanted_by` is what people call the decision that required it.
    """

    told: Mapping[str, Any]
    logic: DrawnLogic | None
    parts: tuple[Part, ...]
    seq: int = 0
    number: int = 0
    event: str = ""
    occurred_at: datetime | None = None
    wanted_by: str = ""

    @property
    def title(self) -> str:
        """What people call the decision."""
        return self.logic.title if self.logic is not None else str(self.told.get("name") or self.told["decision"])

    @property
    def own(self) -> Part | None:
        """Its own table."""
        return next((part for part in self.parts if self.logic is not None and part.table is self.logic.table), None)


@dataclass(frozen=True, slots=True)
class Holder:
    """A version that holds a table: in force from when it was published until the next version without it."""

    version: processes.Version
    until: datetime | None


@dataclass(frozen=True, slots=True)
class TablePage:
    """A decision as its author wrote it, with the file it stands in and the versions that hold that."""

    logic: DrawnLogic
    digest: str
    path: str
    title: str
    description: str
    holders: tuple[Holder, ...]
    others: tuple[DrawnLogic, ...]


def table_page(view: View, actor: Actor, digest: str, key: str) -> TablePage:
    """A decision or knowledge model of any published file. Raises NotFound."""
    require(actor, Permission.DECISION_READ)
    file = view.world.table_file(view.connection, digest)
    if file is None or not file.path.endswith(".dmn"):
        raise NotFound()
    drawing = file.drawing
    logic = drawing.of(key)
    if logic is None:
        raise NotFound()
    others = tuple(each for each in drawing.logic.values() if each is not logic)
    holders = tuple(_holders(view, digest))
    return TablePage(logic, digest, file.path, drawing.title, drawing.description, holders, others)


def decision_of_order(view: View, actor: Actor, order_no: str, seq: int, number: int) -> Explained:
    """One decision of an order's record by its place. Raises NotFound outside the actor's units."""
    entries = [entry for entry in timeline(view, actor, order_no) if entry.seq == seq]
    found = [each for each in explained(view, entries) if each.number == number]
    if not found:
        raise NotFound()
    return found[0]


def explained(view: View, entries: Iterable[Entry]) -> list[Explained]:
    """Every decision of these events, oldest first."""
    return [
        explain(view, told, seq=entry.seq, number=number, event=entry.kind, occurred_at=entry.occurred_at)
        for entry in entries
        for number, told in enumerate(entry.body.get("decisions", ()))
    ]


def explain(view: View, told: Mapping[str, Any], **place: Any) -> Explained:
    """A decision as the record tells it, with its rows."""
    file = view.world.table_file(view.connection, str(told.get("table", "")))
    if file is None:
        return Explained(told, None, (), **place)
    logic = file.drawing.of(str(told["decision"]))
    asked_for = str(told.get("for", ""))
    wanted_by = found.title if asked_for and (found := file.drawing.of(asked_for)) is not None else asked_for
    return Explained(told, logic, matched_parts(file.drawing, told), wanted_by=wanted_by, **place)


def explain_decided(view: View, decision: Decided) -> Explained:
    """A decision that was just taken and is in no record."""
    return explain(view, decided_json(decision, {}))


def _holders(view: View, digest: str) -> Iterable[Holder]:
    holders = [version for version, _ in processes.holders(view.connection, digest)]
    ids = {version.id for version in holders}
    keys = {version.process_key for version in holders}
    every = [version for version in processes.every(view.connection) if version.process_key in keys]
    for version in holders:
        later = [
            each
            for each in every
            if each.process_key == version.process_key and each.version > version.version and each.id not in ids
        ]
        yield Holder(version, min((each.deployed_at for each in later), default=None))
