"""The words for alarms, works and reasons of lateness, and the alarms that every page of the house shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask, request
from flask_babel import gettext, lazy_gettext

from engine import watch
from engine.watch import Alarm
from web.accounts import engine
from web.context import may
from web.presentation import when

WORKS = {
    "month_turn": lazy_gettext("月度结转"),
    "cap_pauses": lazy_gettext("暂停到上限，恢复计时"),
    "self_check": lazy_gettext("存证自检"),
    "clean_up": lazy_gettext("过期数据清理"),
    "fill_search": lazy_gettext("检索索引补建"),
}
LATE_REASONS = {
    "CLOCK_OFF": lazy_gettext("时钟不一致，全部暂缓"),
    "NO_SCHEDULER": lazy_gettext("没有调度进程在运行"),
    "LEASED": lazy_gettext("正由调度进程执行"),
    "TRIED": lazy_gettext("已尝试，未成功，将重试"),
    "INCIDENT": lazy_gettext("工单有未处理的异常"),
    "SUSPENDED": lazy_gettext("工单已暂停"),
    "QUEUED": lazy_gettext("排队等待执行"),
}
HOUSE = ("administration", "timers")
"""Whose pages show the alarms."""


def install(app: Flask) -> None:
    """Filters, and the alarms as a global: only pages that show them read them."""
    app.jinja_env.globals.update(alarms=alarms)
    words: tuple[Callable[..., Any], ...] = (work_name, late_reason, alarm_text)
    app.jinja_env.filters.update({word.__name__: word for word in words})


def alarms() -> list[Alarm]:
    """What is wrong now, on the pages of the house, for those who look after it."""
    if request.blueprint not in HOUSE or not may("TIMER_READ"):
        return []
    with engine().read() as view:
        return watch.look(view).alarms


def work_name(code: str) -> str:
    """What staff call a periodic work; an unknown one is shown as it is."""
    return str(WORKS.get(code, code))


def late_reason(code: str) -> str:
    """Why a timer is late."""
    return str(LATE_REASONS.get(code, code))


def alarm_text(alarm: Alarm) -> str:
    """An alarm as a sentence."""
    since, seconds = _when(alarm.since), round(abs(alarm.seconds or 0))
    sentences = {
        "no_scheduler": gettext("没有调度进程在运行，到期事项都不会执行。"),
        "scheduler_silent": gettext("调度进程 %(who)s 自 %(since)s 起没有心跳。", who=alarm.subject, since=since),
        "clock_off": gettext("服务器与数据库的时钟相差 %(n)s 秒，到期事项全部暂缓，一致后自动恢复。", n=seconds),
        "clock_set_back": gettext("时钟于 %(since)s 被回拨 %(n)s 秒，请核对授时。", since=since, n=seconds),
        "listener_lost": gettext("调度进程 %(who)s 收不到数据库通知，改为定时查看。", who=alarm.subject),
        "timers_late": gettext("有 %(n)s 个到期事项尚未执行，最早的应于 %(since)s 执行。", n=alarm.subject,
                               since=since),
        "periodic_late": gettext("定期工作“%(work)s”应于 %(since)s 执行，尚未完成。", work=work_name(alarm.subject),
                                 since=since),
        "record_broken": gettext("存证自检发现断链，请立即查看最近一次自检结果。"),
    }  # fmt: skip
    return sentences.get(alarm.code, alarm.code)


def _when(at: datetime | None) -> str:
    return when(at) if at else gettext("未知")
