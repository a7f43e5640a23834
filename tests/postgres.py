"""A PostgreSQL of our own for tests and bench: made from nothing, thrown away afterwards. Touches no other cluster."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

USER = "yikuo"
_SETTINGS = """
listen_addresses = '127.0.0.1'
max_connections = 60
shared_buffers = 128MB
timezone = 'Asia/Shanghai'
"""
_CARELESS = """
fsync = off
synchronous_commit = off
full_page_writes = off
"""


class NoPostgres(RuntimeError):
    """The server binaries are not installed (`make test` installs them when it may)."""


class Cluster:
    """A running server with a unix socket in a private folder and a free port on loopback.

    `durable=False` leaves out every fsync: quick, and wrong for whatever asks what survives a crash of the machine.
    `environment` is added to the server's.
    """

    def __init__(self, *, durable: bool = False, environment: dict[str, str] | None = None) -> None:
        self._environment = {**os.environ, **(environment or {})}
        self.folder = Path(tempfile.mkdtemp(prefix="yikuo-pg-"))
        self.port = _free_port()
        self._as = _unprivileged()
        self._bin = _binaries()
        if self._as is not None:
            shutil.chown(self.folder, self._as, self._as)
        initdb = [self._bin / "initdb", "-D", self._data, "-U", USER, "-A", "trust", "-E", "UTF8"]
        initdb += ["--locale=C.UTF-8", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, user=self._as, cwd=self.folder)
        with (self._data / "postgresql.conf").open("a") as conf:
            conf.write(_SETTINGS + ("" if durable else _CARELESS))
            conf.write(f"port = {self.port}\nunix_socket_directories = '{self.folder}'\n")
        self._server = self._launch()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy address of a database, over the unix socket."""
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}&port={self.port}"

    def create(self, database: str, template: str = "template1") -> str:
        """Make a database and give its address."""
        self._psql(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    def drop(self, database: str) -> None:
        self._psql(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def restart(self, *, immediate: bool = True) -> None:
        """Stop the server (`immediate`: as if it crashed) and start it again on the same data."""
        self._halt(signal.SIGQUIT if immediate else signal.SIGINT)
        self._server = self._launch()

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self._halt(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _launch(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            server = subprocess.Popen(
                [self._bin / "postgres", "-D", self._data],
                stdout=log,
                stderr=log,
                user=self._as,
                env=self._environment,
                cwd=self.folder,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        deadline = time.monotonic() + 60
        while subprocess.run(self._client("pg_isready", "-q"), check=False).returncode != 0:
            if server.poll() is not None or time.monotonic() > deadline:
                raise NoPostgres((self.folder / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.02)
        return server

    def _halt(self, how: signal.Signals) -> None:
        if self._server.poll() is None:
            self._server.send_signal(how)
            self._server.wait(timeout=60)

    def _client(self, program: str, *arguments: str) -> list[str]:
        return [str(self._bin / program), "-h", str(self.folder), "-p", str(self.port), "-U", USER, *arguments]

    def _psql(self, statement: str) -> None:
        subprocess.run(self._client("psql", "-q", "-d", "postgres", "-c", statement), check=True, capture_output=True)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    if not found:
        raise NoPostgres("no PostgreSQL server is installed: run `make test`, or apt-get install postgresql")
    return found[-1].parent


def _unprivileged() -> str | None:
    """The server refuses to run as root; Debian's package brings the user for it."""
    if os.geteuid() != 0:
        return None
    return pwd.getpwnam("postgres").pw_name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    """A killed test run leaves no server behind (Linux: PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)
