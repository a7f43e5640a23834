"""The words of staff for personal fields and for why one must see them. Knows no value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

EVENT = "PersonalUnmasked"
FIELDS = {
    "name": lazy_gettext("客户名称"),
    "id_no": lazy_gettext("证件号码"),
    "phone": lazy_gettext("联系电话"),
    "address": lazy_gettext("用电地址"),
    "agent_name": lazy_gettext("经办人姓名"),
    "agent_id_no": lazy_gettext("经办人证件号码"),
    "agent_phone": lazy_gettext("经办人电话"),
}
REASONS = {
    "CONTACT_CUSTOMER": lazy_gettext("联系客户"),
    "VISIT": lazy_gettext("上门办理"),
    "CHECK_IDENTITY": lazy_gettext("核对身份"),
    "COMPLAINT": lazy_gettext("处理投诉"),
    "OTHER": lazy_gettext("其他"),
}


def reason_name(code: str) -> str:
    """Why somebody looked; an unknown code is shown as it is."""
    return str(REASONS.get(code, code))


def details(body: Mapping[str, Any]) -> Iterator[str]:
    """What the record says of somebody's looking: at which fields, and why."""
    yield gettext("查看：%(fields)s", fields="、".join(str(FIELDS.get(name, name)) for name in body["fields"]))
    yield gettext("原因：%(reason)s", reason=reason_name(body["reason"]))
