"""End some of one's own sessions or tokens, at once."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import NotFound
from engine.policy import Permission
from engine.store import sessions


@dataclass(frozen=True, slots=True)
class EndOwnSessions:
    """By their ids (`access.session_id`); those of others are not found."""

    session_ids: tuple[str, ...]
    key: str


@dataclass(frozen=True, slots=True)
class OwnSessionsEnded:
    """How many did still work."""

    n_ended: int


def handle(command: EndOwnSessions, tx: Tx) -> OwnSessionsEnded:
    """Raises NotFound when none of them is a session of his that still works."""
    n_ended = sessions.end(tx.uow, tx.actor.id, command.session_ids, tx.now)
    if not n_ended:
        raise NotFound()
    tx.record_house("SessionsEnded", {"login": tx.actor.id, "all": False, "n": n_ended})
    return OwnSessionsEnded(n_ended)


VERB = Verb(EndOwnSessions, OwnSessionsEnded, Permission.ACCOUNT_OWN, handle, lock_name=lambda command: ("house",))
