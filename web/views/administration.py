"""What the house keeps an eye on: orders without a process, and orders that have stopped."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.commands.retry_incident import RetryIncident
from engine.errors import Conflict
from engine.policy import Permission
from engine.queries import house
from engine.queries import orders as queries
from web import guard
from web.accounts import actor, engine
from web.views.reasons import reasons

administration = guard.Blueprint("administration", __name__, enable_openapi=False)


@administration.get("/admin/waiting", needs=Permission.ORDER_READ)
def waiting() -> str:
    """Orders accepted while their process is not deployed."""
    after = request.args.get("after", "")
    with engine().read() as view:
        found = queries.waiting_orders(view, actor(), after=int(after) if after.isascii() and after.isdigit() else None)
    following = found[-1]["id"] if len(found) == 50 else None
    return render_template("waiting.html", orders=found, after=following)


@administration.get("/admin/incidents", needs=Permission.INCIDENT_RETRY)
def incidents() -> str:
    """Open incidents, oldest first."""
    with engine().read() as view:
        found = queries.incidents(view, actor())
        shown = [(row, reasons(view, row, queries.element_names(view, row["process_version_id"]))) for row in found]
    return render_template("incidents.html", incidents=shown)


@administration.get("/admin/processes", needs=Permission.PROCESS_READ)
def processes() -> str:
    """Every published version, newest first within its process."""
    with engine().read() as view:
        found = [version for version in house.versions(view) if not version.process_key.startswith("_")]
    found.sort(key=lambda version: (version.process_key, -version.version))
    return render_template("processes.html", versions=found)


@administration.post("/incidents/<int:incident_id>/retry", needs=Permission.INCIDENT_RETRY)
def retry(incident_id: int) -> AnyResponse:
    """Try again; say whether it helped."""
    try:
        done = engine().run(RetryIncident(incident_id, request.form.get("key", "")), actor())
    except Conflict as error:
        flash(error.detail or gettext(error.text), "danger")
        return redirect(url_for("administration.incidents"), 303)
    if done.mended:
        flash(gettext("工单 %(number)s 已恢复办理", number=done.order_no), "success")
    else:
        flash(gettext("工单 %(number)s 仍未恢复，请查看原因", number=done.order_no), "danger")
    if request.form.get("back") == "order":
        return redirect(url_for("orders.show", order_no=done.order_no), 303)
    return redirect(url_for("administration.incidents"), 303)
