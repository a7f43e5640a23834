from __future__ import annotations

from datetime import date

import pytest
from alembic import command
from sqlalchemy import text

from engine.domain.calendar import WorkingCalendar
from engine.domain.clocks import state_of
from engine.domain.segments import segment_of
from engine.folders import read_calendars
from engine.settings import Settings
from engine.store import clocks
from engine.store import migrate as migrations
from engine.store.database import Database

AT = "2026-03-02T01:00:00.000000Z"
ORDER = (
    "INSERT INTO connection_order (id, order_no, channel, content_digest, unit_code, hall_code, category, process_key,"
    " tables_version_id, status, submitted_at, accepted_at, version, audit_seq, audit_hash, n_incidents)"
    " VALUES (:id, :no, 'HALL', 'x', '3340102', '3340102H0', 'HV_SINGLE', 'hv_single', 1, 'RUNNING', :at, :at, 1, 0,"
    " 'x', 0)"
)
CLOCK = (
    "INSERT INTO clock (order_id, stage, kind, limit_workdays, warn_share, basis, used_workdays, running_since,"
    " paused_since, wants_to_run, paused_workdays, due_on) VALUES (:order, :stage, :kind, :limit, '0.7', 'b', :used,"
    " :since, :paused, :wants, :idle, :due)"
)
ROWS = [
    # order, stage, kind, limit, used, running since, paused since, wants to run, paused workdays, due
    (1, "TOTAL", "SUM", 22, 5, "2026-03-11", None, False, 3, "2026-04-03"),
    (1, "SUPPLY_PLAN_REPLY", "STAGE", 11, 2, "2026-03-11", None, False, 0, "2026-03-24"),
    (1, "DESIGN_REVIEW", "STAGE", 3, 3, None, None, False, 0, None),
    (2, "TOTAL", "WHOLE", 5, 2, None, "2026-03-04", True, 1, None),
    (2, "METER_INSTALLATION", "STAGE", 3, 0, None, "2026-03-04", False, 0, None),
    (3, "TOTAL", "WHOLE", 5, 5, None, None, False, 0, None),
]


@pytest.fixture
def before(request, backend, tmp_path):
    """A database of the schema before segments, with clocks that run, are paused, stand and have ended."""
    url = f"sqlite:///{tmp_path / 'before.db'}"
    if backend == "postgresql":
        url = request.getfixturevalue("postgres").create("clocks_before")
    database = Database(url)
    with database.engine.connect() as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        connection.execute(
            text(
                "INSERT INTO process_version (id, process_key, version, title, note, digest, deployed_at, deployed_by)"
                " VALUES (1, '_shared', 1, 'P', '', 'x', :at, 'x')"
            ),
            {"at": AT},
        )
        for n in (1, 2, 3):
            connection.execute(text(ORDER), {"id": n, "no": f"N{n}", "at": AT})
        names = ("order", "stage", "kind", "limit", "used", "since", "paused", "wants", "idle", "due")
        for row in ROWS:
            connection.execute(text(CLOCK), dict(zip(names, row, strict=True)))
        connection.execute(
            text(
                "INSERT INTO hold (id, order_id, seq, kind, reason_code, signed_by_customer, requested_by,"
                " requested_at, occurred_at, decision, held_from)"
                " VALUES ('h', 2, 1, 'SUSPEND', 'S1', :yes, 'x', :at, :at, 'APPROVED', :at)"
            ),
            {"at": AT, "yes": True},
        )
        connection.commit()
    yield database
    database.close()


def test_what_clocks_said_becomes_segments_and_shows_the_same(before):
    migrations.migrate(before)
    assert migrations.differences(before) == []
    calendar = WorkingCalendar.from_texts(read_calendars(Settings().processes_dir))
    with before.read() as connection:
        found = {n: clocks.whole(connection, n) for n in (1, 2, 3)}
    states = {
        (n, row["stage"]): (row, state_of("HV_SINGLE", row, map(segment_of, parts)))
        for n, rows in found.items()
        for row, parts in rows
    }
    assert len(states) == len(ROWS)
    for row, state in states.values():
        end = state.deadline(calendar)
        shown = (state.used_before(calendar), state.running_since, state.paused_since, state.wants_to_run)
        assert shown == tuple(row[n] for n in ("used_workdays", "running_since", "paused_since", "wants_to_run"))
        assert state.paused_workdays(calendar) == row["paused_workdays"]
        assert (end.due_on if end else None) == row["due_on"]
    _, total = states[1, "TOTAL"]
    assert [(s.kind, s.reason, s.from_on) for s in total.segments] == [("RUN", "SUPPLY_PLAN_REPLY", date(2026, 3, 11))]
    _, whole = states[2, "TOTAL"]
    assert [(s.kind, s.reason, s.hold_id) for s in whole.segments] == [("RUN", "", None), ("PAUSE", "S1", "h")]
    resumed = whole.resume(date(2026, 3, 9))
    assert (resumed.running_since, resumed.used_before(calendar)) == (date(2026, 3, 9), 2)
    assert resumed.paused_workdays(calendar) == 4  # one before, three now
    ended = total.stop(date(2026, 3, 13), "SUPPLY_PLAN_REPLY")
    assert (ended.is_running, ended.used_before(calendar)) == (False, 7)
