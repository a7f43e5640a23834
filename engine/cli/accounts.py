"""Commands about accounts and keys: token, demo-accounts, rotate-keys. Passwords are drawn here, shown once, and stored
only as hashes."""

from __future__ import annotations

import argparse
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from engine import rotation
from engine.cli.orders import opened
from engine.commands.create_account import CreateAccount
from engine.errors import Conflict
from engine.policy import PROVINCE, ROLES, SYSTEM

HANDLING = sorted(set(ROLES) - {"SUPERVISOR", "PROCESS_OWNER", "ADMIN"})
COUNTY = "3340102"
DEMO = [
    ("demo", "演示账号（全部岗位）", PROVINCE, HANDLING),
    ("admin", "系统管理员", PROVINCE, ["ADMIN", "PROCESS_OWNER"]),
    ("supervisor", "督查员", "33SVC", ["SUPERVISOR"]),
    ("citymanager", "市公司主管", "33401", ["CITY_MANAGER"]),
    ("manager", "县公司主管", COUNTY, ["COUNTY_MANAGER"]),
    ("leader", "班组长", COUNTY, ["TEAM_LEADER"]),
    ("account", "客户经理", COUNTY, ["ACCOUNT_MANAGER"]),
    ("clerk", "客户受理员", COUNTY, ["ACCEPTANCE_CLERK"]),
    ("surveyor", "勘查员", COUNTY, ["SURVEYOR"]),
    ("planner", "方案员", COUNTY, ["PLANNER"]),
    ("contracts", "合同员", COUNTY, ["CONTRACT_CLERK"]),
    ("works", "施工班", COUNTY, ["WORKS_CREW"]),
    ("meter", "装表接电员", COUNTY, ["METER_CREW"]),
    ("reviewer", "设计审图员", COUNTY, ["DESIGN_REVIEWER"]),
    ("inspector", "竣工检验员", COUNTY, ["INSPECTOR"]),
    ("finance", "业务收费员", COUNTY, ["FINANCE_CLERK"]),
    ("archive", "归档员", COUNTY, ["ARCHIVIST"]),
    ("callback", "回访员", PROVINCE, ["CALLBACK_AGENT"]),
]


def token(args: argparse.Namespace) -> Any:
    """A bearer token for the HTTP API; shown once."""
    with opened() as engine:
        issued = engine.access.issue_token(args.user, label="cli", days=args.days)
    return {"token": issued} if args.json else issued


def rotate_keys(args: argparse.Namespace) -> Any:
    """A new key for personal values, and everything sealed under it; goes on where a killed call was."""
    with opened() as engine:
        return rotation.rotate(engine, retire=args.retire)


def demo_accounts(args: argparse.Namespace) -> Any:
    """Accounts to try the system with, one for each role, each with a password drawn now.

    The passwords are written down before the first account is made: a call that was interrupted, or made again, finds
    them and makes what is missing.
    """
    with opened() as engine:
        place = engine.settings.var_dir / "demo-accounts.txt"
        draft = place.with_suffix(".new")
        known = _written(place) or _written(draft)
        passwords = {login: known.get(login) or secrets.token_urlsafe(12) for login, *_ in DEMO}
        lines = [f"{login}\t{passwords[login]}\t{name}\t{unit}" for login, name, unit, _ in DEMO]
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        for login, name, unit, roles in DEMO:
            command = CreateAccount(login, name, passwords[login], tuple(roles), unit, key=uuid4().hex)
            with suppress(Conflict):  # made by an earlier call
                engine.run(command, SYSTEM)
        draft.replace(place)
    return "\n".join(lines)


def _written(place: Path) -> dict[str, str]:
    """Login -> password of a list written before."""
    if not place.exists():
        return {}
    rows = (line.split("\t") for line in place.read_text("utf-8").splitlines())
    return {row[0]: row[1] for row in rows if len(row) > 1}
