"""Write down what the sharing platform answered for each document, and go on. A second answer changes nothing.

One transaction: the log of queries, the documents that were found, the promises that they keep, the reply.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.commands import record_reply
from engine.commands.clockwork import shanghai_day
from engine.commands.operators import inputs
from engine.commands.paperwork import (
    DATA_SHARING,
    PLATFORM,
    fulfil,
    keep,
    new_id,
    papers_of,
    standing_consent,
    subject_index,
)
from engine.commands.record_reply import RecordReply, Replied
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.domain.documents import NeedState, Outcome, Provenance, is_valid
from engine.domain.identifiers import mask_id
from engine.errors import Invalid, NotFound
from engine.policy import SYSTEM, Permission
from engine.store import documents, orders, outbox
from engine.store.documents import QueryRow

NOT_ASKED = frozenset({"NOT_AUTHORISED", "NO_AGENT"})
"""Reasons of an outcome for which no question went out: that is no query, and excuses no paper."""
_PROVENANCES = {"DATA": Provenance.SHARED_DATA}


@dataclass(frozen=True, slots=True)
class RecordFetched:
    """`results`: a mapping for each document: doc_type, outcome, and if known reason, asked_at, authorisation_id,
    platform_no, certificate_no, valid_from, valid_to, kind (`ECERT`, or `DATA` for facts without a certificate)."""

    call_id: str
    key: str
    results: tuple[Mapping[str, Any], ...]


def handle(command: RecordFetched, tx: Tx) -> Replied:
    """The process gets `[{doc_type, outcome}]`. Raises NotFound for an unknown call, Invalid for an unknown outcome."""
    call = next((c for c in outbox.of_order(tx.connection, tx.order.id) if c["call_id"] == command.call_id), None)
    if call is None:
        raise NotFound()
    answers = [_Answer.read(row) for row in command.results]
    fresh = call["state"] != outbox.ANSWERED and not any(q.call_id == command.call_id for q in papers_of(tx).queries)
    reply = [{"doc_type": answer.doc_type, "outcome": answer.on(tx).value} for answer in answers]
    if fresh:
        _log(tx, call, answers)
        if tx.order.status == orders.RUNNING:  # also when the process waits no longer: it is on file from now on
            _take(tx, answers)
    return record_reply.handle(RecordReply(command.call_id, command.key, result=reply), tx)


@dataclass(frozen=True, slots=True)
class _Answer:
    doc_type: str
    outcome: Outcome
    row: Mapping[str, Any]

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> _Answer:
        try:
            return cls(inputs.text(row, "doc_type"), Outcome(row["outcome"]), row)
        except (KeyError, ValueError) as error:
            raise Invalid(f"共享平台的结果不可用：{error}", field="results") from error

    def on(self, tx: Tx) -> Outcome:
        """What is found must be valid today, whatever the platform thinks."""
        if self.outcome is Outcome.FOUND and not is_valid(*self.valid, shanghai_day(tx.received_at)):
            return Outcome.EXPIRED
        return self.outcome

    @property
    def valid(self) -> tuple[Any, Any]:
        return inputs.day(self.row.get("valid_from"), "valid_from"), inputs.day(self.row.get("valid_to"), "valid_to")

    @property
    def certificate_no(self) -> str:
        return inputs.text(self.row, "certificate_no")


def _log(tx: Tx, call: Mapping[str, Any], answers: Iterable[_Answer]) -> None:
    papers, params = papers_of(tx), call["params"]
    consent = standing_consent(papers, DATA_SHARING, tx.received_at)
    operator = documents.asked_by(tx.connection, tx.order.id, call["created_at"]) or SYSTEM.id
    told = []
    for answer in answers:
        told.append({"document": answer.doc_type, "outcome": answer.on(tx).value, "reason": answer.row.get("reason")})
        if answer.row.get("reason") in NOT_ASKED:
            continue
        papers.queries.append(
            QueryRow(
                id=new_id(),
                order_id=tx.order.id,
                doc_type=answer.doc_type,
                subject_index=subject_index(tx),
                call_id=call["call_id"],
                purpose=str(params.get("purpose") or "")[:64],
                authorisation_id=answer.row.get("authorisation_id") or (consent.id if consent else None),
                asked_at=inputs.instant(answer.row.get("asked_at"), "asked_at") or tx.received_at,
                outcome=answer.on(tx).value,
                operator=operator,
                certificate_masked=mask_id(answer.certificate_no) if answer.certificate_no else None,
                reason=answer.row.get("reason") or None,
                platform_no=answer.row.get("platform_no") or None,
            )
        )
    tx.record("DocumentsFetched", {"call": call["call_id"], "results": told, "operator": operator})


def _take(tx: Tx, answers: Iterable[_Answer]) -> None:
    """What was found is had from now on, unless it came by another way meanwhile, or is not needed any more."""
    papers = papers_of(tx)
    for answer in answers:
        need = papers.need(answer.doc_type)
        if need is None or need.state not in (NeedState.OPEN, NeedState.PROMISED) or answer.on(tx) is not Outcome.FOUND:
            continue
        provenance = _PROVENANCES.get(answer.row.get("kind", ""), Provenance.SHARED_ECERT)
        document = keep(tx, need, provenance, certificate_no=answer.certificate_no, valid=answer.valid)
        fulfil(tx, document, PLATFORM)


VERB = Verb(RecordFetched, Replied, Permission.REPLY_RECORD, handle, locks=("call", "call_id"))
