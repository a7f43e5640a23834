"""Commands about diagrams, decision tables: check-process, decide. They need no database."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from engine.errors import Invalid
from engine.kernel import check
from engine.kernel.dmn import load_dmn
from engine.kernel.feel.values import to_feel, to_json


def check_process(args: argparse.Namespace) -> Any:
    """Lint BPMN and DMN files; findings as `file:element: reason`, else a summary of each file.

    Each file stands alone, as its author sends it: what it names outside itself is not looked for; `deploy` does that.
    """
    files = {name: Path(name).read_bytes() for name in args.files}
    findings = [found for name, data in files.items() for found in check.check_files({name: data})]
    errors = [f for f in findings if f.severity == "error"]
    args.failed = bool(errors)
    if args.json:
        return {"ok": not errors, "findings": [f.as_dict() for f in findings]}
    lines = [str(f) for f in findings]
    broken = {f.file for f in errors}
    lines += [check.summary(name, data) for name, data in files.items() if name not in broken]
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
