"""An application typed in by hand: the same JSON that other channels deliver, through the same check."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.clock import SHANGHAI
from engine.commands.accept_application import AcceptApplication
from engine.domain.identifiers import mask_id
from engine.domain.organisation import Organisation
from engine.domain.scanned import Scanned, scanned
from engine.errors import Conflict, Fault, Invalid, NotFound
from engine.policy import Permission
from engine.queries import counter
from web import forms, guard
from web.accounts import actor, engine, new_key
from web.api.contract import APPLICATION
from web.views.shown import Failure, failed

applications = guard.Blueprint("applications", __name__, enable_openapi=False)

N_MAX_SCAN = 500
START = {"channel": "HALL", "business_type": "NEW", "requested_voltage": "LV", "power_sources": 1,
         "charging_pile": False, "authorises_data_sharing": True}  # fmt: skip


@applications.get("/applications/new", needs=Permission.ORDER_ACCEPT)
def new() -> str:
    """The empty form."""
    now = engine().clock.now().isoformat(timespec="minutes")
    return _page(START | {"submitted_at": now}, None, new_key())


@applications.post("/applications/read", needs=Permission.ORDER_ACCEPT)
def read() -> str:
    """What the reader typed fills in the page; nothing is kept, and nothing is asked outside before acceptance."""
    application = forms.posted(APPLICATION["schema"], request.form)
    command_key, text = request.form.get("key", ""), request.form.get("@scan", "")[:N_MAX_SCAN].strip()
    if not text:
        return _page(application, None, command_key)
    found = scanned(text, engine().clock.now().astimezone(SHANGHAI).date())
    return _page(_filled(application, found), None, command_key, _read(found))


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
    return redirect(url_for("counters.show", order_no=done.order_no), 303)


@dataclass(frozen=True, slots=True)
class Read:
    """What is said of a certificate that was read: what is wrong with it, or its masked number and what the house
    knows of its holder."""

    found: Scanned
    number: str
    known: counter.Known | None


def _read(found: Scanned) -> Read:
    if not found.id_no:
        return Read(found, mask_id(found.reference) if found.reference else "", None)
    with engine().read() as view:
        return Read(found, mask_id(found.id_no), counter.known_subject(view, actor(), found.id_no))


def _filled(application: Mapping[str, Any], found: Scanned) -> dict[str, Any]:
    """The certificate goes before what was typed; a name that a person typed stays unless the card bears one."""
    values = dict(application)
    read = {name: getattr(found, name) for name in ("subject_type", "id_type", "id_no", "name")}
    values["applicant"] = dict(application.get("applicant") or {}) | {k: text for k, text in read.items() if text}
    check = {"method": found.method, "reference": found.reference}
    values["identity_check"] = dict(application.get("identity_check") or {}) | {k: v for k, v in check.items() if v}
    return values


def _page(values: Mapping[str, Any], failure: Failure | None, command_key: str, read: Read | None = None) -> str:
    with engine().read() as view:
        form = _form(view.world.organisation(view.connection), view.units_of(actor()))
    faults: Sequence[Fault] = failure.faults if failure else ()
    shown = forms.groups(form, values, faults)
    labels = {field.name: f"{group.title} {field.label}".strip() for group in shown for field in group.fields}
    return render_template("application.html", groups=shown, failure=failure, key=command_key, labels=labels,
                           read=read)  # fmt: skip


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
