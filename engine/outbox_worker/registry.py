"""Which operator is done by whom. A new one is a file in handlers/ and a line here; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.outbox_worker.handlers import ami, documents, evidence, identity, letters, notify, portal
from engine.outbox_worker.operators import Operator
from engine.outbox_worker.recording import record_fetched
from engine.portal import SEND_CODE

OPERATORS: Final[Mapping[str, Operator]] = {
    "ami.first_energised": Operator(ami.first_energised, when_down=ami.down),
    "documents.fetch": Operator(documents.fetch, record=record_fetched),
    "evidence.verify": Operator(evidence.verify, when_down=evidence.down),
    "identity.verify": Operator(identity.verify, when_down=identity.down),
    "letters.render": Operator(letters.render, record=letters.record),
    "notify.send": Operator(notify.send, waits_for="notification"),
    SEND_CODE: Operator(portal.send_code, waits_for="notification"),
}
