"""All outside platforms of an installation, by its settings. The one object through which they are reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.clock import Clock
from engine.ports.ami import Ami, HttpAmi
from engine.ports.circuit import CircuitState
from engine.ports.contract import NAMES
from engine.ports.evidence import Evidence, HttpEvidence
from engine.ports.identity import HttpIdentity, Identity
from engine.ports.line import Line, Patience
from engine.ports.notification import HttpNotifications, Notifications
from engine.ports.sharing import HttpSharing, Sharing
from engine.settings import Settings


@dataclass(frozen=True, slots=True)
class Platforms:
    """The five platforms and the lines to them."""

    sharing: Sharing
    identity: Identity
    notification: Notifications
    ami: Ami
    evidence: Evidence
    lines: Mapping[str, Line]

    def configured(self, name: str) -> bool:
        """Has the installation an address of this platform?"""
        return self.lines[name].configured

    def states(self) -> tuple[CircuitState, ...]:
        """How each configured platform does, as this process has met it."""
        return tuple(line.circuit.state() for line in self.lines.values() if line.configured)

    def close(self) -> None:
        """Give the connections back; whoever waits for another try gives up."""
        for line in self.lines.values():
            line.close()


def connect(settings: Settings, clock: Clock) -> Platforms:
    """Lines by these settings; nothing is sent before somebody asks."""
    patience = Patience(
        settings.platform_connect_seconds,
        settings.platform_read_seconds,
        settings.n_platform_tries,
        settings.platform_total_seconds,
        settings.n_breaker_failures,
        settings.breaker_open_seconds,
    )
    lines = {
        name: Line(name, settings.platform_url(name), settings.platform_token(name), patience, clock) for name in NAMES
    }
    return Platforms(
        HttpSharing(lines["sharing"]),
        HttpIdentity(lines["identity"]),
        HttpNotifications(lines["notification"]),
        HttpAmi(lines["ami"]),
        HttpEvidence(lines["evidence"]),
        lines,
    )
