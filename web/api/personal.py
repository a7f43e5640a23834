"""Personal values of an order over HTTP, with a reason and on its record."""

from __future__ import annotations

from flask import Response

from engine.commands.unmask_personal import UnmaskPersonal
from engine.kernel.forms import FormCheck
from engine.policy import Permission
from engine.queries import personal as queries
from web.accounts import actor, engine
from web.api import shapes_personal
from web.api.blueprint import answer, api, body, key
from web.api.contract import described
from web.api.tasks import OPTIONAL_KEY, clean

_unmasking = FormCheck({"schema": shapes_personal.UNMASKING})


@api.post("/orders/<key:order_no>/unmaskings", needs=Permission.PERSONAL_UNMASK)
@described(
    "See personal fields of an order in the clear, with a reason that its record keeps; what the order does not have, "
    "and what an earlier answer showed too long ago, is left out",
    {200: "Unmasked"},
    problems=(404, 409, 415, 422),
    body="Unmasking",
    parameters=(OPTIONAL_KEY,),
)
def unmask(order_no: str) -> Response:
    """POST /orders/{order_no}/unmaskings."""
    command_key, sent = key(), body()
    _unmasking.check(sent)
    fields, note = tuple(sent["fields"]), clean(sent.get("note", ""), "note")
    engine().run(UnmaskPersonal(order_no, fields, sent["reason"], command_key, note), actor())
    with engine().read() as view:
        seen = queries.unmasked(view, actor(), order_no)
    items = [{"field": name, "value": one.value, "until": one.until} for name, one in seen.items() if name in fields]
    return answer({"items": items})
