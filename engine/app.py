"""The composition root: settings in, a ready Engine out. The one object that web, scheduler and command line hold."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from engine import folders
from engine.access import Access
from engine.clock import Clock, SystemClock
from engine.commands.deploy_process import Deployed, DeployProcess
from engine.commands.load_house import LoadHouse
from engine.commands.recount_order import RecountOrder
from engine.commands.registry import VERBS
from engine.commands.start_order import StartOrder
from engine.commands.verbs import Command
from engine.domain.organisation import Organisation
from engine.errors import NotFound, NotReady
from engine.kernel import loader
from engine.policy import SYSTEM, Actor
from engine.portal import PortalAccess
from engine.ports.platforms import connect
from engine.queries.house import verify_audit
from engine.queries.view import View
from engine.runner import Runner
from engine.settings import Settings
from engine.store import calendars, clock_marks, house, orders, processes, timers
from engine.store.database import Database
from engine.store.database_clock import DatabaseClock
from engine.store.listening import Listener
from engine.store.migrate import migrate
from engine.store.uow import UnitOfWork
from engine.store.vault import open_vault
from engine.world import SHARED, World

N_START_WAITING = 500
N_RECOUNTS = 100

log = logging.getLogger(__name__)


class Engine:
    """Everything that may be asked of the core. Threads share one; each process of the operating system has its own."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.database = Database(settings.database_url, pool_size=settings.pool_size)
        self.clock = clock = clock or _clock_of(self.database)
        self.vault = open_vault(settings.keys_path)
        self.world = World(clock, self.vault, settings)
        self.access = Access(self.database, clock, settings)
        self.portal = PortalAccess(self.database, clock, settings, self.vault)
        self.platforms = connect(settings, clock)
        self._runner = Runner(self.database, self.world, VERBS, clock)
        self.worker = f"{socket.gethostname()}:{os.getpid()}"
        self._grace = timedelta(milliseconds=settings.timer_grace_ms)
        self._born_at = clock.now()
        self._claimed_at = self._born_at

    def run(self, command: Command, actor: Actor, *, received_at: datetime | None = None) -> Any:
        """Run one command; see engine/runner.py."""
        return self._runner.run(command, actor, received_at=received_at)

    @contextmanager
    def read(self) -> Iterator[View]:
        """A consistent, read-only view for the functions of engine/queries."""
        with self.database.read() as connection:
            yield View(connection, self.world, self.clock.now())

    def init(self) -> None:
        """Create or migrate the database, load calendars, organisation and decision tables, publish the processes,
        start what waited for them. Doing it again changes nothing."""
        migrate(self.database)
        place = self.settings.processes_dir
        shared = folders.read_shared(place)
        organisation = orjson.loads((place / "organisation.json").read_bytes())
        self.run(LoadHouse(folders.read_calendars(place), organisation, shared, _once()), SYSTEM)
        self.world.forget()
        for folder in folders.process_folders(place):
            self.deploy(folder, SYSTEM)

    def deploy(self, folder: Path, actor: Actor) -> Deployed:
        """Publish one process folder with the folders and shared tables it names, and start the orders that waited
        for it."""
        shared = folders.read_shared(self.settings.processes_dir)
        whole = loader.bundle(folders.read_whole(folder), shared).files
        deployed: Deployed = self.run(DeployProcess(whole, _once()), actor)
        self.start_waiting()
        return deployed

    def start_waiting(self, limit: int = N_START_WAITING) -> int:
        """Start orders whose process has been deployed meanwhile; returns how many. Several may do so at a time."""
        with self.database.read() as connection:
            waiting = orders.startable(connection, limit)
        n_started = 0
        for order_id in waiting:
            try:
                self.run(StartOrder(order_id, _once()), SYSTEM)
            except NotReady:
                continue  # another scheduler was faster
            n_started += 1
        return n_started

    def recount_due(self, limit: int = N_RECOUNTS) -> int:
        """Count anew the deadlines of orders that wait for it since a year's notice was entered, each in its own
        transaction; returns how many. One that fails rests a while and stops no other. Several may do so at a time."""
        with self.database.read() as connection:
            waiting = calendars.to_recount(connection, self.clock.now(), limit)
        return sum(map(self._recount, waiting))

    def _recount(self, due: calendars.Recount) -> bool:
        key = f"recount:{due.order_id}:{due.asked_at.isoformat()}"
        try:
            self.run(RecountOrder(due.order_id, due.cause, key, due.asked_at), SYSTEM)
        except Exception as error:  # whatever one order's diagram does, the next order's deadlines have moved as well
            log.error("recount failed", extra={"action": "recount.failed", "order_id": due.order_id}, exc_info=error)
            with UnitOfWork(self.database) as uow:
                calendars.recount_failed(uow, due, self.clock.now())
                uow.finish()
            return False
        return True

    def verify_audit(self) -> dict[str, Any]:
        """Check the whole record: the number of events, and every broken chain with place and reason."""
        with self.read() as view:
            found = verify_audit(view)
        return {"n_events": found.n_events, "broken": [asdict(broken) for broken in found.breaks]}

    def organisation(self) -> Organisation:
        """Units, halls and parks as loaded."""
        with self.read() as view:
            return self.world.organisation(view.connection)

    @property
    def processes(self) -> Mapping[int, loader.Process]:
        """The parsed processes, by version id; read when first asked for."""
        return _Processes(self)

    def claim_due_timers(self, limit: int) -> dict[str, datetime]:
        """Timers that are due, id -> due, soonest first, leased to this worker for a short while; fire each with
        FireTimer. None while host and database disagree about the time. One that has only just become due is left to
        those who came before it and still wait for its order's lock."""
        lease = timedelta(seconds=self.settings.timer_lease_seconds)
        now = self.clock.exact()
        if self.world.is_clock_off():
            return {}
        with UnitOfWork(self.database) as uow:
            found = timers.claim(uow, self.worker, now, lease, limit, now - self._grace)
            uow.finish()
        self._claimed_at = now - self._grace
        return found

    def next_timer_at(self) -> datetime | None:
        """When the first timer may be claimed that could not be at the last claim."""
        with self.database.read() as connection:
            due_at = timers.next_due(connection, self._claimed_at)
        return due_at and due_at + self._grace

    @property
    def can_listen(self) -> bool:
        """Does the database tell of timers armed by others?"""
        return self.database.dialect == "postgresql"

    def listen(self) -> Listener:
        """A connection that hears of timers due soon."""
        return Listener(self.database)

    def beat(self, **detail: Any) -> timedelta:
        """Say that this process lives; gives by how much the clock was set back since anybody last said so."""
        with UnitOfWork(self.database) as uow:
            now = self.clock.now()
            house.beat(uow, self.worker, self._born_at, now, detail)
            back = clock_marks.mark(uow, now, timedelta(seconds=self.settings.clock_backwards_seconds),
                                    trusted=not self.world.is_clock_off())  # fmt: skip
            uow.finish()
        return back

    def leave(self) -> None:
        """This process ends by its own will: nobody need miss its heartbeat."""
        with UnitOfWork(self.database) as uow:
            house.leave(uow, self.worker)
            uow.finish()

    def close(self) -> None:
        """Give the connections back."""
        self.platforms.close()
        self.database.close()


def build(settings: Settings | None = None, clock: Clock | None = None) -> Engine:
    """An engine by these settings; by the environment's, and by the clock of its database, when none are given."""
    return Engine(settings or Settings(), clock)


def _clock_of(database: Database) -> Clock:
    return DatabaseClock(database) if database.dialect == "postgresql" else SystemClock()


class _Processes(Mapping[int, loader.Process]):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __getitem__(self, version_id: int) -> loader.Process:
        with self._engine.read() as view:
            try:
                return view.world.version(view.connection, version_id).process
            except NotFound:
                raise KeyError(version_id) from None

    def __iter__(self) -> Iterator[int]:
        with self._engine.read() as view:
            return iter([v.id for v in processes.every(view.connection) if v.process_key != SHARED])

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _once() -> str:
    return uuid4().hex
