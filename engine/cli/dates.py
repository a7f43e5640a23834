"""The command about dates: deadline. Counts by the calendar of the database where there is one, else by the files."""

from __future__ import annotations

import argparse
from typing import Any

from engine import folders
from engine.clock import SHANGHAI
from engine.domain import clocks
from engine.domain.calendar import WorkingCalendar
from engine.domain.classification import Category
from engine.errors import Fault, Invalid, NotFound
from engine.kernel.dmn import load_dmn
from engine.settings import Settings
from engine.store import calendars
from engine.store.database import Database, is_made
from engine.world import read_calendar

DATABASE, FILES = "database", "files"
YEARS = range(1990, 2101)
"""There is no calendar for other years, and who writes one has mistyped."""


def deadline(args: argparse.Namespace) -> Any:
    """When a stage must be done and why, by the calendar in force and the limit table of the processes folder."""
    settings = Settings()
    _check(args)
    calendar, source = _calendar(settings)
    shared = folders.read_shared(settings.processes_dir)
    tables = (load_dmn(data, name) for name, data in shared.items())
    table = next(model for model in tables if clocks.DECISION in model.decisions)
    day = args.start.astimezone(SHANGHAI).date()
    asked = {"category": args.category, "stage": args.stage, "applied_on": day, "needs_external_line_works": None}
    limit = clocks.limit_of(args.category, args.stage, table.decide(clocks.DECISION, asked).value)
    if limit is None:
        raise NotFound(f"时限表中没有 {args.category} / {args.stage} 的时限")
    end = clocks.deadline(limit, day, calendar, workdays=args.days)
    if not args.json:
        return f"{end.due_on}  {end.why.get('text', '')}"
    return {
        "category": args.category,
        "stage": args.stage,
        "start": args.start.isoformat(),
        "workdays": limit.workdays if args.days is None else args.days,
        "due_on": end.due_on.isoformat(),
        "due_at": end.due_at.isoformat(),
        "explanation": end.why.get("text", ""),
        "calendar_from": source,
        "why": dict(end.why),
    }


def _check(args: argparse.Namespace) -> None:
    """What no table could know is a mistake in the question; a stage without a limit is an answer (NotFound)."""
    faults = []
    if args.category not in list(Category):
        faults.append(Fault("category", "unknown_category", f"没有客户分类 {args.category}，应为 {_any(Category)}"))
    if args.stage not in (clocks.TOTAL, *clocks.STAGES):
        stages = _any((clocks.TOTAL, *clocks.STAGES))
        faults.append(Fault("stage", "unknown_stage", f"没有环节 {args.stage}，应为 {stages}"))
    if args.start.year not in YEARS:
        faults.append(Fault("start", "out_of_range", f"年份应在 {YEARS[0]} 至 {YEARS[-1]} 之间"))
    if faults:
        raise Invalid("；".join(fault.reason for fault in faults), faults=faults)


def _any(codes: Any) -> str:
    return "、".join(codes)


def _calendar(settings: Settings) -> tuple[WorkingCalendar, str]:
    """The calendar in force, and from where. Only a database that was made already is asked; none is made."""
    if is_made(settings.database_url):
        database = Database(settings.database_url)
        try:
            with database.read() as connection:
                if calendars.are_there(connection):
                    return read_calendar(connection, calendars.versions(connection)), DATABASE
        finally:
            database.close()
    return WorkingCalendar.from_texts(folders.read_calendars(settings.processes_dir)), FILES
