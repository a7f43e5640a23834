"""The command about dates: deadline. It needs no database, only the processes folder."""

from __future__ import annotations

import argparse
from typing import Any

from engine import folders
from engine.clock import SHANGHAI
from engine.domain import clocks
from engine.domain.calendar import WorkingCalendar
from engine.errors import NotFound
from engine.kernel.dmn import load_dmn
from engine.settings import Settings


def deadline(args: argparse.Namespace) -> Any:
    """When a stage must be done and why, by the calendar and limit table of the processes folder."""
    place = Settings().processes_dir
    calendar = WorkingCalendar.from_texts(folders.read_calendars(place))
    shared = folders.read_shared(place)
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
        "why": dict(end.why),
    }
