from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from datetime import date
from multiprocessing import get_context
from threading import Event, Thread

import pytest
from sqlalchemy import insert, select

from engine import crashpoints, rotation
from engine.app import build
from engine.store import applications, attachments, documents, sealed
from engine.store.tables import sealed_value
from engine.store.tables_documents import attachment, document
from engine.store.tables_house import audit_event
from engine.store.types import meta
from engine.store.uow import UnitOfWork
from engine.store.vault import SealBroken, Sealed, read_ring
from tests.orders import PERSONAL, accept

FORK = get_context("fork")
N_VALUES, N_FEW = 10_000, 500
N_PAPERS = 20


@pytest.fixture
def order_id(engine):
    """An order with some sealed values, certificates and files."""
    return filled(engine, N_FEW)


def filled(engine, n_values):
    order_id = accept(engine).order_id
    values = {f"f{number:05d}": f"值{number}" for number in range(n_values)}
    rows = [sealed_row(engine, order_id, field, value) for field, value in values.items()]
    with UnitOfWork(engine.database) as uow:
        uow.run(insert(sealed_value), rows)
        uow.run(insert(attachment), [file_row(engine, order_id, number) for number in range(N_PAPERS)])
        uow.run(insert(document), [paper_row(engine, order_id, number) for number in range(N_PAPERS)])
        uow.finish()
    return order_id


def sealed_row(engine, order_id, field, value):
    one = engine.vault.seal(value, applications.place(order_id, field))
    return {"order_id": order_id, "field": field, "key_id": one.key_id, "sealed": one.data}


def file_row(engine, order_id, number):
    kept = attachments.sealed(engine.vault, f"%PDF {number}".encode(), id=f"a{number}", order_id=order_id,
                              kind="UPLOAD", media_type="application/pdf", at=engine.clock.now(),
                              by="clerk")  # fmt: skip
    return {name: getattr(kept, name) for name in attachments.AttachmentRow.__slots__}


def paper_row(engine, order_id, number):
    one = engine.vault.seal(f"证{number}", documents.place(f"d{number}"))
    return {"id": f"d{number}", "order_id": order_id, "doc_type": "PROPERTY_CERT", "provenance": "SHARED_ECERT",
            "subject_index": "x", "about_index": "x", "received_at": engine.clock.now(), "recorded_by": "clerk",
            "occurred_on": date(2026, 3, 2), "key_id": one.key_id, "certificate": one.data}  # fmt: skip


def everything(engine):
    """Every sealed value of the database in the clear, by its place; and under which keys they are."""
    found, keys = {}, set()
    with engine.read() as view:
        for shelf in sealed.SHELVES:
            for row in view.connection.execute(select(shelf.table).where(shelf.table.c.key_id.is_not(None))):
                place = shelf.place(row)
                found[place] = engine.vault.open(Sealed(row.key_id, bytes(getattr(row, shelf.column))), place)
                keys.add(row.key_id)
    return found, keys


def dies(settings, clock, point):
    """Rotate in a process of its own that is killed at the point."""

    def child():
        crashpoints._armed = crashpoints._read(point)
        crashpoints._passed = 0
        rotation.rotate(build(settings, clock))
        os._exit(0)

    process = FORK.Process(target=child)
    process.start()
    process.join(120)
    return process.exitcode == -signal.SIGKILL


def test_every_sealed_column_is_on_a_shelf():
    assert {table.name for table in meta.sorted_tables if "key_id" in table.c} == {s.name for s in sealed.SHELVES}


def test_killed_ten_times_nothing_is_lost(engine, settings, clock):
    filled(engine, N_VALUES)
    before, _ = everything(engine)
    assert len(before) >= N_VALUES + 2 * N_PAPERS
    points = [f"{point}:{n}" for n in range(1, 6) for point in ("before_commit", "after_commit")]
    killed = [dies(settings, clock, point) for point in points]
    assert killed == [True] * 10
    assert everything(engine)[0] == before

    done = rotation.rotate(engine)
    after, keys = everything(engine)
    assert after == before
    assert (done.key, keys) == ("k2", {"k2"})
    assert 0 < done.n_resealed < len(before)
    with engine.read() as view:
        kinds = (
            view.connection.execute(select(audit_event.c.kind).where(audit_event.c.kind.like("Key%"))).scalars().all()
        )
    assert kinds.count("KeyRotated") == 1
    assert engine.verify_audit()["broken"] == []


def test_who_works_meanwhile_reads_and_writes_on(engine, settings, clock, order_id):
    other = build(settings, clock)
    stop, wrong = Event(), []

    def work():
        number = 0
        while not stop.is_set():
            number += 1
            row = sealed_row(other, order_id, f"w{number}", f"新{number}")
            with UnitOfWork(other.database) as uow:
                uow.run(insert(sealed_value), [row])
                uow.finish()
            with other.read() as view:
                for field, value in ((f"w{number}", f"新{number}"), ("f00000", "值0"), ("phone", PERSONAL["phone"])):
                    if applications.opened(view.connection, other.vault, order_id, field) != value:
                        wrong.append(field)

    thread = Thread(target=work)
    thread.start()
    try:
        rotation.rotate(engine)
        rotation.rotate(engine)
    finally:
        stop.set()
        thread.join()
    other.close()
    assert wrong == []
    assert rotation.rotate(engine).key in ("k3", "k4")
    assert len(everything(engine)[1]) == 1


def test_old_keys_go_only_when_told_and_never_the_last_but_one(engine, settings, order_id):
    before, _ = everything(engine)
    for _ in range(3):
        rotation.rotate(engine)
    assert list(read_ring(settings.keys_path).pii) == ["k1", "k2", "k3", "k4"]
    done = rotation.rotate(engine, retire=True)

    assert (done.key, done.keys) == ("k5", ("k4", "k5"))
    assert everything(engine)[0] == before
    assert stat.S_IMODE(settings.keys_path.stat().st_mode) == 0o600
    assert [path.name for path in settings.keys_path.parent.glob(".keys.json.*")] == [".keys.json.lock"]


def test_indexes_and_sessions_outlive_a_rotation(engine, settings):
    session, index = engine.vault.session_secret, engine.vault.index("330681")
    accept(engine)
    rotation.rotate(engine)

    assert (engine.vault.session_secret, engine.vault.index("330681")) == (session, index)


def test_a_value_that_does_not_open_stops_the_rotation_and_stays(engine, settings):
    order_id = accept(engine).order_id
    with UnitOfWork(engine.database) as uow:
        row = sealed_row(engine, order_id, "spoilt", "x")
        uow.run(insert(sealed_value), [row | {"sealed": row["sealed"][:-1] + b"\x00"}])
        uow.finish()
    with pytest.raises(SealBroken):
        rotation.rotate(engine)

    with engine.read() as view:
        assert sealed.in_use(view.connection)["k1"] > 0
    assert "k1" in read_ring(settings.keys_path).pii


def test_the_command_says_what_it_did(engine, settings):
    accept(engine)
    environment = {**os.environ, "YIKUO_VAR_DIR": str(settings.var_dir), "YIKUO_DATABASE_URL": settings.database_url}
    command = [sys.executable, "-m", "engine", "rotate-keys", "--json"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)

    assert json.loads(ran.stdout) == {"key": "k2", "n_resealed": 6, "keys": ["k1", "k2"], "unused": []}
    assert everything(engine)[1] == {"k2"}
