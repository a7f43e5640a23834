"""Commands about accounts: token, demo-accounts. Passwords are drawn here, shown once, and stored only as hashes."""

from __future__ import annotations

import argparse
import os
import secrets
from typing import Any
from uuid import uuid4

from engine.cli.orders import opened
from engine.commands.create_account import CreateAccount
from engine.policy import PROVINCE, ROLES, SYSTEM

HANDLING = sorted(set(ROLES) - {"SUPERVISOR", "PROCESS_OWNER", "ADMIN"})
COUNTY = "3340102"
DEMO = [
    ("demo", "演示账号（全部岗位）", PROVINCE, HANDLING),
    ("admin", "系统管理员", PROVINCE, ["ADMIN", "PROCESS_OWNER"]),
    ("supervisor", "督查员", "33SVC", ["SUPERVISOR"]),
    ("leader", "班组长", COUNTY, ["TEAM_LEADER"]),
    ("clerk", "客户受理员", COUNTY, ["ACCEPTANCE_CLERK"]),
    ("surveyor", "勘查员", COUNTY, ["SURVEYOR"]),
    ("planner", "方案员", COUNTY, ["PLANNER"]),
    ("contracts", "合同员", COUNTY, ["CONTRACT_CLERK"]),
    ("works", "施工班", COUNTY, ["WORKS_CREW"]),
    ("meter", "装表接电员", COUNTY, ["METER_CREW"]),
    ("archive", "归档员", COUNTY, ["ARCHIVIST"]),
]


def token(args: argparse.Namespace) -> Any:
    """A bearer token for the HTTP API; shown once."""
    with opened() as engine:
        issued = engine.access.issue_token(args.user, label="cli", days=args.days)
    return {"token": issued} if args.json else issued


def demo_accounts(args: argparse.Namespace) -> Any:
    """Accounts to try the system with, one for each role, each with a password drawn now."""
    lines = []
    with opened() as engine:
        for login, name, unit, roles in DEMO:
            password = secrets.token_urlsafe(12)
            engine.run(
                CreateAccount(
                    login=login, name=name, password=password, roles=tuple(roles), unit_code=unit, key=uuid4().hex
                ),
                SYSTEM,
            )
            lines.append(f"{login}\t{password}\t{name}\t{unit}")
        place = engine.settings.var_dir / "demo-accounts.txt"
    # Written in one go and readable by the owner only: a half-written list would lock people out of what exists.
    draft = place.with_suffix(".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    draft.replace(place)
    return "\n".join(lines)
