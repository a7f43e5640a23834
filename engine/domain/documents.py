"""Papers of an order: where each may come from, in which order, and when a person may be asked for one. Pure: needs and
the log of the sharing platform come in as plain data; nothing is fetched or kept here.

Law and notice: what the platform can give may not be asked on paper (浙电营字〔2021〕25号); what is held and valid is
not asked again (domain dossier 4.2, rules A09a to A09c of 6.3).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

QUERY_COUNTS_FOR = timedelta(hours=24)
"""How long a failed query excuses paper: rule A09a of the supervision looks back so far, both ends included."""

SUBJECT_CERT = "SUBJECT_CERT"
"""The one certificate that the customer brings himself: seen at the identity check, so never asked for again."""


class Provenance(StrEnum):
    """Where a document came from (domain dossier 0, rule 6)."""

    SHARED_ECERT = "SHARED_ECERT"
    SHARED_DATA = "SHARED_DATA"
    CUSTOMER_ECERT = "CUSTOMER_ECERT"
    REUSED = "REUSED"
    CUSTOMER_UPLOAD = "CUSTOMER_UPLOAD"
    PAPER = "PAPER"
    COMMITMENT = "COMMITMENT"


class NeedState(StrEnum):
    """OPEN: not there yet. HELD: there. PROMISED: by a commitment letter. WAIVED: the order needs it no more."""

    OPEN = "OPEN"
    HELD = "HELD"
    PROMISED = "PROMISED"
    WAIVED = "WAIVED"


class Outcome(StrEnum):
    """What the sharing platform answered for one document."""

    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
    MISMATCH = "MISMATCH"
    DOWN = "DOWN"
    NOT_ON_PLATFORM = "NOT_ON_PLATFORM"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


class DueRule(StrEnum):
    """When a document of the checklist is collected. QUERY_ONLY: looked up, never asked of anybody. AT_STAGE: when its
    stage comes, by a checklist of its own."""

    AT_ACCEPTANCE = "AT_ACCEPTANCE"
    COMMITMENT = "COMMITMENT"
    AT_STAGE = "AT_STAGE"
    QUERY_ONLY = "QUERY_ONLY"


class Way(StrEnum):
    """How a customer may supply a document, in the order in which he is offered it."""

    CUSTOMER_ECERT = "CUSTOMER_ECERT"
    UPLOAD = "UPLOAD"
    COMMITMENT = "COMMITMENT"
    PAPER = "PAPER"


class Reason(StrEnum):
    """Why a document is missing, as a commitment letter words it."""

    PLATFORM_NO_DATA = "PLATFORM_NO_DATA"
    PLATFORM_DOWN = "PLATFORM_DOWN"
    NOT_YET_ISSUED = "NOT_YET_ISSUED"
    NOT_ON_PLATFORM = "NOT_ON_PLATFORM"
    DATA_MISMATCH = "DATA_MISMATCH"
    NOT_AUTHORISED = "NOT_AUTHORISED"


class About(StrEnum):
    """Of what a document speaks, and so for which other orders it is as good: of the subject, of the subject at the
    premise, of the agent, or of this one order only."""

    SUBJECT = "SUBJECT"
    PREMISE = "PREMISE"
    AGENT = "AGENT"
    ORDER = "ORDER"


PROVENANCE_OF = {
    Way.CUSTOMER_ECERT: Provenance.CUSTOMER_ECERT,
    Way.UPLOAD: Provenance.CUSTOMER_UPLOAD,
    Way.PAPER: Provenance.PAPER,
}
COLLECTED = frozenset({Provenance.CUSTOMER_UPLOAD, Provenance.PAPER})
_ABOUT = {
    SUBJECT_CERT: About.SUBJECT,
    "LEGAL_REP_ID": About.SUBJECT,
    "TAX_QUALIFICATION": About.SUBJECT,
    "SME_STATUS": About.SUBJECT,
    "AGENT_ID": About.AGENT,
    "PROPERTY_CERT": About.PREMISE,
    "PLANNING_PERMIT": About.PREMISE,
    "PROJECT_APPROVAL": About.PREMISE,
    "ENVIRONMENT_APPROVAL": About.PREMISE,
    "PARKING_RIGHT": About.PREMISE,
    "PROPERTY_MANAGER_CONSENT": About.PREMISE,
    "VILLAGE_PROOF": About.PREMISE,
}
_REASONS = {
    Outcome.NOT_FOUND: Reason.PLATFORM_NO_DATA,
    Outcome.REVOKED: Reason.PLATFORM_NO_DATA,
    Outcome.EXPIRED: Reason.NOT_YET_ISSUED,
    Outcome.DOWN: Reason.PLATFORM_DOWN,
    Outcome.MISMATCH: Reason.DATA_MISMATCH,
    Outcome.NOT_ON_PLATFORM: Reason.NOT_ON_PLATFORM,
}


@dataclass(frozen=True, slots=True)
class Query:
    """One attempt to get a document from the sharing platform."""

    doc_type: str
    outcome: Outcome
    asked_at: datetime

    @property
    def failed(self) -> bool:
        """Every answer but FOUND: each of them lets the customer give it himself."""
        return self.outcome is not Outcome.FOUND


@dataclass(frozen=True, slots=True)
class Need:
    """What the ways of a document hang on. `may_query` is False when the customer has refused the sharing of data."""

    doc_type: str
    shareable: bool
    deferrable: bool
    must_now: bool
    may_query: bool = True

    @property
    def may_promise(self) -> bool:
        """May a commitment letter stand in for it?"""
        return self.deferrable and not self.must_now

    @property
    def may_fetch(self) -> bool:
        """Is it to be asked of the platform first?"""
        return self.shareable and self.may_query


def about(doc_type: str) -> About:
    """Of what a document speaks; of what is not known to be good elsewhere, of this order only."""
    return _ABOUT.get(doc_type, About.ORDER)


def premise_key(real_estate_unit_no: str, address: str) -> str:
    """What makes two premises the same one: the unit number of the estate, else the address without blanks."""
    return real_estate_unit_no or "".join(unicodedata.normalize("NFKC", address).split()).upper()


def is_valid(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    """Is a document good on this day? The last day of validity is."""
    return (valid_from is None or valid_from <= on) and (valid_to is None or on <= valid_to)


def may_be_on_paper(need: Need, queries: Iterable[Query], since: datetime, until: datetime) -> bool:
    """May an upload or paper be taken that came in between two instants (the same one, if it is known exactly)?

    Rule A09a: for a document that can be shared only with a failed query in the 24 hours before it came.
    """
    if not need.may_fetch:
        return True
    earliest = since - QUERY_COUNTS_FOR
    return any(q.doc_type == need.doc_type and q.failed and earliest <= q.asked_at <= until for q in queries)


def ways(need: Need, queries: Iterable[Query], at: datetime) -> tuple[Way, ...]:
    """How a document that is not there yet may be supplied at this instant, in the order of the notice."""
    on_paper = may_be_on_paper(need, queries, at, at)
    offered = {
        Way.CUSTOMER_ECERT: need.shareable,
        Way.UPLOAD: on_paper,
        Way.COMMITMENT: need.may_promise,
        Way.PAPER: on_paper,
    }
    return tuple(way for way in Way if offered[way])


def refusal(need: Need, way: Way, queries: Iterable[Query], since: datetime, until: datetime) -> str:
    """The stable code of why a way is not open for a document that came in between two instants, or nothing."""
    if way is Way.COMMITMENT:
        return "" if need.may_promise else "not_deferrable"
    if way is Way.CUSTOMER_ECERT:
        return "" if need.shareable else "no_ecert"
    return "" if may_be_on_paper(need, queries, since, until) else "paper_refused"


def reason(need: Need, queries: Iterable[Query]) -> Reason:
    """Why a document is missing, by the last answer of the platform."""
    if not need.shareable:
        return Reason.NOT_ON_PLATFORM
    if not need.may_query:
        return Reason.NOT_AUTHORISED
    asked = [query for query in queries if query.doc_type == need.doc_type and query.failed]
    last = max(asked, key=lambda query: query.asked_at, default=None)
    return _REASONS[last.outcome] if last is not None else Reason.NOT_ON_PLATFORM
