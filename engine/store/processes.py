"""Published process versions: whole folders, immutable, found by key or number. Does not parse what it keeps."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select

from engine.store.tables_house import process_file, process_version
from engine.store.uow import UnitOfWork

_v = process_version.c
_COLUMNS = (_v.id, _v.process_key, _v.version, _v.title, _v.note, _v.digest, _v.deployed_at, _v.deployed_by)
_NEWEST = select(*_COLUMNS).where(_v.process_key == bindparam("process_key")).order_by(_v.version.desc()).limit(1)
_NEWEST_ID = select(_v.id).where(_v.process_key == bindparam("process_key")).order_by(_v.version.desc()).limit(1)
_NEWEST_OF_ALL = select(func.max(_v.id)).group_by(_v.process_key).order_by(_v.process_key)
_ONE = select(*_COLUMNS).where(_v.id == bindparam("version_id"))
_SAME = select(*_COLUMNS).where(_v.process_key == bindparam("process_key"), _v.digest == bindparam("digest"))
_ALL = select(*_COLUMNS).order_by(_v.process_key, _v.version)
_LAST = select(func.coalesce(func.max(_v.version), 0)).where(_v.process_key == bindparam("process_key"))
_FILES = select(process_file.c.path, process_file.c.content).where(process_file.c.version_id == bindparam("version_id"))
_f = process_file.c
_BY_DIGEST = select(_f.path, _f.content).where(_f.digest == bindparam("digest")).order_by(_f.version_id.desc()).limit(1)
_HOLDERS = (
    select(*_COLUMNS, _f.path)
    .join(process_file, _f.version_id == _v.id)
    .where(_f.digest == bindparam("digest"))
    .order_by(_v.deployed_at, _v.id)
)
_ADD = insert(process_version).returning(_v.id)
_ADD_FILE = insert(process_file)


@dataclass(frozen=True, slots=True)
class Version:
    """One published version of one process."""

    id: int
    process_key: str
    version: int
    title: str
    note: str
    digest: str
    deployed_at: datetime
    deployed_by: str


def newest(connection: Connection, process_key: str) -> Version | None:
    """The version on which new orders start."""
    row = connection.execute(_NEWEST, {"process_key": process_key}).first()
    return Version(*row) if row else None


def newest_id(connection: Connection, process_key: str) -> int | None:
    """Its number only."""
    return connection.execute(_NEWEST_ID, {"process_key": process_key}).scalar()


def newest_ids(connection: Connection) -> list[int]:
    """The newest version of each process."""
    return list(connection.execute(_NEWEST_OF_ALL).scalars())


def one(connection: Connection, version_id: int) -> Version | None:
    """A version by its number."""
    row = connection.execute(_ONE, {"version_id": version_id}).first()
    return Version(*row) if row else None


def same(connection: Connection, process_key: str, digest: str) -> Version | None:
    """The version with exactly this content, if it was published before."""
    row = connection.execute(_SAME, {"process_key": process_key, "digest": digest}).first()
    return Version(*row) if row else None


def every(connection: Connection) -> list[Version]:
    """All versions of all processes."""
    return [Version(*row) for row in connection.execute(_ALL)]


def files(connection: Connection, version_id: int) -> dict[str, bytes]:
    """The folder of a version: path -> content."""
    return {path: bytes(content) for path, content in connection.execute(_FILES, {"version_id": version_id})}


def file_of(connection: Connection, digest: str) -> tuple[str, bytes] | None:
    """Path and content of a file of any version by the SHA-256 of its content."""
    row = connection.execute(_BY_DIGEST, {"digest": digest}).first()
    return (row[0], bytes(row[1])) if row else None


def holders(connection: Connection, digest: str) -> list[tuple[Version, str]]:
    """Every version that holds the file, oldest first, with its path in it."""
    return [(Version(*row[:-1]), row[-1]) for row in connection.execute(_HOLDERS, {"digest": digest})]


def add(uow: UnitOfWork, version: Version, content: dict[str, bytes]) -> Version:
    """Publish; numbers the version itself (`id` and `version` of the argument are ignored)."""
    number = uow.run(_LAST, {"process_key": version.process_key}).scalar_one() + 1
    values = {
        "process_key": version.process_key,
        "version": number,
        "title": version.title,
        "note": version.note,
        "digest": version.digest,
        "deployed_at": version.deployed_at,
        "deployed_by": version.deployed_by,
    }
    version_id: int = uow.run(_ADD, values).scalar_one()
    rows = [{"path": p, "content": data, "digest": hashlib.sha256(data).hexdigest()} for p, data in content.items()]
    uow.run(_ADD_FILE, [{"version_id": version_id, **row} for row in rows])
    return Version(version_id, version.process_key, number, *(values[k] for k in _REST))


_REST = ("title", "note", "digest", "deployed_at", "deployed_by")
