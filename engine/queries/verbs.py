"""What an actor can do with a task besides working on it, and what has been done. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.errors import NotFound
from engine.kernel import spiff
from engine.policy import Actor, Permission, holds_role, require, sees
from engine.queries.view import View
from engine.store import absences, accounts, acts, copies, reading, tasks
from engine.store.absences import AbsenceRow
from engine.store.acts import ActRow
from engine.store.tasks import TaskRow

LEADERS = frozenset({"TEAM_LEADER", "COUNTY_MANAGER"})


@dataclass(frozen=True, slots=True)
class Passed:
    """A step to which the task may be returned: who did it last, and the names of what is taken back with it."""

    element_id: str
    name: str
    done_by: str
    takes_back: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to whom something may be given; `fits` when he has the role of the task."""

    login: str
    name: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Verbs:
    """The task with all that hangs on it. `of` is the task that it is a second opinion on; `is_his` when the actor
    holds it, or could take it; `disposes` when he may give it away."""

    row: TaskRow
    of: TaskRow | None
    is_his: bool
    disposes: bool
    returnable: tuple[Passed, ...]
    colleagues: tuple[Colleague, ...]
    opinions: tuple[TaskRow, ...]
    acts: tuple[ActRow, ...]
    copies: tuple[dict[str, object], ...]

    @property
    def is_open(self) -> bool:
        """Can anything be done with it still?"""
        return self.row.state == tasks.OPEN

    @property
    def logins(self) -> set[str]:
        """Everybody whose name the page needs."""
        row = self.row
        found = {row.on_behalf_of, row.delegated_by, row.back_by, row.closed_by}
        found |= {each.done_by for each in self.returnable} | {each.assignee for each in self.opinions}
        found |= {login for act in self.acts for login in (act.actor, act.to_login)}
        found |= {str(copy[name]) for copy in self.copies for name in ("to_login", "sent_by")}
        return {login for login in found if login}


def of_task(view: View, actor: Actor, task_id: str) -> Verbs:
    """Raises NotFound outside the actor's units."""
    require(actor, Permission.ORDER_READ)
    row = tasks.one(view.connection, task_id)
    if row is None or not view.sees(actor, row.unit_code):
        raise NotFound()
    about = row.parent_id or row.id
    is_his = row.assignee in (None, actor.id) and holds_role(actor, row.role, row.offered_to)
    disposes = is_his or bool(LEADERS & actor.roles)
    works = row.state == tasks.OPEN and row.parent_id is None
    return Verbs(
        row=row,
        of=tasks.one(view.connection, row.parent_id) if row.parent_id else None,
        is_his=is_his,
        disposes=disposes,
        returnable=_returnable(view, row) if works and is_his and actor.may(Permission.TASK_RETURN) else (),
        colleagues=tuple(_colleagues(view, actor, row)),
        opinions=tuple(tasks.beside(view.connection, about)),
        acts=tuple(acts.of_task(view.connection, about)),
        copies=tuple(copies.of_task(view.connection, row.id)),
    )


def _returnable(view: View, row: TaskRow) -> tuple[Passed, ...]:
    """The steps that were done, latest first, and to which the process can go back from here."""
    state = reading.instance(view.connection, row.order_id)
    head = reading.order_of_id(view.connection, row.order_id)
    if state is None or head["process_version_id"] is None:
        return ()
    done: dict[str, TaskRow] = {}
    for each in tasks.of_order(view.connection, row.order_id):
        if each.state == tasks.DONE and each.parent_id is None and each.element_id != row.element_id:
            done[each.element_id] = each
    process = view.world.version(view.connection, head["process_version_id"]).process
    possible = spiff.returnable(process, state, row.id, done)
    passed = sorted((done[element] for element in possible), key=lambda each: each.opened_at, reverse=True)
    return tuple(Passed(t.element_id, t.name, t.closed_by or "", possible[t.element_id]) for t in passed)


def _colleagues(view: View, actor: Actor, row: TaskRow) -> list[Colleague]:
    """Everybody who sees the order, those with its role first."""
    within = view.world.organisation(view.connection).is_within
    found = []
    for account in accounts.every(view.connection):
        who = Actor(account.login, account.name, "user", frozenset(account.roles), account.unit_code)
        able = who.may(Permission.ORDER_READ) and sees(who, row.unit_code, within)
        if account.login != actor.id and account.disabled_at is None and able:
            fits = not row.role or bool({row.role, row.offered_to} & who.roles)
            found.append(Colleague(account.login, account.name, fits))
    return sorted(found, key=lambda each: (not each.fits, each.name, each.login))


def copies_of(
    view: View, actor: Actor, *, sent: bool = False, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[dict[str, object]]:
    """A page of what the actor was shown (or has shown to others), newest first; only of orders that he sees still."""
    require(actor, Permission.COPY_READ)
    rows = copies.listed(view.connection, actor.id, sent=sent, after=after, limit=limit)
    return [row for row in rows if view.sees(actor, row["unit_code"])]


def absences_of(view: View, actor: Actor, limit: int = 200) -> list[AbsenceRow]:
    """Those of the actor and those in which he stands in; a leader sees those of his units."""
    require(actor, Permission.ABSENCE_ENTER)
    if LEADERS & actor.roles:
        units = view.units_of(actor)
        return absences.of_units(view.connection, None if units is None else sorted(units), limit)
    return absences.concerning(view.connection, actor.id)


def possible_substitutes(view: View, actor: Actor) -> list[accounts.AccountRow]:
    """Open accounts of the actor's unit and of those above and below it that may work on tasks."""
    require(actor, Permission.ABSENCE_ENTER)
    within = view.world.organisation(view.connection).is_within
    return [
        row
        for row in accounts.every(view.connection)
        if row.disabled_at is None
        and Actor(row.login, row.name, roles=frozenset(row.roles)).may(Permission.TASK_COMPLETE)
        and (within(row.unit_code, actor.unit_code) or within(actor.unit_code, row.unit_code))
    ]


def cursor(row: dict[str, object]) -> str:
    """Where a page of copies ended."""
    at = row["sent_at"]
    assert isinstance(at, datetime)
    return f"{at.isoformat()}|{row['id']}"


def position(text: str) -> tuple[datetime, str]:
    """Where the page before ended. Raises ValueError for any other text."""
    at, _, copy_id = text.partition("|")
    instant = datetime.fromisoformat(at)
    if instant.tzinfo is None or not copy_id:
        raise ValueError(text)
    return instant, copy_id
