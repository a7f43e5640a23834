"""The commands and their options as a table. Imports none of them, so that each starts as fast as it alone can."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Option = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Verb:
    """One command: the module and function that run it, and what it takes."""

    name: str
    place: str
    summary: str
    options: tuple[Option, ...] = ()


def instant(text: str) -> datetime:
    """An aware instant from the command line; argparse reports what is wrong with it."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise argparse.ArgumentTypeError("时刻须带时区，例如 2026-09-24T09:00:00+08:00")
    return value


def count(text: str) -> int:
    """A whole number from 1 on."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("应为不小于 1 的整数")
    return value


def whole(text: str) -> int:
    """A whole number from 0 on."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("应为不小于 0 的整数")
    return value


VERBS = (
    Verb("init", "orders:init", "建库或升级数据库，装载日历与组织机构，部署流程"),
    Verb("deploy", "orders:deploy", "发布一个流程目录", (("folder", {"metavar": "FOLDER"}),)),
    Verb(
        "check-process", "models:check_process", "检查 BPMN/DMN 文件", (("files", {"metavar": "FILE", "nargs": "+"}),)
    ),
    Verb(
        "import-applications",
        "orders:import_applications",
        "导入用电申请（每行一个 JSON）",
        (("file", {"metavar": "FILE"}),),
    ),
    Verb(
        "deadline",
        "dates:deadline",
        "计算截止日及其理由",
        (
            ("--category", {"required": True, "metavar": "C"}),
            ("--stage", {"required": True, "metavar": "S"}),
            ("--start", {"required": True, "type": instant, "metavar": "INSTANT"}),
            ("--days", {"type": whole, "metavar": "N"}),
        ),
    ),
    Verb(
        "rehearse",
        "trial:rehearse",
        "以虚拟时钟和随机答案演练流程",
        (
            ("process_key", {"metavar": "PROCESS_KEY"}),
            ("--orders", {"type": count, "default": 50, "metavar": "N"}),
            ("--seed", {"type": int, "default": 1, "metavar": "K"}),
        ),
    ),
    Verb(
        "decide",
        "decisions:decide",
        "求值 DMN 文件中的全部决策",
        (
            ("file", {"metavar": "FILE.dmn"}),
            ("--input", {"metavar": "FILE.json", "default": "", "help": "输入：名称 → 值；日期等写 ISO 8601 文字"}),
            ("--explain", {"action": "store_true", "help": "说明每个决策的输入、命中的规则和空值的原因"}),
        ),
    ),
    Verb(
        "rotate-keys",
        "accounts:rotate_keys",
        "更换个人信息的加密密钥，重新加密全部个人信息；中断后再次执行即继续",
        (("--retire", {"action": "store_true", "help": "从密钥文件删去不再使用的旧密钥；旧备份将无法读取"}),),
    ),
    Verb("verify-audit", "orders:verify_audit", "核验全部工单的记录链"),
    Verb(
        "token",
        "accounts:token",
        "签发 HTTP 接口令牌",
        (("--user", {"required": True, "metavar": "U"}), ("--days", {"type": count, "default": 90, "metavar": "N"})),
    ),
    Verb("demo-accounts", "accounts:demo_accounts", "建立演示账号（口令随机生成）"),
)
