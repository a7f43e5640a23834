"""An application typed in by hand: the same JSON that other channels deliver, through the same check."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.commands.accept_application import AcceptApplication
from engine.domain.organisation import Organisation
from engine.errors import Conflict, Fault, Invalid, NotFound
from engine.policy import Permission
from web import forms, guard
from web.accounts import actor, engine, new_key
from web.api.contract import APPLICATION
from web.views.shown import Failure, failed

applications = guard.Blueprint("applications", __name__, enable_openapi=False)

START = {"channel": "HALL", "business_type": "NEW", "requested_voltage": "LV", "power_sources": 1,
         "charging_pile": False, "authorises_data_sharing": True}  # fmt: skip


@applications.get("/applications/new", needs=Permission.ORDER_ACCEPT)
def new() -> str:
    """The empty form."""
    now = engine().clock.now().isoformat(timespec="minutes")
    return _page(START | {"submitted_at": now}, None, new_key())


@applications.post("/applications", needs=Permission.ORDER_ACCEPT)
def accept() -> AnyResponse:
    """Accept it, or show beside each field what is wrong. The unit is that of the chosen hall."""
    application = forms.posted(APPLICATION["schema"], request.form)
    command_key = request.form.get("key", "")
    try:
        whole = application | _unit_of(application.get("hall_code"))
        done = engine().run(AcceptApplication(whole, command_key), actor())
    except (Invalid, Conflict, NotFound) as error:
        failure = failed(error)
        if isinstance(error, NotFound):
            failure = Failure(gettext("不能受理其他单位的申请"), "", ())
        return Response(_page(application, failure, command_key), 409 if isinstance(error, Conflict) else 422)
    if done.status == "duplicate":
        flash(gettext("该申请此前已受理，工单号 %(number)s", number=done.order_no), "warning")
    else:
        flash(gettext("已受理，工单号 %(number)s", number=done.order_no), "success")
    return redirect(url_for("orders.show", order_no=done.order_no), 303)


def _page(values: Mapping[str, Any], failure: Failure | None, command_key: str) -> str:
    with engine().read() as view:
        form = _form(view.world.organisation(view.connection), view.units_of(actor()))
    faults: Sequence[Fault] = failure.faults if failure else ()
    shown = forms.groups(form, values, faults)
    labels = {field.name: f"{group.title} {field.label}".strip() for group in shown for field in group.fields}
    return render_template("application.html", groups=shown, failure=failure, key=command_key, labels=labels)


def _form(organisation: Organisation, units: Any) -> dict[str, Any]:
    """The form with the halls and parks that this member of staff may name; the hall tells the unit."""
    form = copy.deepcopy(APPLICATION)
    properties = form["schema"]["properties"]
    del properties["unit_code"]
    mine = organisation.units.keys() if units is None else units
    halls = {hall.code: hall.name for hall in organisation.halls.values() if hall.unit in mine}
    parks = {park.code: park.name for park in organisation.parks.values() if park.unit in mine}
    properties["hall_code"] |= {"enum": list(halls), "x-labels": halls}
    properties["sme_park_code"]["anyOf"][0] |= {"enum": list(parks), "x-labels": parks}
    return dict(form)


def _unit_of(hall_code: Any) -> dict[str, str]:
    with engine().read() as view:
        hall = view.world.organisation(view.connection).halls.get(hall_code)
    return {"unit_code": hall.unit} if hall else {}
