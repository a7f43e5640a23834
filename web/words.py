"""The words of staff for the codes of documents, commitment letters, queries and stops. Knows no order."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from flask import Flask
from flask_babel import gettext, lazy_gettext

from web.presentation import day, told, when

DOCUMENTS = {
    "SUBJECT_CERT": lazy_gettext("用电主体资格证明"),
    "PROPERTY_CERT": lazy_gettext("产权证明"),
    "AGENT_ID": lazy_gettext("经办人身份证"),
    "AGENT_LETTER": lazy_gettext("授权委托书"),
    "LEGAL_REP_ID": lazy_gettext("法定代表人身份证"),
    "EQUIPMENT_LIST": lazy_gettext("用电设备清单"),
    "PROJECT_APPROVAL": lazy_gettext("项目批准文件"),
    "PLANNING_PERMIT": lazy_gettext("规划许可"),
    "ENVIRONMENT_APPROVAL": lazy_gettext("环评批复"),
    "IMPORTANT_CUSTOMER_FILE": lazy_gettext("重要客户资料"),
    "DUAL_SOURCE_STATEMENT": lazy_gettext("双电源必要性说明"),
    "TAX_QUALIFICATION": lazy_gettext("一般纳税人资格"),
    "SME_STATUS": lazy_gettext("小微企业信息"),
    "PARKING_RIGHT": lazy_gettext("车位权属或使用证明"),
    "PROPERTY_MANAGER_CONSENT": lazy_gettext("物业同意意见"),
    "VILLAGE_PROOF": lazy_gettext("村镇证明"),
    "DESIGN_QUALIFICATION": lazy_gettext("设计单位资质"),
    "COMPLETION_FILES": lazy_gettext("竣工资料"),
}
PROVENANCE = {
    "SHARED_ECERT": lazy_gettext("平台电子证照"),
    "SHARED_DATA": lazy_gettext("平台数据"),
    "CUSTOMER_ECERT": lazy_gettext("客户电子证照"),
    "REUSED": lazy_gettext("沿用本单位档案"),
    "CUSTOMER_UPLOAD": lazy_gettext("客户上传"),
    "PAPER": lazy_gettext("纸质"),
    "COMMITMENT": lazy_gettext("承诺补交"),
}
WAYS = {"UPLOAD": lazy_gettext("上传或拍照")}
REASONS = {
    "PLATFORM_NO_DATA": lazy_gettext("平台无此数据"),
    "PLATFORM_DOWN": lazy_gettext("平台暂不可用"),
    "NOT_YET_ISSUED": lazy_gettext("尚未核发"),
    "NOT_ON_PLATFORM": lazy_gettext("未接入平台"),
    "DATA_MISMATCH": lazy_gettext("平台数据与申请不符"),
    "NOT_AUTHORISED": lazy_gettext("客户未授权查询"),
}
OUTCOMES = {
    "FOUND": lazy_gettext("查到"),
    "NOT_FOUND": lazy_gettext("无此数据"),
    "MISMATCH": lazy_gettext("与申请不符"),
    "DOWN": lazy_gettext("平台不可用"),
    "EXPIRED": lazy_gettext("证照已过期"),
    "REVOKED": lazy_gettext("证照已注销"),
    "VERIFIED": lazy_gettext("核验通过"),
    "NOT_ONLINE": lazy_gettext("未联网核验"),
}
DELIVERIES = {
    "POST": lazy_gettext("邮寄"),
    "ONSITE": lazy_gettext("客户经理上门收取"),
    "HALL": lazy_gettext("营业厅交付"),
    "APP": lazy_gettext("线上提交"),
}
LETTER_STATES = {
    "DRAFT": (lazy_gettext("拟定"), "secondary"),
    "SIGNED": (lazy_gettext("已签署"), "blue"),
    "ACTIVE": (lazy_gettext("履行中"), "blue"),
    "PARTLY_FULFILLED": (lazy_gettext("部分补交"), "blue"),
    "FULFILLED": (lazy_gettext("已补齐"), "green"),
    "OVERDUE": (lazy_gettext("逾期"), "red"),
    "EXTENDED": (lazy_gettext("已延期"), "yellow"),
    "BREACHED": (lazy_gettext("未履行"), "red"),
    "CANCELLED": (lazy_gettext("已取消"), "secondary"),
}
NEEDS = {
    "OPEN": (lazy_gettext("待取得"), "yellow"),
    "HELD": (lazy_gettext("已有"), "green"),
    "PROMISED": (lazy_gettext("承诺补交"), "blue"),
    "WAIVED": (lazy_gettext("不需要"), "secondary"),
}
WHY = {
    "SEEN_AT_IDENTITY_CHECK": lazy_gettext("身份核验时已查看，不再收取"),
    "ON_FILE": lazy_gettext("档案中有有效件，不得重复索取"),
    "FROM_PLATFORM": lazy_gettext("已从平台取得，不得再要纸质件"),
    "FROM_CUSTOMER": lazy_gettext("客户已提供"),
    "PROMISED": lazy_gettext("客户承诺补交，到期前不催要"),
    "NOT_NEEDED": lazy_gettext("本单不再需要"),
    "ONLY_LOOKED_UP": lazy_gettext("只由系统查询，不向客户要"),
    "PLATFORM_FIRST": lazy_gettext("须先查询平台，没有查询未果的记录不得要纸质件"),
    "PLATFORM_FAILED": lazy_gettext("平台查询未果，可由客户提供纸质件"),
    "NOT_SHAREABLE": lazy_gettext("平台不提供此资料，可由客户提供"),
    "SHARING_REFUSED": lazy_gettext("客户未授权查询，可由客户提供"),
}
OTHERS = {
    "PROMISED": lazy_gettext("待补交"),
    "FIRST_BILL": lazy_gettext("首次开票"),
    "ON_SCREEN": lazy_gettext("屏上签署"),
    "ON_PAPER": lazy_gettext("纸质签署"),
}
_ALL: dict[str, Any] = {**OUTCOMES, **REASONS, **DELIVERIES, **WAYS, **PROVENANCE, **DOCUMENTS, **OTHERS,
                        **{code: words for code, (words, _) in LETTER_STATES.items()}}  # fmt: skip
_DAY, _INSTANT = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*[+Z].*")


def word(code: str) -> str:
    """What staff call it; an unknown code is shown as it is."""
    return str(_ALL.get(code, code))


def letter_colour(state: str) -> str:
    """Tabler's colour for the state of a commitment letter."""
    return LETTER_STATES[state][1] if state in LETTER_STATES else "secondary"


def need_name(state: str) -> str:
    """What staff call the state of a needed document."""
    return str(NEEDS[state][0]) if state in NEEDS else state


def need_colour(state: str) -> str:
    """Tabler's colour for it."""
    return NEEDS[state][1] if state in NEEDS else "secondary"


def why_name(why: str) -> str:
    """Why a document may or may not be asked for, in a sentence."""
    return str(WHY.get(why, why))


def masked(text: str) -> str:
    """A mask that fits a line: how many signs are hidden is nobody's business."""
    return re.sub(r"\*{5,}", "****", text)


def in_words(value: Any) -> str:
    """A value of a form or a variable as people read it: dates, yes and no, codes, lists of them."""
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if isinstance(value, list):
        return "、".join(map(in_words, value)) or gettext("无")
    if isinstance(value, dict):
        inner = next(iter(value.values()), None) if len(value) == 1 and next(iter(value))[:1] == "@" else None
        return in_words(inner) if isinstance(inner, str) else told(value)
    return _text(value) if isinstance(value, str) else told(value)


def _text(value: str) -> str:
    try:
        if _DAY.fullmatch(value):
            return day(date.fromisoformat(value))
        if _INSTANT.fullmatch(value):
            return when(datetime.fromisoformat(value))
    except ValueError:
        return value
    return {"true": gettext("是"), "false": gettext("否")}.get(value) or word(value)


def install(app: Flask) -> None:
    """Make them filters of the templates."""
    words = (word, letter_colour, need_name, need_colour, why_name, masked, in_words)
    app.jinja_env.filters.update({each.__name__: each for each in words})
