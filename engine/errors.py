"""Every error that a caller may meet. Errors know no HTTP; `web` maps the five families to status codes.

`code` is stable and part of the public contract; `text` is what staff read (Chinese); the docstring says the same to
developers. `field` names the input at fault, `detail` adds the reason. Personal values never go into either unmasked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: where, a stable code, and the reason in Chinese."""

    field: str
    code: str
    reason: str


class EngineError(Exception):
    """Something the caller can understand went wrong."""

    code = "internal"
    text = "系统内部错误"

    def __init__(self, detail: str = "", *, field: str = "", faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail or self.text)
        self.detail = detail
        self.field = field
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return f"{self.text}：{self.detail}" if self.detail else self.text


class NotFound(EngineError):
    """There is no such thing, or the caller may not know that there is."""

    code = "not_found"
    text = "未找到"


class Unauthenticated(EngineError):
    """The caller has not proven who he is."""

    code = "unauthenticated"
    text = "请先登录"


class Forbidden(EngineError):
    """The caller is known and may not do this here."""

    code = "forbidden"
    text = "没有权限"


class Invalid(EngineError):
    """The input breaks a rule that the caller can read and mend."""

    code = "invalid"
    text = "输入有误"


class InvalidForm(Invalid):
    """The submitted form does not fit its schema."""

    code = "invalid_form"
    text = "表单填写有误"


class RuleBroken(InvalidForm):
    """A rule of the business forbids the step as it was filled in; `faults` are the rows that do."""

    code = "rule_broken"
    text = "不符合办理规则"


class Conflict(EngineError):
    """Somebody or something else was first."""

    code = "conflict"
    text = "状态已变化，请刷新后重试"


class AlreadyDone(Conflict):
    """This task has already been completed by someone else."""

    code = "task_already_done"
    text = "该任务已办结"


class AlreadyClaimed(Conflict):
    """Somebody else holds this task."""

    code = "task_already_claimed"
    text = "该任务已被他人领取"


class Delegated(Conflict):
    """The task was delegated: whoever works on it gives it back, and the delegator finishes it."""

    code = "task_delegated"
    text = "该任务为委派任务，办完后须交回委派人确认"


class ConsultationOpen(Conflict):
    """Somebody was asked for a second opinion on this task and has not given it."""

    code = "consultation_open"
    text = "加签意见尚未给出，暂不能办理"


class NotReady(Conflict):
    """The task is not open in the running process."""

    code = "task_not_ready"
    text = "该任务当前不可办理"


class KeyReused(Conflict):
    """The idempotency key was used before with another body."""

    code = "idempotency_key_reused"
    text = "幂等键已用于另一请求"


class AlreadyRated(Conflict):
    """The customer has rated this order before."""

    code = "already_rated"
    text = "该工单已评价"


class AlreadyFired(Conflict):
    """The timer has fired or was cancelled."""

    code = "timer_already_fired"
    text = "定时器已触发或已取消"


class PaperRefused(InvalidForm):
    """Paper or an upload was given for a document that the sharing platform can give."""

    code = "paper_refused"
    text = "该材料可由共享平台调取，不得收取纸质或上传件"


class DocumentHeld(InvalidForm):
    """A valid document of this kind is on file: nobody is asked twice."""

    code = "document_held"
    text = "该材料已在档且有效，不得重复收取"


class CommitmentMoved(Conflict):
    """The commitment letter does not stand where this could happen to it."""

    code = "commitment_moved"
    text = "承诺书状态不允许此操作"


class GateClosed(Conflict):
    """A promised document is still out, and this step may not be finished without it."""

    code = "document_gate_closed"
    text = "承诺补交的材料尚未收齐，本环节不能办结"


class Unavailable(EngineError):
    """The system cannot answer now; the same request may succeed later."""

    code = "unavailable"
    text = "系统暂时不可用，请稍后重试"


class ClockOff(Unavailable):
    """Host and database disagree about the time: what a deadline would do cannot be undone, so it waits."""

    code = "clock_off"
    text = "服务器与数据库的时钟相差过大，到期事项暂缓执行，请稍后重试"


class RuleFailed(Unavailable):
    """A rule could not be judged because its decision table is at fault; nothing was done."""

    code = "rule_failed"
    text = "办理规则无法判断，请联系流程负责人"


class ModelRefused(Invalid):
    """A BPMN or DMN file cannot be run as drawn; `faults` say where and why."""

    code = "model_refused"
    text = "流程文件未通过检查"


class OrderSuspended(Conflict):
    """The order is suspended; only what belongs to the suspension goes on."""

    code = "order_suspended"
    text = "工单已暂停，恢复办理后才能办理本环节"


class NotSuspended(Conflict):
    """There is no suspension that could end."""

    code = "order_not_suspended"
    text = "工单没有暂停，无须恢复"


class HoldPending(Conflict):
    """A suspension or termination of this order has been requested and nobody has decided yet."""

    code = "hold_pending"
    text = "本工单已有待审批的暂停或终止申请"


class FourEyes(Forbidden):
    """Who asked for it may not be who approves it."""

    code = "four_eyes"
    text = "审批人不得是申请人本人"


class ApproverMissing(Forbidden):
    """Nobody of the role that may approve this has done so."""

    code = "approver_missing"
    text = "没有有权岗位的审批，不得暂停或终止工单"


class ReasonRefused(InvalidForm):
    """Without a reason of the table nothing is suspended or terminated."""

    code = "hold_reason_refused"
    text = "暂停或终止须有规定的原因"


class EvidenceMissing(InvalidForm):
    """The reason is not proven: no evidence, of another kind than the table asks for, or not signed."""

    code = "hold_evidence_missing"
    text = "暂停、终止或恢复须有规定的依据"


class CorrectionPending(Conflict):
    """A correction of this recorded time has been requested and nobody has decided yet."""

    code = "correction_pending"
    text = "该办理时间已有待审批的更正申请"


class CorrectionDecided(Conflict):
    """The correction was decided before."""

    code = "correction_decided"
    text = "该更正申请已审批"


class RemindedLately(Conflict):
    """All who could be reminded of this order were reminded a short while ago."""

    code = "reminded_lately"
    text = "刚刚催办过"


class UnmaskedOften(Conflict):
    """Somebody has looked at masked values so often within the hour that it must wait."""

    code = "unmasked_often"
    text = "一小时内查看个人信息次数过多，请稍后再试"


class HoldMissing(Conflict):
    """Nobody has asked for the suspension or termination that is to be carried out."""

    code = "hold_missing"
    text = "没有待审批的暂停或终止申请"


class CalendarMoved(Conflict):
    """Somebody entered this calendar year after the version on which the new one is based."""

    code = "calendar_moved"
    text = "该年日历已被更新，请按最新版本重新预览"


class CalendarUnchanged(Conflict):
    """The version in force says the same."""

    code = "calendar_unchanged"
    text = "与现行版本相同，未保存"
