"""`documents.open`: register what an order needs by its checklist, and take over what is on file already.

Sources in the order of the notice: the own archive first; only what is not there is asked of the platform.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.commands.clockwork import shanghai_day
from engine.commands.operators import inputs
from engine.commands.operators.consents_give import from_application
from engine.commands.paperwork import about_index, keep, need_of, papers_of, promised, subject_index
from engine.commands.tx import Tx
from engine.domain.documents import SUBJECT_CERT, DueRule, NeedState, Provenance
from engine.errors import Invalid
from engine.kernel.model import Json
from engine.store import applications, documents
from engine.store.documents import NeedRow
from engine.store.papers import Papers


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """`{held, to_fetch, rest}`, lists of document codes; opened again, it adds what is new."""
    papers = papers_of(tx)
    wanted: dict[str, NeedRow] = {}
    for row in inputs.rows(params, "checklist"):
        need = _need(tx, row, len(papers.needs) + len(wanted))
        wanted.setdefault(need.doc_type, need)
    from_application(tx)
    _waive(tx, wanted)
    for need in wanted.values():
        _register(tx, need)
    needs = [need for need in papers.needs if need.doc_type in wanted]
    result = _sorted(tx, needs)
    tx.record("DocumentsOpened", {"needed": list(wanted), **result})
    return result


def _waive(tx: Tx, wanted: Mapping[str, NeedRow]) -> None:
    """An acceptance that is gone through again may need less: what it does not name and nobody has signed for is let
    go. The checklist of a later stage comes on top of it."""
    if all(need.due_rule == DueRule.AT_STAGE for need in wanted.values()):
        return
    papers = papers_of(tx)
    for known in papers.needs:
        if known.doc_type in wanted or known.due_rule == DueRule.AT_STAGE:
            continue
        signed = promised(papers, known.doc_type) is not None
        if known.state == NeedState.OPEN or (known.state == NeedState.PROMISED and not signed):
            known.state = NeedState.WAIVED.value


def _need(tx: Tx, row: Mapping[str, Any], position: int) -> NeedRow:
    doc_type, name = inputs.text(row, "doc_type"), inputs.text(row, "name")
    if not doc_type or not name:
        raise Invalid("材料清单的行缺少 doc_type 或 name", field="checklist")
    return NeedRow(
        order_id=tx.order.id,
        doc_type=doc_type,
        position=position,
        name=name,
        shareable=row.get("shareable") is True,
        deferrable=row.get("deferrable") is True,
        must_now=row.get("must_now") is True,
        gate=inputs.text(row, "gate"),
        due_rule=inputs.text(row, "due_rule"),
        checklist=dict(row),
        state=NeedState.OPEN.value,
    )


def _register(tx: Tx, need: NeedRow) -> None:
    papers = papers_of(tx)
    known = papers.need(need.doc_type)
    if known is None:
        papers.needs.append(need)
    else:
        state = NeedState.OPEN.value if _is_open_again(papers, known) else known.state
        for name in ("position", "name", "shareable", "deferrable", "must_now", "gate", "due_rule", "checklist"):
            setattr(known, name, getattr(need, name))
        need, need.state = known, state
    if need.state != NeedState.OPEN:
        return
    if need.doc_type == SUBJECT_CERT and applications.facts(tx.connection, tx.order.id).get("identity_method"):
        need.state = NeedState.HELD.value  # the customer showed it: the identity check saw it, nobody keeps a copy
    else:
        _reuse(tx, need)


def _is_open_again(papers: Papers, known: NeedRow) -> bool:
    """What was let go, and what somebody wanted to promise but never signed for."""
    if known.state == NeedState.PROMISED:
        return promised(papers, known.doc_type) is None
    return known.state == NeedState.WAIVED


def _reuse(tx: Tx, need: NeedRow) -> None:
    """Take over the newest valid document of the same subject that speaks of the same thing, from another order."""
    found = documents.archived(
        tx.connection,
        order_id=tx.order.id,
        subject_index=subject_index(tx),
        about_index=about_index(tx, need.doc_type),
        doc_type=need.doc_type,
        on=shanghai_day(tx.received_at),
    )
    if found is not None:
        number = documents.certificate(tx.world.vault, found) or ""
        valid = (found.valid_from, found.valid_to)
        keep(tx, need, Provenance.REUSED, certificate_no=number, valid=valid, reused_from=found)


def _sorted(tx: Tx, needs: list[NeedRow]) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {"held": [], "to_fetch": [], "rest": []}
    for need in needs:
        if need.state == NeedState.HELD:
            result["held"].append(need.doc_type)
        elif need.state == NeedState.OPEN:
            result["to_fetch" if need_of(tx, need).may_fetch else "rest"].append(need.doc_type)
    return result
