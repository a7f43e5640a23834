"""Every day: are the chains of the record whole? A bounded part of them, going on where the day before left off."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import structlog

from engine.queries.house import verify_audit
from engine.store.audit import HOUSE

if TYPE_CHECKING:
    from engine.app import Engine
    from engine.periodic.running import Period

N_KEPT = 100
log = structlog.get_logger()


def self_check(engine: Engine, period: Period) -> dict[str, Any]:
    """Check the next chains; `next_after` is where the following run goes on. A break is an alarm, not an error."""
    after = int(period.before.get("next_after", HOUSE - 1))
    with engine.read() as view:
        found = verify_audit(view, after=after, limit=engine.settings.n_self_check_events)
    if found.breaks:
        log.critical("the record is broken", action="audit.broken", n=len(found.breaks), chain=found.breaks[0].chain)
    broken = [*_not_yet_again(period, after, found.through), *map(asdict, found.breaks)]
    return {
        "after": after,
        "next_after": found.through if found.through is not None else HOUSE - 1,
        "n_events": found.n_events,
        "n_broken": len(broken),
        "broken": broken[:N_KEPT],
    }


def _not_yet_again(period: Period, after: int, through: int | None) -> list[dict[str, Any]]:
    """Breaks that an earlier run found in chains that this one did not reach: they stand until looked at again."""
    return [
        each
        for each in period.before.get("broken", ())
        if each["chain"] <= after or (through is not None and each["chain"] > through)
    ]
