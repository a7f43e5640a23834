"""First-energised events of the metering system: the one time of an order that nobody types in (dossier 6.3, A02)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.ports.line import Errand, Line
from engine.ports.reading import instant


@dataclass(frozen=True, slots=True)
class Premise:
    """Where to look: any of the three."""

    order_no: str | None = None
    consumer_no: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class FirstEnergised:
    """Electricity flowed through a meter for the first time."""

    meter_no: str
    consumer_no: str | None
    order_no: str | None
    first_energised_at: datetime


class Ami(Protocol):
    """Events known up to an instant, oldest first; raises DeliveryFailed."""

    def first_energised(self, errand: Errand, premise: Premise, as_of: datetime) -> tuple[FirstEnergised, ...]: ...


@dataclass(frozen=True, slots=True)
class HttpAmi:
    """The platform of contracts/ami.yaml."""

    line: Line

    def first_energised(self, errand: Errand, premise: Premise, as_of: datetime) -> tuple[FirstEnergised, ...]:
        """See Ami. Events after `as_of` are none that may be known: they are left out."""
        asked = {"order_no": premise.order_no, "consumer_no": premise.consumer_no, "address": premise.address}
        body = {name: value for name, value in asked.items() if value}
        body |= {"as_of": as_of.isoformat(), "operator": errand.operator}
        answer = self.line.ask("queryFirstEnergised", errand, body)
        events = [
            FirstEnergised(
                event["meter_no"],
                event.get("consumer_no"),
                event.get("order_no"),
                instant(event["first_energised_at"], "first_energised_at"),
            )
            for event in answer["events"]
        ]
        known = (event for event in events if event.first_energised_at <= as_of)
        return tuple(sorted(known, key=lambda event: event.first_energised_at))
