from __future__ import annotations

from datetime import date

import pytest

from engine.queries import dashboards
from engine.queries import heat
from tests.site import Site


def test_page(engine):
    site = Site(engine)
    print(site.order_no)
    v = site.visitor("leader")
    import traceback

    with engine.read() as view:
        from tests.orders import LEADER
        from tests.site import COUNTY
        from engine.policy import Actor

        a = Actor("leader", "x", roles=frozenset({"TEAM_LEADER"}), unit_code=COUNTY)
        print(dashboards.dashboard(view, a))
        print(heat.heat_map(view, a, None, "", "", dashboards.period_of(view, None, None)).spots[:3])
    for p in (
        "/dashboards",
        "/dashboards/orders",
        "/dashboards/heat",
        "/dashboards.csv",
        "/dashboards.xlsx",
        "/dashboards/heat.csv",
    ):
        r = v.get(p)
        print(p, r.status_code)
        assert r.status_code == 200
