"""What is said to customers of codes that are chosen from."""

from __future__ import annotations

from flask_babel import lazy_gettext

OBJECTIONS = {
    "CAPACITY": lazy_gettext("批准容量或供电电压"),
    "SOURCE": lazy_gettext("电源点或接入方式"),
    "CHARGE": lazy_gettext("费用或投资界面"),
    "METERING": lazy_gettext("计量方式或产权分界点"),
    "CALL_ME": lazy_gettext("其他，请客户经理联系我"),
}
SCORES = {
    5: lazy_gettext("非常满意"),
    4: lazy_gettext("满意"),
    3: lazy_gettext("一般"),
    2: lazy_gettext("不满意"),
    1: lazy_gettext("非常不满意"),
}
TAGS = {
    "FAST": lazy_gettext("办得快"),
    "CLEAR": lazy_gettext("说明清楚"),
    "FRIENDLY": lazy_gettext("态度好"),
    "NO_ERRANDS": lazy_gettext("没有跑腿"),
    "SLOW": lazy_gettext("办得慢"),
    "UNCLEAR": lazy_gettext("说明不清"),
    "UNFRIENDLY": lazy_gettext("态度不好"),
    "ASKED_TOO_MUCH": lazy_gettext("重复要资料"),
    "CHARGED": lazy_gettext("收取了不该收的费用"),
}
