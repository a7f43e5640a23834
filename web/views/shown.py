"""Rows of queries as the templates want them: with names in the place of codes. Reads nothing but those names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext, lazy_gettext

from engine.errors import EngineError, Fault
from engine.policy import CUSTOMER_ID
from engine.queries import colleagues, worklist
from engine.queries.view import View
from web.accounts import actor
from web.presentation import role_name
from web.problems import faults_of


@dataclass(frozen=True, slots=True)
class TaskShown:
    """A task on a page."""

    id: str
    name: str
    role: str
    state: str
    order_no: str
    customer: str
    assignee: str | None
    holder: str
    is_mine: bool
    claimable: bool
    opened_at: datetime
    due_at: datetime | None
    priority: int
    address: str = ""
    is_followed: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a submitted page was not accepted."""

    title: str
    detail: str
    faults: tuple[Fault, ...]
    advice: str = ""
    """What can be done about it."""


_CODE = re.compile(r"\b[A-Z][A-Z_]{3,}\b")
"""A role in the detail of an error is a code; people know its name."""
ADVICE = {
    "approver_missing": lazy_gettext("请由有权岗位的人员审批。"),
    "commitment_moved": lazy_gettext("承诺书已有变化，请刷新后按最新的一份办理。"),
    "document_gate_closed": lazy_gettext(
        "收到资料后在工单页“可登记事项”登记；平台查到的会自动登记。其他环节照常办理，也可以上门收取。"
    ),
    "document_held": lazy_gettext("沿用在档资料即可，无须向客户索取；补充资料时该项选“承诺后补”，不会再要。"),
    "four_eyes": lazy_gettext("请退回任务池，由另一位有权岗位的人员审批。"),
    "hold_pending": lazy_gettext("请先审批已有的申请。"),
    "reminded_lately": lazy_gettext("请稍后再催；急需时可直接联系办理人。"),
    "order_suspended": lazy_gettext("先在工单页“可登记事项”办理恢复，再办理本环节。"),
    "paper_refused": lazy_gettext("先由系统查询政务数据平台；查询未果后方可收取纸质件或上传件，也可签承诺书。"),
}


def shown_tasks(view: View, items: Collection[worklist.Item]) -> list[TaskShown]:
    """Tasks with the names of those who hold them."""
    names = holders(view, (item.line.assignee for item in items))
    followed = colleagues.followed(view, actor(), {item.line.order_no for item in items})
    return [
        TaskShown(
            id=item.line.task_id,
            name=item.line.name,
            role=item.line.role,
            state=item.line.state,
            order_no=item.line.order_no,
            customer=item.line.name_masked,
            assignee=item.line.assignee,
            holder=names.get(item.line.assignee or "", item.line.assignee or ""),
            is_mine=item.line.is_mine,
            claimable=item.claimable,
            opened_at=item.line.opened_at,
            due_at=item.line.due_at,
            priority=item.line.priority,
            address=item.line.address_masked,
            is_followed=item.line.order_no in followed,
        )
        for item in items
    ]


def holders(view: View, logins: Iterable[str | None]) -> dict[str, str]:
    """What these people are called."""
    known = sorted({login for login in logins if login})
    customers = {login: gettext("客户（线上）") for login in known if login.startswith(CUSTOMER_ID)}
    return (worklist.names(view, known) if known else {}) | customers


def failed(error: EngineError) -> Failure:
    """An error as it stands on top of a form."""
    faults, detail = faults_of(error), _CODE.sub(lambda found: role_name(found[0]), error.detail)
    return Failure(gettext(error.text), "" if faults else detail, faults, str(ADVICE.get(error.code, "")))
