"""The words of staff for the verbs: reasons, acts, opinions. Knows no order."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

ACT_REASONS = {
    "WRONG_DATA": lazy_gettext("填写有误"),
    "MISSING_DATA": lazy_gettext("资料或内容不全"),
    "NOT_AS_FOUND": lazy_gettext("与现场不符"),
    "RULE_BROKEN": lazy_gettext("不符合规定"),
    "TOO_EARLY": lazy_gettext("尚未办完"),
    "WORKLOAD": lazy_gettext("工作量调配"),
    "EXPERTISE": lazy_gettext("需要专业人员"),
    "AREA": lazy_gettext("不在责任区"),
    "CONFLICT_OF_INTEREST": lazy_gettext("须回避"),
    "ABSENCE": lazy_gettext("人员不在岗"),
    "FIELD_WORK": lazy_gettext("需到现场"),
    "IMPORTANT": lazy_gettext("事项重要"),
    "DOUBT": lazy_gettext("拿不准"),
    "FOR_INFORMATION": lazy_gettext("知悉"),
    "FOLLOW_UP": lazy_gettext("请关注后续"),
    "LEAVE": lazy_gettext("休假"),
    "BUSINESS_TRIP": lazy_gettext("出差"),
    "TRAINING": lazy_gettext("培训"),
    "ILLNESS": lazy_gettext("病假"),
    "LEAVING": lazy_gettext("离职"),
    "TRANSFERRED": lazy_gettext("调岗"),
    "RETIRED": lazy_gettext("退休"),
    "OTHER": lazy_gettext("其他"),
}
ACTS = {
    "RETURN": lazy_gettext("退回"),
    "WITHDRAW": lazy_gettext("撤回"),
    "TRANSFER": lazy_gettext("转办"),
    "DELEGATE": lazy_gettext("委派"),
    "RESOLVE": lazy_gettext("交回"),
    "CONSULT": lazy_gettext("加签"),
    "PROPOSE": lazy_gettext("办完送签"),
    "OPINION": lazy_gettext("加签意见"),
    "HANDOVER": lazy_gettext("离职交接"),
}
OPINIONS = {"AGREE": lazy_gettext("同意"), "DISAGREE": lazy_gettext("不同意")}


def act_reason(code: str) -> str:
    """Why something was done with a task."""
    return str(ACT_REASONS.get(code, code))


def act_name(kind: str) -> str:
    """What was done with a task."""
    return str(ACTS.get(kind, kind))


def opinion_name(code: str | None) -> str:
    """同意 or 不同意."""
    return str(OPINIONS.get(code or "", code or ""))


def install(app: Flask) -> None:
    """Make them filters of the templates."""
    app.jinja_env.filters.update({each.__name__: each for each in (act_reason, act_name, opinion_name)})
