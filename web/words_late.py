"""The words of staff for late orders: rungs, priorities, reminders, supervision orders. Knows no order."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask
from flask_babel import gettext, lazy_gettext

from web.presentation import role_name

RUNGS = {
    "WARNING": lazy_gettext("达到预警比例"),
    "NEAR": lazy_gettext("临近到期"),
    "OVERDUE": lazy_gettext("超期"),
    "OVERDUE_CITY": lazy_gettext("超期，报市公司"),
    "OVERDUE_CENTRE": lazy_gettext("超期，转营销服务中心"),
    "STAGE_OVERDUE": lazy_gettext("环节超时限"),
}
PRIORITIES = {1: (lazy_gettext("特急"), "red"), 2: (lazy_gettext("加急"), "orange")}
REMINDERS = {
    "DUE_SOON": lazy_gettext("临近时限"),
    "OVERDUE": lazy_gettext("已超时限"),
    "CUSTOMER_ASKED": lazy_gettext("客户催问"),
    "LEADER_ASKED": lazy_gettext("上级督促"),
    "OTHER": lazy_gettext("其他"),
}
SUPERVISION_STATES = {
    "ISSUED": (lazy_gettext("待回复"), "yellow"),
    "ANSWERED": (lazy_gettext("待审核"), "blue"),
    "RETURNED": (lazy_gettext("已退回，待重新回复"), "orange"),
    "ACCEPTED": (lazy_gettext("已办结"), "green"),
    "ENDED": (lazy_gettext("随工单终结"), "secondary"),
}
CAUSES = {
    "SURVEY": lazy_gettext("勘查不及时"),
    "PLAN": lazy_gettext("方案答复不及时"),
    "WORKS": lazy_gettext("施工滞后"),
    "MATERIAL": lazy_gettext("物资供应"),
    "GRID": lazy_gettext("电网侧停电安排"),
    "CUSTOMER": lazy_gettext("客户原因未办暂停"),
    "OTHER": lazy_gettext("其他"),
}


def rung_name(code: str) -> str:
    """What staff call a rung; one that the owner of the table has invented is shown as it is."""
    return str(RUNGS.get(code, code))


def priority_name(level: int) -> str:
    """特急 or 加急; nothing for the usual."""
    return str(PRIORITIES[level][0]) if level in PRIORITIES else ""


def priority_colour(level: int) -> str:
    """Tabler's colour for a priority."""
    return PRIORITIES[level][1] if level in PRIORITIES else "secondary"


def reminder_name(code: str) -> str:
    """Why somebody was reminded."""
    return str(REMINDERS.get(code, code))


def supervision_name(state: str) -> str:
    """What staff call the state of a supervision order."""
    return str(SUPERVISION_STATES[state][0]) if state in SUPERVISION_STATES else state


def supervision_colour(state: str) -> str:
    """Tabler's colour for it."""
    return SUPERVISION_STATES[state][1] if state in SUPERVISION_STATES else "secondary"


def cause_name(code: str | None) -> str:
    """Why an order is late."""
    return str(CAUSES.get(code or "", code or ""))


def recipients(named: Iterable[str]) -> str:
    """Roles by their names, members of staff by their logins."""
    return "、".join(each[1:] if each.startswith("@") else role_name(each) for each in named) or gettext("无")


def install(app: Flask) -> None:
    """Make them filters of the templates."""
    words = (rung_name, priority_name, priority_colour, reminder_name, supervision_name, supervision_colour, cause_name,
             recipients)  # fmt: skip
    app.jinja_env.filters.update({each.__name__: each for each in words})
