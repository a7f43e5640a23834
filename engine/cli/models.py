"""The command that checks diagrams and decision tables: check-process. It needs no database."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from engine.kernel import check


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
