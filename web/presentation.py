"""How values look to staff: Shanghai time, dates the Chinese way, words for states and roles. Changes no value."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Flask
from flask_babel import format_date, format_datetime, get_locale, gettext, lazy_gettext, ngettext

from engine.clock import SHANGHAI

ROLES = {
    "ACCEPTANCE_CLERK": lazy_gettext("客户受理员"),
    "SURVEYOR": lazy_gettext("现场勘查员"),
    "PLANNER": lazy_gettext("供电方案员"),
    "CONTRACT_CLERK": lazy_gettext("合同管理员"),
    "WORKS_CREW": lazy_gettext("工程施工班组"),
    "METER_CREW": lazy_gettext("装表接电班组"),
    "DESIGN_REVIEWER": lazy_gettext("设计审图员"),
    "INSPECTOR": lazy_gettext("竣工检验员"),
    "FINANCE_CLERK": lazy_gettext("业务收费员"),
    "ARCHIVIST": lazy_gettext("归档员"),
    "CALLBACK_AGENT": lazy_gettext("回访员"),
    "ACCOUNT_MANAGER": lazy_gettext("客户经理"),
    "TEAM_LEADER": lazy_gettext("班组长"),
    "COUNTY_MANAGER": lazy_gettext("县公司主管"),
    "CITY_MANAGER": lazy_gettext("市公司主管"),
    "SUPERVISOR": lazy_gettext("监督员"),
    "PROCESS_OWNER": lazy_gettext("流程管理员"),
    "ADMIN": lazy_gettext("系统管理员"),
}
CATEGORIES = {
    "LV_RES": lazy_gettext("低压居民"),
    "LV_NONRES": lazy_gettext("低压非居民（三零）"),
    "LV_PARK": lazy_gettext("小微企业园低压"),
    "HV_SINGLE": lazy_gettext("高压单电源"),
    "HV_DUAL": lazy_gettext("高压双电源"),
}
STAGES = {
    "TOTAL": lazy_gettext("全流程"),
    "ACCEPTANCE": lazy_gettext("业务受理"),
    "SITE_SURVEY": lazy_gettext("现场勘查"),
    "SUPPLY_PLAN_REPLY": lazy_gettext("供电方案答复"),
    "DESIGN_REVIEW": lazy_gettext("设计审查"),
    "INTERMEDIATE_INSPECTION": lazy_gettext("中间检查"),
    "COMPLETION_INSPECTION": lazy_gettext("竣工检验"),
    "CONTRACT": lazy_gettext("供用电合同"),
    "WORKS": lazy_gettext("工程施工"),
    "METER_INSTALLATION": lazy_gettext("装表接电"),
    "ENERGISATION": lazy_gettext("送电"),
    "ARCHIVE": lazy_gettext("归档"),
    "FIRST_BILL": lazy_gettext("首次开票"),
}
STATES = {
    "RUNNING": (lazy_gettext("办理中"), "blue"),
    "WAITING_PROCESS": (lazy_gettext("待流程部署"), "yellow"),
    "COMPLETED": (lazy_gettext("已办结"), "green"),
    "TERMINATED": (lazy_gettext("已终止"), "secondary"),
}


INCIDENTS = {
    "call_failed": lazy_gettext("外部系统调用失败"),
    "condition_not_boolean": lazy_gettext("条件不是真或假"),
    "data_budget": lazy_gettext("流程数据过大"),
    "decision_failed": lazy_gettext("决策没有结果"),
    "feel_budget": lazy_gettext("表达式超出计算限额"),
    "no_flow_taken": lazy_gettext("没有可走的流向"),
    "step_budget": lazy_gettext("自动步骤超出预算"),
    "timer_no_instant": lazy_gettext("定时器没有得到时刻"),
    "too_deep": lazy_gettext("嵌套过深"),
}
POLICIES = {
    "UNIQUE": lazy_gettext("唯一：至多一条规则命中"),
    "FIRST": lazy_gettext("首条：自上而下取第一条"),
    "ANY": lazy_gettext("任一：命中的规则结果须一致"),
    "PRIORITY": lazy_gettext("优先：取结果最优先的一条"),
    "COLLECT": lazy_gettext("收集：取全部命中的规则"),
    "RULE ORDER": lazy_gettext("按规则顺序列出全部"),
    "OUTPUT ORDER": lazy_gettext("按结果优先顺序列出全部"),
}


def _is_chinese() -> bool:
    return str(get_locale()).startswith("zh")


def when(value: datetime | None) -> str:
    """An instant in Shanghai wall time: 2026年9月24日 09:30."""
    if value is None:
        return ""
    return format_datetime(value, "yyyy年M月d日 HH:mm" if _is_chinese() else "d MMM yyyy, HH:mm")


def until(value: datetime | None) -> str:
    """A deadline: midnight belongs to the day that ends, as 2026年9月24日 24:00, so that nobody loses a day."""
    if value is None:
        return ""
    local = value.astimezone(SHANGHAI)
    return f"{day(local.date() - timedelta(days=1))} 24:00" if local.time() == time(0) else when(value)


def day(value: date | None) -> str:
    """A date: 2026年9月24日."""
    if value is None:
        return ""
    return format_date(value, "yyyy年M月d日" if _is_chinese() else "d MMM yyyy")


def span(seconds: float) -> str:
    """A length of time in its largest two units: 2天3小时."""
    minutes = int(abs(seconds)) // 60
    parts = [
        (minutes // 1440, lambda n: ngettext("%(num)d天", "%(num)d天", n)),
        (minutes // 60 % 24, lambda n: ngettext("%(num)d小时", "%(num)d小时", n)),
        (minutes % 60, lambda n: ngettext("%(num)d分钟", "%(num)d分钟", n)),
    ]
    shown = [text(n) for n, text in parts if n][:2]
    return "".join(shown) if _is_chinese() else " ".join(shown) or ""


def role_name(role: str) -> str:
    """What staff call a role; an unknown one is shown as it is."""
    return str(ROLES.get(role, role))


def category_name(category: str) -> str:
    """What staff call a category of orders."""
    return str(CATEGORIES.get(category, category))


def stage_name(stage: str) -> str:
    """What staff call a stage."""
    return str(STAGES.get(stage, stage))


def state_name(state: str) -> str:
    """What staff call the state of an order."""
    return str(STATES[state][0]) if state in STATES else state


def state_colour(state: str) -> str:
    """Tabler's colour for the state of an order."""
    return STATES[state][1] if state in STATES else "secondary"


def incident_name(code: str) -> str:
    """What has stopped an order; an unknown code is shown as it is."""
    return str(INCIDENTS.get(code, code))


def policy_name(policy: str) -> str:
    """What a hit policy means."""
    return str(POLICIES.get(policy, policy))


def told(value: Any) -> str:
    """A value of a decision's record as people read it."""
    if value is None:
        return gettext("空值")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "、".join(map(told, value)) or gettext("无")
    if not isinstance(value, dict):
        return str(value)
    if len(value) == 1 and (tag := next(iter(value)))[:1] == "@":
        return _tagged(tag, value[tag])
    return "；".join(f"{name}＝{told(each)}" for name, each in value.items()) or "{}"


def _tagged(tag: str, value: Any) -> str:
    if tag == "@withheld":
        return gettext("（%(n)s 字的文字，内容不入记录）", n=value)
    if tag == "@large":
        return gettext("（%(n)s 字节，过大不入记录）", n=value)
    if tag == "@range" and isinstance(value, dict):
        low, high = (told(value.get(end)) for end in ("start", "end"))
        signs = ("[" if value.get("start_included") else "(", "]" if value.get("end_included") else ")")
        return f"{signs[0]}{low}..{high}{signs[1]}"
    return str(value)


_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))


def device(agent: str) -> str:
    """A browser and its machine by what it calls itself: "Chrome · Windows"."""
    found = [next((name for mark, name in marks if mark in agent), "") for marks in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, found)) or gettext("未知设备")


def install(app: Flask) -> None:
    """Make them filters of the templates."""
    words = (
        when,
        until,
        day,
        span,
        role_name,
        category_name,
        stage_name,
        state_name,
        state_colour,
        incident_name,
        policy_name,
        told,
        device,
    )
    app.jinja_env.filters.update({word.__name__: word for word in words})
