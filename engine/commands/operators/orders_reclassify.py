"""`orders.reclassify`: decide the category anew by what was found since. If it is another, the order goes on in that
category's process as soon as this one has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from engine.commands.classifying import classify
from engine.commands.tx import Tx
from engine.domain.classification import INPUTS, inputs_of
from engine.errors import Invalid, NotReady, OrderSuspended
from engine.kernel.model import Json
from engine.store import applications, orders, reclassifications


def handle(tx: Tx, params: Mapping[str, Any]) -> Json:
    """Params: inputs of the table `classification` that are other than applied for, `evidence`, and `carry`: what the
    other process shall know besides; `must_change`, where the present process has no way on. Result: `category`,
    `process_key`, `changed`.

    Raises OrderSuspended, NotReady after a termination was approved, Invalid when the table gives no category, or the
    same as before where it must change.
    """
    order = tx.order
    if order.suspended_since is not None:
        raise OrderSuspended("暂停期间不得改分类")
    if order.ends_as == orders.TERMINATED:
        raise NotReady("工单已批准终止")
    facts = _facts(tx)
    given = {name: params[name] for name in INPUTS if params.get(name) is not None}
    tables = tx.world.version(tx.connection, order.tables_version_id)
    found, told = classify(tables, inputs_of(facts) | given)
    result = {"category": found.category.value, "process_key": found.process_key}
    changed = result != {"category": order.category, "process_key": order.process_key}
    if params.get("must_change") is True and not changed:
        raise Invalid("按分类表仍归原流程，不能改办；请核对容量、电压与意愿凭证", field="category")
    if changed:
        _keep(tx, result, given | _carried(params), params.get("evidence"), told)
    return {**result, "changed": changed}


def _facts(tx: Tx) -> dict[str, Any]:
    """What the customer said, as far as nothing else was found in an earlier change."""
    facts = applications.facts(tx.connection, tx.order.id)
    for row in reclassifications.of_order(tx.connection, tx.order.id):
        facts |= row["facts"] if row["begun_at"] is not None else {}
    return facts


def _carried(params: Mapping[str, Any]) -> dict[str, Any]:
    carry = params.get("carry")
    return {str(name): value for name, value in carry.items()} if isinstance(carry, Mapping) else {}


def _keep(tx: Tx, to: Mapping[str, str], facts: dict[str, Any], evidence: Json, told: list[dict[str, Any]]) -> None:
    order = tx.order
    row = {
        "id": uuid4().hex,
        "order_id": order.id,
        "seq": order.audit_seq,
        "from_category": order.category,
        "to_category": to["category"],
        "from_process": order.process_key,
        "to_process": to["process_key"],
        "facts": facts,
        "evidence": evidence,
        "decided_by": tx.actor.id,
        "decided_at": tx.now,
        "begun_at": None,
    }
    reclassifications.add(tx.uow, row)
    order.ends_as = orders.RECLASSIFIED
    names = ("from_category", "to_category", "from_process", "to_process", "decided_by")
    body = {"reclassification": row["id"], **{name: row[name] for name in names}, "decisions": told}
    tx.record("OrderReclassified", body)
