"""The record of an order as people read it. Says what each event was; judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask_babel import gettext, lazy_gettext

from engine.policy import SYSTEM
from engine.queries.orders import Entry
from web import words_personal
from web.portal.words import SCORES, TAGS
from web.presentation import incident_name, span, until, when
from web.views import late_events, recounts
from web.words import word
from web.words_verbs import ACT_REASONS, act_reason, opinion_name

if TYPE_CHECKING:
    from web.views.reasons import DecisionShown

TITLES = {
    "OrderAccepted": lazy_gettext("受理申请"),
    "OrderStarted": lazy_gettext("流程启动"),
    "TaskClaimed": lazy_gettext("领取任务"),
    "TaskAssigned": lazy_gettext("指派任务"),
    "TaskReleased": lazy_gettext("退回任务"),
    "TaskDone": lazy_gettext("办结任务"),
    "TimerFired": lazy_gettext("定时器触发"),
    "CallAnswered": lazy_gettext("外部系统已办"),
    "CallFailed": lazy_gettext("外部系统调用失败"),
    "IncidentRetried": lazy_gettext("重试异常"),
    "MessageDelivered": lazy_gettext("登记"),
    "ConsentGiven": lazy_gettext("客户授权"),
    "ConsentRefused": lazy_gettext("客户未授权"),
    "DocumentsOpened": lazy_gettext("列出所需资料"),
    "DocumentsFetched": lazy_gettext("查询政务数据平台"),
    "DocumentsChosen": lazy_gettext("选定缺件的提供方式"),
    "DocumentTaken": lazy_gettext("取得资料"),
    "CommitmentDrafted": lazy_gettext("起草承诺书"),
    "CommitmentSigned": lazy_gettext("签署承诺书"),
    "CommitmentPrinted": lazy_gettext("生成承诺书文件"),
    "CommitmentCancelled": lazy_gettext("承诺书取消"),
    "CommitmentFulfilled": lazy_gettext("承诺书履行完毕"),
    "CommitmentReminded": lazy_gettext("提醒补交"),
    "CommitmentOverdue": lazy_gettext("补交逾期"),
    "CommitmentOnsiteOffered": lazy_gettext("提出上门收取"),
    "CommitmentSuspends": lazy_gettext("逾期资料卡住环节，建议暂停"),
    "CommitmentBreached": lazy_gettext("承诺未履行"),
    "CommitmentExtended": lazy_gettext("承诺书延期"),
    "CommitmentExtensionRefused": lazy_gettext("不同意延期"),
    "PromiseKept": lazy_gettext("补交资料"),
    "PromiseCancelled": lazy_gettext("承诺事项取消"),
    "HoldRequested": lazy_gettext("申请暂停或终止"),
    "HoldEnded": lazy_gettext("暂停或终止申请作罢"),
    "OrderSuspended": lazy_gettext("工单暂停"),
    "PauseCapped": lazy_gettext("暂停已到上限，计时自行恢复"),
    "OrderResumed": lazy_gettext("恢复办理"),
    "TerminationApproved": lazy_gettext("批准终止"),
    "OrderReclassified": lazy_gettext("转为另一分类办理"),
    "CategoryChanged": lazy_gettext("按新分类继续办理"),
    "RestartLinked": lazy_gettext("登记为重新申请"),
    "CorrectionRequested": lazy_gettext("申请更正办理时间"),
    "CommentWritten": lazy_gettext("写批注"),
    "CorrectionDecided": lazy_gettext("审批更正办理时间"),
    "DocumentHandedIn": lazy_gettext("客户上传文件"),
    "WithdrawalConfirmed": lazy_gettext("客户线上确认撤回"),
    "OrderRated": lazy_gettext("客户评价"),
    words_personal.EVENT: lazy_gettext("查看个人信息"),
    "TaskTransferred": lazy_gettext("转办任务"),
    "TaskDelegated": lazy_gettext("委派任务"),
    "TaskResolved": lazy_gettext("交回委派任务"),
    "TaskReturned": lazy_gettext("退回"),
    "TaskWithdrawn": lazy_gettext("撤回办结"),
    "ConsultationAsked": lazy_gettext("请求加签"),
    "ConsultationEnded": lazy_gettext("加签随任务结束"),
    "OpinionGiven": lazy_gettext("加签意见"),
    "TaskCopied": lazy_gettext("抄送"),
    "CopyRead": lazy_gettext("已阅抄送"),
    "TaskHandedOver": lazy_gettext("离职交接"),
    recounts.EVENT: lazy_gettext("期限重新计算"),
    **late_events.TITLES,
}
LATE_ENTRY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the timeline. `tone` is a class of the page: automatic, trouble or nothing."""

    title: str
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    is_late_entry: bool
    late_reason: str
    details: tuple[str, ...]
    decisions: tuple[DecisionShown, ...]
    tone: str


def shown_events(
    entries: Sequence[Entry],
    people: Mapping[str, str],
    elements: Mapping[str, str],
    decisions: Sequence[DecisionShown],
) -> list[Shown]:
    """Newest first. `people`: login -> name; `elements`: element id -> name."""
    taken: dict[int, list[DecisionShown]] = {}
    for decision in decisions:
        taken.setdefault(decision.what.seq, []).append(decision)
    return [_shown(entry, people, elements, taken.get(entry.seq, ())) for entry in reversed(entries)]


def _shown(
    entry: Entry, people: Mapping[str, str], elements: Mapping[str, str], decisions: Sequence[DecisionShown]
) -> Shown:
    body = entry.body
    title = str(TITLES.get(entry.kind, entry.kind))
    about = elements.get(_element(entry)) or (late_events.subject(entry.kind, body) if _is_late(entry) else "")
    if about:
        title = f"{title}：{about}"
    automatic = entry.actor == SYSTEM.id
    return Shown(
        title=title,
        actor=gettext("系统自动") if automatic else _who(entry, people),
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        is_late_entry=abs(entry.recorded_at - entry.occurred_at) >= LATE_ENTRY,
        late_reason=body.get("late_reason", ""),
        details=tuple(_told(entry, elements)),
        decisions=tuple(decisions),
        tone="trouble" if "trouble" in body or entry.kind == "CallFailed" else "automatic" if automatic else "",
    )


def _who(entry: Entry, people: Mapping[str, str]) -> str:
    """Who did it, and for whom if somebody was absent."""
    name, absent = people.get(entry.actor, entry.actor), entry.body.get("on_behalf_of")
    return gettext("%(who)s 代 %(absent)s", who=name, absent=people.get(absent, absent)) if absent else name


def _is_late(entry: Entry) -> bool:
    return entry.kind in late_events.TITLES


def _element(entry: Entry) -> str:
    """What the event is about: named in it, or, of a timer or an answer, the first element that was left through it."""
    left = entry.body.get("passed") if entry.kind in ("TimerFired", "CallAnswered") else None
    return str(entry.body.get("element") or (left[0] if left else ""))


def _told(entry: Entry, elements: Mapping[str, str]) -> Iterator[str]:
    """What stands below the title."""
    if entry.kind == recounts.EVENT:
        yield from recounts.details(entry.body, elements)
        return
    if entry.kind == words_personal.EVENT:
        yield from words_personal.details(entry.body)
    yield from late_events.details(entry.kind, entry.body)
    yield from _details(entry.body, elements)


def _details(body: Mapping[str, Any], elements: Mapping[str, str]) -> list[str]:
    found = [gettext("转入：%(name)s", name=task["name"]) for task in body.get("opened", ())]
    if to := body.get("to_element"):
        found.append(gettext("退回到：%(name)s", name=elements.get(to, to)))
    if body.get("opinion"):
        found.append(opinion_name(body["opinion"]))
    if body.get("reason") in ACT_REASONS and "n_note" in body:
        found.append(gettext("原因：%(why)s", why=act_reason(body["reason"])))
    if body.get("late_seconds"):
        found.append(gettext("晚 %(span)s", span=span(body["late_seconds"]) or gettext("不到1分钟")))
    for timer in body.get("armed", ()):
        name = elements.get(timer["element"], timer["element"])
        found.append(gettext("定时：%(name)s %(at)s", name=name, at=until(datetime.fromisoformat(timer["due_at"]))))
    if body.get("document"):
        found.append(" ".join(word(body[name]) for name in ("document", "provenance") if body.get(name)))
    if body.get("score"):
        found.append("、".join(map(str, (SCORES[body["score"]], *(TAGS[tag] for tag in body["tags"])))))
    if body.get("commitment"):
        found.append(gettext("承诺书 %(no)s", no=body["commitment"]))
    if body.get("correction") and body.get("before") and body.get("after"):
        before, after = (when(datetime.fromisoformat(body[name])) for name in ("before", "after"))
        found.append(gettext("由 %(before)s 更正为 %(after)s", before=before, after=after))
    for doubt in body.get("doubts", ()):
        reason = "；".join(note["reason"] for note in doubt["notes"])
        found.append(gettext("空值：%(name)s（%(reason)s）", name=doubt["name"], reason=reason))
    if trouble := body.get("trouble"):
        name = elements.get(trouble["element"], trouble["element"])
        found.append(gettext("中断：%(name)s（%(code)s）", name=name, code=incident_name(trouble["code"])))
    if body.get("completed"):
        found.append(gettext("工单办结"))
    return found
