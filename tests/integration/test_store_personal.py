from __future__ import annotations

import json
import logging
from uuid import uuid4

import pytest
from sqlalchemy import text

from engine.commands.accept_application import AcceptApplication
from engine.commands.create_account import CreateAccount
from engine.errors import Invalid
from engine.outbox_worker import deliver_due
from engine.policy import SYSTEM
from engine.store import applications
from engine.store.tables import connection_order
from engine.store.types import meta
from engine.store.vault import SealBroken
from tests.diagrams import path, service, user
from tests.orders import ADMIN, PERSONAL, UNIT, accept, application, deploy, finish

AGENT = {"name": "司马代办乙", "id_no": "330205198511301282", "phone": "13700137002"}
PASSWORD = "canary-password-0042"
CANARIES = [*PERSONAL.values(), *AGENT.values(), PASSWORD, "测试甲", "代办乙", "试验路77号"]


class Remembering:
    def __init__(self):
        self.messages = []

    def deliver(self, key, message):
        self.messages.append(message)
        return {"status": "accepted"}


@pytest.fixture
def used(engine, caplog):
    """An installation in which an order with personal values went all the way, and one was refused."""
    caplog.set_level(logging.DEBUG)
    deploy(engine, service("tell", "notify.send", template="&quot;t&quot;"), user("a"), path("s", "tell", "a", "e"))
    order = accept(engine, agent=AGENT)
    outside = Remembering()
    deliver_due(engine, outside)
    finish(engine, order.order_id)
    with pytest.raises(Invalid) as refused:
        engine.run(AcceptApplication(application(agent=AGENT, capacity_kw=-1), uuid4().hex), SYSTEM)
    engine.run(CreateAccount("staff", "职员", PASSWORD, ("SURVEYOR",), UNIT, "k"), ADMIN)
    return engine, order, outside, str(refused.value) + repr(refused.value.faults)


def dumped(engine):
    """Every value of every table, as text."""
    with engine.read() as view:
        for table in meta.sorted_tables:
            for row in view.connection.execute(table.select()):
                yield from (bytes(v).decode("latin-1") if isinstance(v, bytes | memoryview) else str(v) for v in row)


def test_no_personal_value_is_stored_in_the_clear(used, caplog):
    engine, *_, refusal = used
    stored = "\n".join(dumped(engine))
    encoded = stored.encode("latin-1", errors="ignore").decode("utf-8", errors="ignore")
    escaped = [json.dumps(canary)[1:-1] for canary in CANARIES]

    assert "杨" not in CANARIES and "TaskDone" in stored
    assert [c for c in (*CANARIES, *escaped) if c in stored or c in encoded or c in refusal or c in caplog.text] == []


def test_no_personal_value_is_in_the_files_of_sqlite(used, settings):
    engine = used[0]
    if engine.database.dialect == "postgresql":
        with engine.read() as view:  # the same for the server: what it would dump was looked at above
            assert view.connection.execute(text("SELECT count(*) FROM sealed_value")).scalar() == 9
        return
    engine.close()
    name = settings.database_url.removeprefix("sqlite:///")
    files = [path for suffix in ("", "-wal", "-shm") for path in [settings.var_dir.parent / f"{name}{suffix}"]]
    stored = b"".join(path.read_bytes() for path in files if path.exists())

    assert b"TaskDone" in stored
    assert [c for c in CANARIES if c.encode() in stored or json.dumps(c)[1:-1].encode() in stored] == []


def test_sealed_values_open_at_their_place_only(used):
    engine, order, *_ = used
    with engine.read() as view:
        found = {f: applications.opened(view.connection, engine.vault, order.order_id, f) for f in ("name", "phone")}
        assert applications.opened(view.connection, engine.vault, order.order_id, "nothing") is None
    assert found == {"name": PERSONAL["name"], "phone": PERSONAL["phone"]}

    other = accept(engine)
    moved = text(
        "UPDATE sealed_value SET sealed = (SELECT sealed FROM sealed_value WHERE order_id = :a AND field = :f)"
    )
    with engine.database.engine.connect() as connection:
        connection.execute(moved, {"a": order.order_id, "f": "name"})
        connection.commit()
    with engine.read() as view, pytest.raises(SealBroken):
        applications.opened(view.connection, engine.vault, other.order_id, "name")


def test_the_recipient_is_known_only_to_the_outside(used):
    [message] = used[2].messages

    assert message["phone"] == PERSONAL["phone"]
    assert message["operator"] == "notify.send"


def test_one_identity_is_found_by_its_blind_index(used):
    engine, order, *_ = used
    other = accept(engine)
    with engine.read() as view:
        index = engine.vault.index(PERSONAL["id_no"])
        assert applications.orders_of(view.connection, index) == [order.order_no, other.order_no]
        assert applications.orders_of(view.connection, engine.vault.index("330102199003070020")) == []


def test_variables_hold_nothing_personal(engine):
    deploy(engine, user("a"), path("s", "a", "e"))
    order = accept(engine)
    with engine.read() as view:
        row = view.connection.execute(connection_order.select().where(connection_order.c.id == order.order_id)).one()

    variables = json.loads(bytes(row.instance))["vars"]
    assert order.order_no in json.dumps(variables)
    assert [c for c in CANARIES if c in json.dumps(variables, ensure_ascii=False)] == []
