"""What a query reads from: one consistent view of the database and the present instant. Cannot write."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from engine.policy import Actor, sees
from engine.store.types import Connection
from engine.world import World


@dataclass(frozen=True, slots=True)
class View:
    """Given out by `Engine.read()`; of no use after its `with` block."""

    connection: Connection
    world: World
    now: datetime

    def sees(self, actor: Actor, unit_code: str) -> bool:
        """Is this unit one of his?"""
        return sees(actor, unit_code, self.world.organisation(self.connection).is_within)

    def units_of(self, actor: Actor) -> Collection[str] | None:
        """The units whose orders he sees; None for all."""
        organisation = self.world.organisation(self.connection)
        if sees(actor, "", organisation.is_within):
            return None
        return sorted(organisation.descendants(actor.unit_code))
