"""Commands about the installation and its orders: init, deploy, import-applications, verify-audit."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.app import Engine, build
from engine.importing import import_lines
from engine.policy import SYSTEM
from engine.settings import Settings


@contextmanager
def opened() -> Iterator[Engine]:
    """The engine on the database of the call."""
    engine = build(Settings())
    try:
        yield engine
    finally:
        engine.close()


def init(args: argparse.Namespace) -> Any:
    """Create or migrate the database, load calendars and organisation, deploy the processes."""
    with opened() as engine:
        engine.init()


def deploy(args: argparse.Namespace) -> Any:
    """Publish one process folder as a new version; the same content again is no new version."""
    with opened() as engine:
        return asdict(engine.deploy(Path(args.folder), SYSTEM))


def import_applications(args: argparse.Namespace) -> Any:
    """Accept a file of applications line by line."""
    with opened() as engine, open(args.file, "rb") as lines:
        result = import_lines(engine, lines, progress=_progress)
    print(file=sys.stderr)
    return asdict(result)


def _progress(number: int) -> None:
    if number % 50 == 0:
        print(f"\r已处理 {number} 行", end="", file=sys.stderr, flush=True)


def verify_audit(args: argparse.Namespace) -> Any:
    """Recompute every order's hash chain."""
    with opened() as engine:
        report = engine.verify_audit()
    args.failed = bool(report["broken"])
    return report
