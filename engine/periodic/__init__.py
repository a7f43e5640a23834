"""Work that time itself asks for, each period once however many schedulers there are. Only its users import it."""

from __future__ import annotations

from engine.periodic.registry import PERIODIC
from engine.periodic.running import Period, Periodic, run_due
from engine.periodic.standing import WorkStanding, standing

__all__ = ["PERIODIC", "Period", "Periodic", "WorkStanding", "run_due", "standing"]
