"""`consents.give`: record what a customer allows or refuses: the sharing of data, or recognition by face.

The two are separate consents; a face is sensitive personal information, so another way must have been offered
(个人信息保护法 art. 28, 29). No image is taken nor kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from engine.commands.operators import inputs
from engine.commands.paperwork import DATA_SHARING, FACE, new_id, papers_of
from engine.commands.tx import Tx
from engine.errors import InvalidForm
from engine.kernel.model import Json
from engine.store import applications
from engine.store.documents import WHATEVER, ConsentRow, last_word


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """Params: kind, given (bool), method, scope? (document codes), valid_until?, alternative_offered?. `{consent}`."""
    kind, given = params.get("kind"), params.get("given")
    offered = params.get("alternative_offered") is True
    if kind not in (DATA_SHARING, FACE) or not isinstance(given, bool):
        raise InvalidForm("授权种类或意见有误", field="kind")
    if kind == FACE and given and not offered:
        raise inputs.wrong("alternative_offered", "no_alternative", "刷脸核验须同时提供其他核验方式供客户选择")
    scope = params.get("scope") or [WHATEVER]
    row = ConsentRow(
        id=new_id(),
        order_id=tx.order.id,
        kind=kind,
        scope=scope if isinstance(scope, list) else [scope],
        given_at=tx.received_at if given else None,
        refused_at=None if given else tx.received_at,
        valid_until=inputs.day(params.get("valid_until"), "valid_until"),
        method=inputs.text(params, "method", "COUNTER"),
        withdrawn_at=None,
        alternative_offered=offered,
        recorded_by=tx.actor.id,
    )
    _say(tx, row)
    return {"consent": row.id}


def from_application(tx: Tx) -> None:
    """What the application itself says of the sharing of data, unless the customer has been asked since."""
    if last_word(papers_of(tx).consents, DATA_SHARING) is not None:
        return
    facts = applications.facts(tx.connection, tx.order.id)
    given, at = facts["authorises_data_sharing"], datetime.fromisoformat(facts["submitted_at"]).astimezone(UTC)
    row = ConsentRow(
        id=new_id(),
        order_id=tx.order.id,
        kind=DATA_SHARING,
        scope=[WHATEVER],
        given_at=at if given else None,
        refused_at=None if given else at,
        valid_until=None,
        method=f"APPLICATION_{facts['channel']}",
        withdrawn_at=None,
        alternative_offered=True,
        recorded_by=tx.actor.id,
    )
    _say(tx, row)


def _say(tx: Tx, row: ConsentRow) -> None:
    papers_of(tx).consents.append(row)
    kind = "ConsentGiven" if row.given_at is not None else "ConsentRefused"
    body = {"consent": row.id, "kind": row.kind, "method": row.method, "alternative_offered": row.alternative_offered}
    tx.record(kind, body | {"valid_until": row.valid_until})
