"""Commands about diagrams, decision tables and dates: check-process, decide, deadline. They need no database."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from engine import folders
from engine.clock import SHANGHAI
from engine.domain import clocks
from engine.domain.calendar import WorkingCalendar
from engine.errors import Invalid, NotFound
from engine.kernel import check
from engine.kernel.dmn import load_dmn
from engine.kernel.feel.values import to_feel, to_json
from engine.settings import Settings


def check_process(args: argparse.Namespace) -> Any:
    """Lint BPMN and DMN files; findings as `file:element: reason`, else a summary of each file.

    Each file stands alone, as its author sends it: what it names outside itself is not looked for. `deploy` checks whole
    folders.
    """
    files = {name: Path(name).read_bytes() for name in args.files}
    findings = [found for name, data in files.items() for found in check.check_files({name: data})]
    errors = [f for f in findings if f.severity == "error"]
    args.failed = bool(errors)
    if args.json:
        return {"ok": not errors, "findings": [f.as_dict() for f in findings]}
    lines = [str(f) for f in findings]
    broken = {f.file for f in errors}
    lines += [f"{name}: {check.summary(name, data)}" for name, data in files.items() if name not in broken]
    return "\n".join(lines)


def decide(args: argparse.Namespace) -> Any:
    """Evaluate every decision of a DMN file on the input of a JSON file."""
    model = load_dmn(Path(args.file).read_bytes(), args.file)
    try:
        inputs = json.loads(Path(args.input).read_bytes()) if args.input else {}
    except ValueError as error:
        raise Invalid(f"输入文件不是合法的 JSON：{args.input}", field="--input") from error
    if not isinstance(inputs, dict):
        raise Invalid("输入应为 JSON 对象", field="--input")
    values = {name: to_feel(value) for name, value in inputs.items()}
    names = dict.fromkeys(decision.name for decision in model.decisions.values())
    return {name: to_json(model.decide(name, values).value) for name in names}


def deadline(args: argparse.Namespace) -> Any:
    """When a stage must be done and why, by the calendar and limit table of the processes folder."""
    place = Settings().processes_dir
    calendar = WorkingCalendar.from_texts(folders.read_calendars(place))
    shared = folders.read_shared(place)
    tables = (load_dmn(data, name) for name, data in shared.items())
    table = next(model for model in tables if clocks.DECISION in model.decisions)
    day = args.start.astimezone(SHANGHAI).date()
    asked = {"category": args.category, "stage": args.stage, "applied_on": day}
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
        "why": dict(end.why),
    }


def instant(text: str) -> datetime:
    """An aware instant from the command line; argparse reports the rest."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise argparse.ArgumentTypeError("时刻须带时区，例如 2026-09-24T09:00:00+08:00")
    return value


COMMANDS = [
    (
        "deadline",
        deadline,
        "计算截止日及其理由",
        [
            (["--category"], {"required": True, "metavar": "C"}),
            (["--stage"], {"required": True, "metavar": "S"}),
            (["--start"], {"required": True, "type": instant, "metavar": "INSTANT"}),
            (["--days"], {"type": int, "metavar": "N"}),
        ],
    ),
    ("check-process", check_process, "检查 BPMN/DMN 文件", [(["files"], {"metavar": "FILE", "nargs": "+"})]),
    (
        "decide",
        decide,
        "求值 DMN 文件中的全部决策",
        [(["file"], {"metavar": "FILE.dmn"}), (["--input"], {"metavar": "FILE.json", "default": ""})],
    ),
]
