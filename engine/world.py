"""What a command or query may consult besides its own rows: processes, calendar, organisation, vault. Changes nothing.

All of it is read from the database and kept: a published version for good, the calendar until a year of it changes, the
organisation for a minute.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from engine.clock import Clock
from engine.domain.calendar import CalendarDay, CalendarYear, WorkingCalendar
from engine.domain.clocks import LimitsOfDay
from engine.domain.organisation import Organisation
from engine.errors import NotFound, Unavailable
from engine.kernel import loader
from engine.kernel.dmn import Model, load_dmn
from engine.kernel.dmn.drawing import Drawing, draw_dmn
from engine.kernel.forms import FormCheck, is_dynamic, resolved
from engine.kernel.model import Bundle
from engine.settings import Settings
from engine.store import calendars, house, processes
from engine.store.types import Connection
from engine.store.vault import Vault

SHARED = "_shared"
"""The key under which the decision tables of processes/shared are published, like a process of their own."""
FRESH_SECONDS = 60.0
N_TABLE_FILES = 256

T = TypeVar("T")


class Version:
    """A published version, parsed, with its forms ready to check."""

    def __init__(self, version_id: int, files: dict[str, bytes], row: processes.Version) -> None:
        self.id = version_id
        self.row = row
        self.files = files
        self.limits: dict[tuple[str, date, bool], LimitsOfDay] = {}
        self._forms: dict[str, FormCheck] = {}

    @cached_property
    def process(self) -> loader.Process:
        """What the kernel runs."""
        return loader.load(Bundle(self.row.process_key, self.files, self.row.digest))

    @cached_property
    def models(self) -> dict[str, Model]:
        """The decision tables of the folder, by file name."""
        return {name: load_dmn(data, name) for name, data in self.files.items() if name.endswith(".dmn")}

    @property
    def label(self) -> dict[str, Any]:
        """The version as people name it, for the record."""
        return {"key": self.row.process_key, "title": self.row.title, "version": self.row.version}

    def form(self, form_key: str) -> FormCheck | None:
        """The compiled form, None when the version has none of that key."""
        if form_key not in self._forms and form_key in self.process.forms:
            self._forms[form_key] = FormCheck(self.process.forms[form_key])
        return self._forms.get(form_key)

    def form_for(self, form_key: str, variables: Mapping[str, Any]) -> FormCheck | None:
        """The form as it stands for a task that sees these variables; the kept one if they change nothing about it."""
        form = self.process.forms.get(form_key)
        if form is None or not is_dynamic(form):
            return self.form(form_key)
        return FormCheck(resolved(form, variables))


class TableFile:
    """A decision file of whichever versions: to be read by people, and to be run, each when first asked for."""

    def __init__(self, path: str, content: bytes) -> None:
        self.path = path
        self._content = content

    @cached_property
    def drawing(self) -> Drawing:
        """Its texts."""
        return draw_dmn(self._content, self.path)

    @cached_property
    def model(self) -> Model:
        """What decides. Raises ModelRefused for an old file that this release would not publish any more."""
        return load_dmn(self._content, self.path)


@dataclass(slots=True)
class _Kept(Generic[T]):
    value: T
    read_at: float


class World:
    """One per process of the operating system; threads share it (every value is immutable once made)."""

    def __init__(self, clock: Clock, vault: Vault, settings: Settings) -> None:
        self.clock = clock
        self.vault = vault
        self.settings = settings
        self._versions: dict[int, Version] = {}
        self._table_files: dict[str, TableFile] = {}
        self._calendar: tuple[dict[int, int], WorkingCalendar] | None = None
        self._calendar_of: WeakKeyDictionary[Connection, WorkingCalendar] = WeakKeyDictionary()
        self._organisation: _Kept[Organisation] | None = None

    def is_clock_off(self) -> bool:
        """Do host and database disagree about the time by more than the setting allows?"""
        return abs(self.clock.skew()) > timedelta(seconds=self.settings.clock_skew_seconds)

    def version(self, connection: Connection, version_id: int) -> Version:
        """A published version. Raises NotFound."""
        known = self._versions.get(version_id)
        if known is None:
            row = processes.one(connection, version_id)
            if row is None:
                raise NotFound(f"流程版本 {version_id}")
            known = self._versions[version_id] = Version(version_id, processes.files(connection, version_id), row)
        return known

    def shared(self, connection: Connection) -> Version:
        """The newest published decision tables that belong to no single process."""
        version_id = processes.newest_id(connection, SHARED)
        if version_id is None:
            raise Unavailable("公用决策表尚未发布，请先运行 init")
        return self.version(connection, version_id)

    def table_file(self, connection: Connection, digest: str) -> TableFile | None:
        """The decision file with this SHA-256, of any version; None if none was ever published."""
        known = self._table_files.get(digest)
        if known is None and (found := processes.file_of(connection, digest)) is not None:
            if len(self._table_files) >= N_TABLE_FILES:
                self._table_files.clear()
            known = self._table_files[digest] = TableFile(*found)
        return known

    def calendar(self, connection: Connection) -> WorkingCalendar:
        """The working-day calendar as entered; the same one for a whole transaction.

        Which versions are in force is asked once a transaction: a deadline must not be counted by a calendar that was
        replaced a minute ago, in whatever process.
        """
        known = self._calendar_of.get(connection)
        if known is None:
            versions, kept = calendars.versions(connection), self._calendar
            if kept is None or kept[0] != versions:
                kept = self._calendar = (versions, read_calendar(connection, versions))
            known = self._calendar_of[connection] = kept[1]
        return known

    def organisation(self, connection: Connection) -> Organisation:
        """Units, halls and parks. Raises Unavailable before `init`."""
        self._organisation = _fresh(self._organisation, lambda: _read_organisation(connection))
        return self._organisation.value

    def forget(self) -> None:
        """Read the organisation again at the next use."""
        self._organisation = None


def _fresh(kept: _Kept[T] | None, read: Callable[[], T]) -> _Kept[T]:
    at = time.monotonic()
    return kept if kept is not None and at - kept.read_at < FRESH_SECONDS else _Kept(read(), at)


def read_calendar(connection: Connection, versions: dict[int, int]) -> WorkingCalendar:
    """The calendar table as it stands; `versions` are those in force."""
    days = (CalendarDay(d.on, d.is_workday, d.note, d.status) for d in calendars.days(connection))
    return WorkingCalendar.from_days(days, versions)


def year_in(row: calendars.YearRow) -> CalendarYear:
    """A stored version of a year as the calendar reckons with it."""
    off, on = (
        {date.fromisoformat(day): name for day, name in days.items()} for days in (row.holidays, row.makeup_days)
    )
    return CalendarYear(row.year, row.version, row.status, off, on, row.source)


def _read_organisation(connection: Connection) -> Organisation:
    body = house.organisation_body(connection)
    if body is None:
        raise Unavailable("组织机构尚未导入，请先运行 init")
    return Organisation.from_json(body)
