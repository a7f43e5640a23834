"""Commands that try things out: rehearse, deadline. They work on a database of their own."""

from __future__ import annotations

import argparse
import logging
import sys
from dataclasses import asdict
from typing import Any

from engine.rehearsal.coverage import Coverage
from engine.rehearsal.drive import rehearse as run_rehearsal
from engine.settings import Settings


def rehearse(args: argparse.Namespace) -> Any:
    """Drive N invented orders through a process on a virtual clock; fails when one is stuck or meets an error."""
    logging.getLogger("engine").setLevel(logging.ERROR)  # outages are part of the play
    report = run_rehearsal(
        args.process_key, n_orders=args.orders, seed=args.seed, settings=Settings(), progress=_progress
    )
    print(file=sys.stderr)
    args.failed = bool(report.stuck or report.errors or report.completed < args.orders)
    if args.json:
        details = asdict(report)
        counts = {"stuck": len(report.stuck), "errors": len(report.errors)}
        return details | {"stuck_orders": report.stuck, "error_details": report.errors} | counts
    lines = [
        f"流程 {report.process_key}（种子 {report.seed}）：工单 {report.orders}，办结 {report.completed}"
        f"（其中终止 {report.terminated}），停滞 {len(report.stuck)}，错误 {len(report.errors)}，"
        f"触发定时器 {report.timers_fired}",
        *(f"  停滞：{item}" for item in report.stuck[:10]),
        *(f"  错误：{item}" for item in report.errors[:10]),
    ]
    lines += [_covered(key, coverage) for key, coverage in report.coverage.items()]
    if report.not_passed:
        lines.append("  未经过的元素：" + "、".join(report.not_passed))
    return "\n".join(lines)


def _covered(key: str, coverage: Coverage) -> str:
    missed = f"；未走：{'、'.join(coverage.not_taken)}" if coverage.not_taken else ""
    return f"  分支覆盖 {key}：{coverage.percent}%（{coverage.n_taken}/{coverage.n_branches}）{missed}"


def _progress(number: int) -> None:
    if number % 10 == 0:
        print(f"\r已受理 {number} 单", end="", file=sys.stderr, flush=True)
