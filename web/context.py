"""What every page knows without being told: who looks, in which language, where he may go. Decides no access."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import get_locale, gettext, ngettext

from engine.policy import Permission
from web.accounts import engine, new_key


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of the menu."""

    title: str
    url: str
    icon: str
    active: bool


def install(app: Flask) -> None:
    """Give it to every template; globals, so that imported macros know it too."""
    app.context_processor(_context)
    app.jinja_env.globals.update(
        may=may, menu=menu, new_key=new_key, seconds_left=seconds_left, unit_name=unit_name, ngettext=ngettext
    )
    app.jinja_env.filters["unit_name"] = unit_name


def may(name: str) -> bool:
    """Has the visitor this permission, by the name of its constant?"""
    actor = g.get("actor")
    return actor is not None and actor.may(Permission[name])


def menu() -> list[Item]:
    """Where the visitor may go."""
    return list(_menu())


def seconds_left(at: datetime) -> float:
    """Until then; negative when it is past."""
    return (at - engine().clock.now()).total_seconds()


def unit_name(code: str) -> str:
    """What a unit is called; the organisation is read once a minute at most."""
    if "organisation" not in g:
        with engine().read() as view:
            g.organisation = view.world.organisation(view.connection)
    unit = g.organisation.units.get(code)
    return unit.name if unit else code


def _context() -> dict[str, Any]:
    return {"actor": g.get("actor"), "locale": "zh_CN" if str(get_locale()).startswith("zh") else "en"}


def _menu() -> Iterator[Item]:
    if may("ORDER_READ"):
        yield _item(gettext("任务"), "tasks.mine", "tasks", "tasks")
        yield _item(gettext("工单"), "orders.index", "orders", "orders")
    if may("ORDER_READ") and may("REMINDER_SEND"):
        yield _item(gettext("督办单"), "lateness.supervisions", "flag", "lateness.supervisions")
    if may("FIGURE_READ"):
        yield _item(gettext("看板"), "dashboards.index", "chart", "dashboards")
    if may("ORDER_ACCEPT"):
        yield _item(gettext("新建申请"), "applications.new", "plus", "applications")
    if may("ORDER_READ") and may("INCIDENT_RETRY"):
        yield _item(gettext("待部署流程"), "administration.waiting", "clock", "administration.waiting")
    if may("CORRECTION_DECIDE"):
        yield _item(gettext("更正审批"), "corrections.pending", "check", "corrections.pending")
    if may("INCIDENT_RETRY"):
        yield _item(gettext("异常处理"), "administration.incidents", "alert", "administration.incidents")
    if may("TIMER_READ"):
        yield _item(gettext("到期事项"), "timers.index", "clock", "timers")
    if may("PROCESS_READ"):
        yield _item(gettext("流程"), "administration.processes", "bolt", "administration.processes")
    if may("ACCOUNT_MANAGE"):
        yield _item(gettext("账号"), "people.index", "user", "people")
    if may("CALENDAR_ENTER"):
        yield _item(gettext("日历"), "calendar.index", "calendar", "calendar")
    if may("DECISION_EVALUATE"):
        yield _item(gettext("决策表"), "decisions.index", "table", "decisions")


def _item(title: str, endpoint: str, icon: str, here: str) -> Item:
    return Item(title, url_for(endpoint), icon, (request.endpoint or "").startswith(here))
