"""`documents.receive`: promised documents come in, by post, on site, at the hall or in the app; promises are kept.

The day of arrival counts, not the day it is entered (domain dossier 4.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from engine.clock import SHANGHAI
from engine.commands.clockwork import shanghai_day
from engine.commands.operators import inputs
from engine.commands.papers_check import checked, refuse
from engine.commands.paperwork import CUSTOMER, fulfil, keep, papers_of
from engine.commands.tx import Tx
from engine.domain.documents import PROVENANCE_OF, Way
from engine.errors import Fault
from engine.kernel.model import Json

_WAYS = {
    "CUSTOMER_ECERT": Way.CUSTOMER_ECERT,
    "UPLOAD": Way.UPLOAD,
    "PAPER": Way.PAPER,
    # by the channel of delivery, where only that is known
    "APP": Way.UPLOAD,
    "POST": Way.PAPER,
    "ONSITE": Way.PAPER,
    "HALL": Way.PAPER,
}


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """`{outstanding}`. Raises PaperRefused, DocumentHeld or InvalidForm with a fault for each that may not come in."""
    on = _delivered_on(tx, params)
    faults: list[Fault] = []
    between, taken = _span(tx, on), []
    for row in inputs.rows(params, "delivered"):
        need, way = checked(tx, row, _WAYS, between, faults)
        if need is not None and way is not None:
            taken.append((need, PROVENANCE_OF[way], inputs.text(row, "reference")))
    refuse(faults)
    for need, provenance, reference in taken:
        fulfil(tx, keep(tx, need, provenance, occurred_on=on, certificate_no=reference), CUSTOMER)
    return {"outstanding": papers_of(tx).n_promised}


def _delivered_on(tx: Tx, params: Mapping[str, Json]) -> date:
    today = shanghai_day(tx.received_at)
    on = inputs.day(params.get("delivered_on"), "delivered_on") or today
    if on > today:
        raise inputs.wrong("delivered_on", "in_future", "收到日期不得晚于今天")
    if on < shanghai_day(tx.order.submitted_at):
        raise inputs.wrong("delivered_on", "before_order", "收到日期不得早于申请提交日期")
    return on


def _span(tx: Tx, on: date) -> tuple[datetime, datetime]:
    """When a document of that day may have come: today, now; of an earlier day only the day is known."""
    if on == shanghai_day(tx.received_at):
        return tx.received_at, tx.received_at
    start = datetime.combine(on, time(0), SHANGHAI)
    return start, start + timedelta(days=1)
