"""What is to be done every day and every month. A new work is a line here; its name is kept in the rows for good."""

from __future__ import annotations

from datetime import time

from engine.periodic import capping, searching, tidying, turning, verifying
from engine.periodic.running import Periodic

PERIODIC: tuple[Periodic, ...] = (
    Periodic("month_turn", "month", time(0, 10), turning.month_turn),
    Periodic("cap_pauses", "day", time(0, 20), capping.cap_pauses),
    Periodic("fill_search", "day", time(1, 30), searching.fill_search),
    Periodic("self_check", "day", time(2, 30), verifying.self_check),
    Periodic("clean_up", "day", time(3, 30), tidying.clean_up),
)
