"""Reads the command line, runs one command, prints its result. Decides nothing about orders."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import orjson

from engine.cli.options import VERBS
from engine.errors import EngineError


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    parser = _parser()
    args = parser.parse_args(arguments, argparse.Namespace(database="", json=False))
    if args.database:
        os.environ["YIKUO_DATABASE_URL"] = args.database
    try:
        result = _run(args)
    except EngineError as error:
        _refused(error, as_json=args.json)
        return 1
    except FileNotFoundError as error:
        print(f"文件不存在：{error.filename}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    if result is not None:
        _show(result, as_json=args.json)
    return 1 if getattr(args, "failed", False) else 0


def _parser() -> argparse.ArgumentParser:
    # Before the verb or behind it, as people write them; a verb that was not told leaves what stands before it alone.
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--database", metavar="URL", help="数据库地址，默认为 var/ 中的 yikuo.db")
    common.add_argument("--json", action="store_true", help="以 JSON 输出结果")
    parser = argparse.ArgumentParser(prog="python -m engine", description="业扩报装平台命令行", parents=[common])
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="命令")
    for verb in VERBS:
        words = verbs.add_parser(verb.name, parents=[common], help=verb.summary, description=verb.summary)
        for name, settings in verb.options:
            words.add_argument(name, **settings)
        words.set_defaults(place=verb.place)
    return parser


def _run(args: argparse.Namespace) -> Any:
    module, _, function = args.place.partition(":")
    return getattr(import_module(f"engine.cli.{module}"), function)(args)


def _show(result: Any, *, as_json: bool) -> None:
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        result = dataclasses.asdict(result)
    if as_json:
        print(orjson.dumps(result, default=str).decode())
    elif isinstance(result, str):
        print(result)
    else:
        print(orjson.dumps(result, default=str, option=orjson.OPT_INDENT_2).decode())


def _refused(error: EngineError, *, as_json: bool) -> None:
    if as_json:
        faults = [dataclasses.asdict(fault) for fault in error.faults]
        print(orjson.dumps({"code": error.code, "detail": str(error), "errors": faults}).decode())
    print(error, file=sys.stderr)
    for fault in error.faults:
        print(f"  {fault.field}: {fault.reason} [{fault.code}]", file=sys.stderr)
