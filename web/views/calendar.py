"""The working-day calendar: its years, entering a year's notice by form or file, and what that would move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.clock import SHANGHAI
from engine.commands.enter_calendar_year import CalendarYearEntered, EnterCalendarYear, proposed
from engine.domain import notices
from engine.domain.calendar import OFFICIAL, PROVISIONAL
from engine.errors import CalendarMoved, CalendarUnchanged, Conflict, Fault, Invalid
from engine.policy import Permission
from engine.queries import calendar as queries
from engine.queries import calendar_preview
from web import guard
from web.accounts import actor, engine, new_key
from web.problems import status_of
from web.views.months import months_of
from web.views.shown import Failure, failed, holders

calendar = guard.Blueprint("calendar", __name__, enable_openapi=False)

NEEDS = Permission.CALENDAR_ENTER
STATUSES = (OFFICIAL, PROVISIONAL)
FIELDS = ("status", "source", "notice_on", "holidays", "makeup_days")


@calendar.get("/admin/calendar", needs=NEEDS)
def index() -> AnyResponse:
    """Every year that was entered; `?year=` leads to another one."""
    wanted = request.args.get("year", "")
    if wanted.isascii() and wanted.isdigit():
        return redirect(url_for("calendar.show", year=int(wanted[:4])), 303)
    with engine().read() as view:
        lines, bounds = queries.years(view, actor()), queries.bounds(view)
        people = holders(view, (line.row.entered_by for line in lines))
        left = queries.n_to_recount(view, actor())
    return Response(render_template("calendar.html", lines=lines, bounds=bounds, people=people, n_to_recount=left))


@calendar.get("/admin/calendar/progress", needs=NEEDS)
def progress() -> str:
    """How many orders are still to be recounted, for the page to ask again."""
    with engine().read() as view:
        left = queries.n_to_recount(view, actor())
    return render_template("fragments/recounting.html", n_to_recount=left, was_running=True)


@calendar.get("/admin/calendar/<int:year>", needs=NEEDS)
def show(year: int) -> str:
    """A year as twelve months; `?version=` shows a former one."""
    asked = request.args.get("version", "")
    version = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else None
    with engine().read() as view:
        page = queries.year(view, actor(), year, version)
        people = holders(view, (row.entered_by for row in page.versions))
        left = queries.n_to_recount(view, actor())
    return render_template(
        "calendar_year.html",
        page=page,
        months=months_of(page.shown),
        people=people,
        n_to_recount=left,
        spans=_spans(page),
    )


@calendar.get("/admin/calendar/<int:year>/days.csv", needs=NEEDS)
def days(year: int) -> Response:
    """The year in force as the file that may be uploaded."""
    with engine().read() as view:
        page = queries.year(view, actor(), year)
    text = notices.csv_of(page.shown.holidays, page.shown.makeup_days)
    head = {"Content-Disposition": f"attachment; filename=calendar-{page.year}.csv"}
    return Response(text.encode("utf-8-sig"), mimetype="text/csv", headers=head)


@calendar.get("/admin/calendar/<int:year>/edit", needs=NEEDS)
def edit(year: int) -> str:
    """The form, filled with what is in force."""
    with engine().read() as view:
        page = queries.year(view, actor(), year)
    row = page.row
    sent = {
        "status": row.status if row and row.status == OFFICIAL else "",
        "source": row.source if row and row.status == OFFICIAL else "",
        "notice_on": str(row.notice_on) if row and row.notice_on else "",
        "holidays": notices.written(page.shown.holidays),
        "makeup_days": notices.written(page.shown.makeup_days),
    }
    return _form(page, sent, None)


@calendar.post("/admin/calendar/<int:year>/preview", needs=NEEDS)
def preview(year: int) -> Response:
    """What would move, before anything is written; or the form again, with what is wrong in it."""
    return _previewed(year, _sent(), asks_to_edit=request.form.get("edit") == "yes")


@calendar.post("/admin/calendar/<int:year>", needs=NEEDS)
def save(year: int) -> AnyResponse:
    """Enter the year; the open orders are queued to be recounted."""
    sent = _sent()
    if request.form.get("confirmed") != "yes":
        fault = Fault("confirmed", "missing", gettext("请核对后勾选确认"))
        return _previewed(year, sent, failure=failed(Invalid(faults=[fault])))
    try:
        entered: CalendarYearEntered = engine().run(_command(year, sent, request.form.get("key", "")), actor())
    except (Invalid, CalendarMoved, CalendarUnchanged) as error:
        return _refused(year, sent, failed(error), status_of(error))
    flash(gettext("%(year)s 年日历 v%(version)s 已生效", year=entered.year, version=entered.version), "success")
    return redirect(url_for("calendar.show", year=year), 303)


@dataclass(frozen=True, slots=True)
class _Spans:
    """The special days of a year in words, beside the months."""

    holidays: list[notices.Span]
    makeup_days: list[notices.Span]


def _spans(page: queries.YearPage) -> _Spans:
    return _Spans(notices.spans_of(page.shown.holidays), notices.spans_of(page.shown.makeup_days))


def _sent() -> dict[str, str]:
    """What was posted; the days of a file, if one was sent, in the place of what stands in the form."""
    return {name: request.form.get(name, "").strip() for name in (*FIELDS, "based_on")}


def _with_file(sent: dict[str, str]) -> dict[str, str]:
    file = request.files.get("csv")
    data = file.read(notices.MAX_BYTES + 1) if file and file.filename else b""
    if not (file and file.filename):
        return sent
    entered = notices.read_csv(data)
    days = {"holidays": entered.holidays, "makeup_days": entered.makeup_days}
    return sent | {name: "\n".join(f"{span.first} {span.name}" for span in spans) for name, spans in days.items()}


def _command(year: int, sent: Mapping[str, str], key: str) -> EnterCalendarYear:
    faults: list[Fault] = []
    spans: dict[str, tuple[notices.Span, ...]] = {}
    for name in ("holidays", "makeup_days"):
        try:
            spans[name] = notices.read_lines(sent[name], year, name)
        except Invalid as error:
            faults += error.faults
    try:
        notice_on = date.fromisoformat(sent["notice_on"]) if sent["notice_on"] else None
    except ValueError:
        faults.append(Fault("notice_on", "bad_date", gettext("日期格式不符")))
    if not sent["based_on"].isascii() or not sent["based_on"].isdigit():
        faults.append(Fault("based_on", "missing", gettext("页面已过期，请刷新后重试")))
    if faults:
        raise Invalid(faults=faults)
    return EnterCalendarYear(year, int(sent["based_on"]), sent["status"], sent["source"], notice_on, **spans, key=key)


def _previewed(
    year: int, sent: dict[str, str], *, asks_to_edit: bool = False, failure: Failure | None = None
) -> Response:
    try:
        sent = _with_file(sent)
        command = _command(year, sent, "preview")
        with engine().read() as view:
            page = queries.year(view, actor(), year)
            if command.based_on != page.version:
                raise CalendarMoved
            made = proposed(command, page.version + 1, view.now.astimezone(SHANGHAI).date())
            number = request.form.get("page", "")
            at = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 1
            found = calendar_preview.preview(view, actor(), made, at)
    except (Invalid, Conflict) as error:
        return _refused(year, sent, failed(error), status_of(error))
    sent |= {"holidays": notices.written(made.holidays), "makeup_days": notices.written(made.makeup_days)}
    if asks_to_edit:
        return Response(_form(page, sent, None))
    turned = {works: [day for day in found.turned if made.is_workday(day) is works] for works in (True, False)}
    text = render_template(
        "calendar_preview.html",
        page=page,
        made=made,
        sent=sent,
        found=found,
        turned=turned,
        n_workdays=queries.n_workdays(made),
        months=months_of(made, found.turned),
        key=new_key(),
        failure=failure,
    )
    return Response(text, 422 if failure else 200)


def _refused(year: int, sent: Mapping[str, str], failure: Failure, status: int) -> Response:
    with engine().read() as view:
        page = queries.year(view, actor(), year)
    return Response(_form(page, sent, failure), status)


def _form(page: queries.YearPage, sent: Mapping[str, str], failure: Failure | None) -> str:
    errors: dict[str, list[str]] = {}
    for fault in failure.faults if failure else ():
        errors.setdefault(fault.field.split(":")[0], []).append(fault.reason)
    labels: dict[str, Any] = {}
    return render_template(
        "calendar_edit.html", page=page, sent=sent, failure=failure, errors=errors, statuses=STATUSES, labels=labels
    )
