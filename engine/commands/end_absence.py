"""End an absence before its time: the absent person is back, or nobody shall stand in for him any more."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands.enter_absence import require_led
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import NotFound, NotReady
from engine.policy import Permission
from engine.store import absences


@dataclass(frozen=True, slots=True)
class EndAbsence:
    """What the substitute has taken stays his to give back; he can take and finish nothing more."""

    absence_id: str
    key: str


@dataclass(frozen=True, slots=True)
class AbsenceEnded:
    """It holds no more."""

    absence_id: str


def handle(command: EndAbsence, tx: Tx) -> AbsenceEnded:
    """Raises NotFound, Forbidden, NotReady when it has ended."""
    row = absences.one(tx.connection, command.absence_id)
    if row is None:
        raise NotFound()
    if row.substitute != tx.actor.id:
        require_led(tx, row.login)
    if row.until_at <= tx.received_at or not absences.end(tx.uow, row.id, tx.actor.id, tx.now):
        raise NotReady("该代办已结束")
    tx.record_house("AbsenceEnded", {"absence": row.id, "login": row.login, "substitute": row.substitute})
    return AbsenceEnded(row.id)


VERB = Verb(EndAbsence, AbsenceEnded, Permission.ABSENCE_ENTER, handle, lock_name=lambda command: ("house",))
