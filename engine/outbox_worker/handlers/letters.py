"""`letters.render`: print a commitment letter. Our own work, done here because it takes a third of a second and no
transaction may wait for it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.app import Engine
from engine.commands.record_rendered import RecordRendered
from engine.commands.verbs import Command
from engine.errors import Invalid, NotFound, Unavailable
from engine.letters import printed
from engine.outbox_worker.case import text
from engine.policy import SYSTEM
from engine.ports.failures import DeliveryFailed
from engine.queries import letters
from engine.store.outbox import Delivery


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter as it is to be kept."""

    commitment_no: str
    content: bytes
    n_pages: int
    content_hash: str


def render(engine: Engine, call: Delivery) -> Rendered:
    """The PDF of the letter as it stands. Raises DeliveryFailed: final when the letter or its template is at fault, and
    to be tried again when this machine cannot print."""
    number = text(call, "commitment_no")
    try:
        with engine.read() as view:
            found = letters.document(view, SYSTEM, number)
        paper = printed(found.html)
    except (Invalid, NotFound) as error:
        raise DeliveryFailed(f"LETTER {error.code}", final=True) from error
    except Unavailable as error:
        raise DeliveryFailed(f"PRINTER {error.detail}", final=False) from error
    return Rendered(number, paper.data, paper.n_pages, found.content_hash)


def record(call: Delivery, key: str, result: Rendered) -> Command:
    """Keep the file and answer the process."""
    return RecordRendered(
        call.call_id, key, result.commitment_no, result.content, result.n_pages, content_hash=result.content_hash
    )
