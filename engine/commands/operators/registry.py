"""Every inner operator by the name that diagrams use. An operator that is not here goes through the outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from engine.commands.operators import (
    orders_reclassify,
    orders_resume,
    orders_same_premise,
    orders_standing,
    orders_suspend,
    orders_terminate,
)
from engine.commands.operators.documents_registry import DOCUMENTS
from engine.commands.operators.escalation_registry import ESCALATION
from engine.commands.tx import Tx
from engine.kernel.model import Json

Operator: TypeAlias = Callable[[Tx, Mapping[str, Any]], Json]

INNER: dict[str, Operator] = {
    **DOCUMENTS,
    **ESCALATION,
    "orders.reclassify": orders_reclassify.handle,
    "orders.resume": orders_resume.handle,
    "orders.same_premise": orders_same_premise.handle,
    "orders.standing": orders_standing.handle,
    "orders.suspend": orders_suspend.handle,
    "orders.terminate": orders_terminate.handle,
}

OUTER = frozenset(
    {"ami.first_energised", "documents.fetch", "evidence.verify", "identity.verify", "letters.render", "notify.send"}
)
"""What the outbox worker can do: the keys of its registry, which stands above us."""
