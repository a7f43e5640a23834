"""A new order that begins a terminated one again is linked to it and flagged (A04): nobody resets a clock that way.

Links; refuses nothing: the customer may apply again.
"""

from __future__ import annotations

from datetime import timedelta

from engine.commands.tx import Tx
from engine.domain.intake import Application
from engine.domain.premises import premise_key
from engine.store import applications, orders


def premise_index(tx: Tx, application: Application) -> str | None:
    """The blind index of the premise; None when nothing is known of it."""
    personal = application.personal
    key = premise_key(application.area_code, personal.address, personal.real_estate_unit_no)
    return tx.world.vault.index(f"premise|{key}") if key else None


def link(tx: Tx, application: Application, premise: str | None) -> int | None:
    """The id of the order that this application begins again: the last terminated one of the same subject, premise and
    business, within the days of the setting. Kept on the desk for the record."""
    if premise is None:
        return None
    since = tx.received_at - timedelta(days=tx.world.settings.n_restart_days)
    subject = tx.world.vault.index(application.personal.applicant.id_no)
    found = [
        before
        for before in applications.same_premise(tx.connection, subject, premise)
        if before.status == orders.TERMINATED
        and before.ended_at >= since
        and before.facts["business_type"] == application.facts["business_type"]
    ]
    if not found:
        return None
    last = max(found, key=lambda before: (before.ended_at, before.order_id))
    tx.desk["restart"] = last
    return last.order_id


def tell(tx: Tx) -> None:
    """Say in the record of the new order which one it begins again."""
    before: applications.Premise | None = tx.desk.pop("restart", None)
    if before is not None:
        body = {
            "restart_of": before.order_no,
            "ended_at": before.ended_at,
            "within_days": tx.world.settings.n_restart_days,
        }
        tx.record("RestartLinked", body)
