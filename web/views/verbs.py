"""What staff do with a task besides working on it, from its page; copies, absences, and the handover of a leaver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.commands.consult_task import ConsultTask
from engine.commands.copy_task import CopyTask
from engine.commands.delegate_task import DelegateTask
from engine.commands.end_absence import EndAbsence
from engine.commands.enter_absence import EnterAbsence
from engine.commands.give_opinion import GiveOpinion
from engine.commands.handing import REASONS
from engine.commands.read_copy import ReadCopy
from engine.commands.resolve_task import ResolveTask
from engine.commands.return_task import ReturnTask
from engine.commands.transfer_task import TransferTask
from engine.commands.withdraw_task import WithdrawTask
from engine.errors import Conflict, EngineError, Fault, Forbidden, Invalid, NotFound
from engine.handing_over import HandedOver, hand_over
from engine.policy import ROLES, Permission
from engine.queries import handover as leavers
from engine.queries import tasks as task_queries
from engine.queries import verbs as queries
from web import forms, guard
from web.accounts import actor, engine, new_key
from web.problems import faults_of, status_of
from web.views.shown import failed, holders
from web.views.tasks import NO_FORM, task_page
from web.views.timing import instant_posted, timing_posted

verbs = guard.Blueprint("verbs", __name__, enable_openapi=False)

PAGE = 50
_MISTAKES = (Conflict, Forbidden, Invalid)


@verbs.post("/tasks/<key:task_id>/return", needs=Permission.TASK_RETURN)
def return_(task_id: str) -> AnyResponse:
    """退回."""
    element, straight = _sent("element"), _sent("straight") == "yes"
    command = ReturnTask(task_id, element, _sent("reason"), _sent("key"), _note(), straight)
    return _moved(command, task_id, gettext("已退回"))


@verbs.post("/tasks/<key:task_id>/withdraw", needs=Permission.TASK_WITHDRAW)
def withdraw(task_id: str) -> AnyResponse:
    """撤回: back to work on the task that was opened again."""
    command = WithdrawTask(task_id, _sent("reason"), _sent("key"), _note())
    return _moved(command, task_id, gettext("已撤回，请重新办理"), lambda done: done.opened[0])


@verbs.post("/tasks/<key:task_id>/transfer", needs=Permission.TASK_TRANSFER)
def transfer(task_id: str) -> AnyResponse:
    """转办."""
    return _moved(TransferTask(task_id, _sent("to"), _sent("reason"), _sent("key"), _note()), task_id,
                  gettext("已转办"))  # fmt: skip


@verbs.post("/tasks/<key:task_id>/delegate", needs=Permission.TASK_DELEGATE)
def delegate(task_id: str) -> AnyResponse:
    """委派."""
    return _moved(DelegateTask(task_id, _sent("to"), _sent("reason"), _sent("key"), _note()), task_id,
                  gettext("已委派，对方办完后交回您确认"))  # fmt: skip


@verbs.post("/tasks/<key:task_id>/opinion", needs=Permission.TASK_COMPLETE)
def opinion(task_id: str) -> AnyResponse:
    """加签意见; which button was pressed says it."""
    return _moved(GiveOpinion(task_id, _sent("opinion"), _sent("key"), _note()), task_id, gettext("意见已提交"))


@verbs.post("/tasks/<key:task_id>/copies", needs=Permission.COPY_SEND)
def copy(task_id: str) -> AnyResponse:
    """抄送."""
    people = tuple(filter(None, request.form.getlist("to")))
    return _moved(CopyTask(task_id, people, _sent("reason"), _sent("key"), _note()), task_id, gettext("已抄送"))


@verbs.post("/tasks/<key:task_id>/resolve", needs=Permission.TASK_COMPLETE)
def resolve(task_id: str) -> AnyResponse:
    """交回, with the form of the task; or the delegator takes it back."""
    return _filled(
        task_id, gettext("已交回委派人"), lambda values, timing, key: ResolveTask(task_id, values, key, _note())
    )


@verbs.post("/tasks/<key:task_id>/consult", needs=Permission.TASK_CONSULT)
def consult(task_id: str) -> AnyResponse:
    """加签 before the work, or after it with the form of the task."""
    people = tuple(filter(None, request.form.getlist("consult_to")))

    def command(values: dict[str, Any], timing: dict[str, str], key: str) -> ConsultTask:
        after = _sent("when") == "AFTER"
        at = instant_posted(timing["occurred_at"]) if after else None
        return ConsultTask(task_id, people, _sent("when"), _sent("consult_reason"), key, _sent("consult_note"),
                           values if after else None, at, timing["late_reason"] if after else "")  # fmt: skip

    return _filled(task_id, gettext("已送加签"), command)


def _filled(task_id: str, said: str, make: Callable[[dict[str, Any], dict[str, str], str], Any]) -> AnyResponse:
    """A verb that takes the form of the task along: what is wrong with it is shown where it was filled in."""
    with engine().read() as view:
        form = task_queries.task(view, actor(), task_id).form or NO_FORM
    values, timing, command_key = forms.posted(form["schema"], request.form), timing_posted(), _sent("key")
    try:
        _require_clean()
        engine().run(make(values, timing, command_key), actor())
    except _MISTAKES as error:
        return Response(task_page(task_id, values, timing, failed(error), command_key), status_of(error))
    flash(said, "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


def _moved(command: Any, task_id: str, said: str, to: Callable[[Any], str] | None = None) -> AnyResponse:
    """Run it and show the task; why it could not be done stands on top of that page."""
    try:
        _require_clean()
        done = engine().run(command, actor())
    except _MISTAKES as error:
        flash(_why(error), "danger")
        return redirect(url_for("tasks.show", task_id=task_id), 303)
    flash(said, "success")
    return redirect(url_for("tasks.show", task_id=to(done) if to else task_id), 303)


def _why(error: EngineError) -> str:
    reasons = "；".join(gettext(fault.reason) for fault in faults_of(error))
    detail = reasons or (error.detail if error.detail != error.text else "")
    return f"{gettext(error.text)}：{detail}" if detail else gettext(error.text)


def _sent(name: str) -> str:
    return request.form.get(name, "").strip()


def _note() -> str:
    return _sent("note")


def _require_clean() -> None:
    for name in ("note", "consult_note"):
        if not forms.is_clean(_sent(name)):
            raise Invalid(faults=[Fault(name, "bad_shape", gettext("含有不可见字符"))])


@verbs.get("/copies", needs=Permission.COPY_READ)
def copies() -> str:
    """抄送我的, and what I have shown to others with the receipts."""
    sent = request.args.get("box") == "sent"
    with engine().read() as view:
        rows = queries.copies_of(view, actor(), sent=sent, after=_position(), limit=PAGE)
        people = holders(view, (str(row[name]) for row in rows for name in ("to_login", "sent_by")))
    following = queries.cursor(rows[-1]) if len(rows) == PAGE else None
    return render_template("copies.html", rows=rows, people=people, sent=sent, after=following)


def _position() -> Any:
    try:
        return queries.position(request.args["after"]) if "after" in request.args else None
    except ValueError:
        raise NotFound from None


@verbs.post("/copies/<key:copy_id>/read", needs=Permission.COPY_READ)
def read(copy_id: str) -> AnyResponse:
    """已阅."""
    engine().run(ReadCopy(copy_id, _sent("key")), actor())
    return redirect(url_for("verbs.copies"), 303)


@verbs.get("/absences", needs=Permission.ABSENCE_ENTER)
def absences() -> str:
    """代办安排."""
    return _absences({}, None, new_key())


@verbs.post("/absences", needs=Permission.ABSENCE_ENTER)
def enter() -> AnyResponse:
    """Enter one."""
    names = ("login", "substitute", "from_at", "until_at", "reason")
    values: dict[str, Any] = {name: _sent(name) for name in names} | {"roles": request.form.getlist("roles")}
    try:
        begin, end = (instant_posted(values[name]) for name in ("from_at", "until_at"))
        if begin is None or end is None:
            raise Invalid(faults=[Fault("from_at", "missing", gettext("请填写起止时间"))])
        command = EnterAbsence(values["login"] or actor().id, values["substitute"], begin, end, values["reason"],
                               _sent("key"), tuple(values["roles"]))  # fmt: skip
        engine().run(command, actor())
    except _MISTAKES as error:
        return Response(_absences(values, error, _sent("key")), status_of(error))
    flash(gettext("已安排代办"), "success")
    return redirect(url_for("verbs.absences"), 303)


@verbs.post("/absences/<key:absence_id>/end", needs=Permission.ABSENCE_ENTER)
def end(absence_id: str) -> AnyResponse:
    """End one before its time."""
    try:
        engine().run(EndAbsence(absence_id, _sent("key")), actor())
    except _MISTAKES as error:
        flash(_why(error), "danger")
    return redirect(url_for("verbs.absences"), 303)


def _absences(values: dict[str, Any], error: EngineError | None, command_key: str) -> str:
    with engine().read() as view:
        rows = queries.absences_of(view, actor())
        people = queries.possible_substitutes(view, actor())
        names = holders(view, (login for row in rows for login in (row.login, row.substitute, row.entered_by)))
    leads = bool(queries.LEADERS & actor().roles)
    return render_template("absences.html", rows=rows, people=people, names=names, values=values, leads=leads,
                           failure=failed(error) if error else None, key=command_key, reasons=REASONS["ABSENCE"],
                           now=engine().clock.now())  # fmt: skip


@verbs.get("/admin/handover", needs=Permission.TASK_HAND_OVER)
def handover() -> str:
    """离职交接: whom, and what he has."""
    return _handover(request.args.get("login", ""), None, None)


@verbs.post("/admin/handover", needs=Permission.TASK_HAND_OVER)
def hand() -> AnyResponse:
    """Do it; what could not be given away stands below."""
    login, prefix = _sent("login"), "to:"
    chosen = {name.removeprefix(prefix): to for name, to in request.form.items() if name.startswith(prefix)}
    try:
        _require_clean()
        found = hand_over(engine(), actor(), login, chosen, _sent("reason"), _sent("key"), _note())
    except (*_MISTAKES, NotFound) as error:
        return Response(_handover("" if isinstance(error, NotFound) else login, error, None), status_of(error))
    return Response(_handover(login, None, found))


def _handover(login: str, error: EngineError | None, found: HandedOver | None) -> str:
    with engine().read() as view:
        people = leavers.colleagues(view, actor())
        held = leavers.open_tasks(view, actor(), login) if login else []
        names = holders(view, [login, *(line.to for line in found.lines)] if found else [login])
    roles = sorted({task.role for task in held} & ROLES.keys())
    return render_template("handover.html", login=login, people=people, held=held, roles=roles, names=names,
                           failure=failed(error) if error else None, found=found, reasons=REASONS["HANDOVER"],
                           key=new_key())  # fmt: skip
