from __future__ import annotations

from uuid import uuid4

import pytest

from engine.app import build
from engine.commands.deploy_process import DeployProcess
from engine.policy import SYSTEM
from engine.queries import orders, outside
from tests.diagrams import folder, path, service, user
from tests.orders import ADMIN, KEY, accept, tasks_of
from tests.platforms import running
from tests.schedulers import SchedulerProcess, wait_until


@pytest.fixture
def backend() -> str:
    return "postgresql"


@pytest.fixture
def site(settings):
    """An installation by the host's clock, as the scheduler process has it."""
    engine = build(settings)
    files = folder(
        service("fetch", "documents.fetch", result="got", doc_types="[&quot;PROPERTY_CERT&quot;]"),
        service("tell", "notify.send", template="&quot;result&quot;", detail="got"),
        user("a"),
        path("s", "fetch", "tell", "a", "e"),
    )
    files["manifest.toml"] = f'key = "{KEY}"\ntitle = "试验"\noperators = ["documents.fetch", "notify.send"]\n'.encode()
    engine.run(DeployProcess(files, uuid4().hex), ADMIN)
    yield engine
    engine.close()


def outages(engine):
    with engine.read() as view:
        return [found.platform for found in outside.outages(view)]


def n_waiting(engine, order):
    with engine.read() as view:
        return sum(call["state"] == "PENDING" for call in orders.order(view, SYSTEM, order.order_no).calls)


def test_an_outage_is_seen_passes_and_has_lost_nothing(site, settings, tmp_path):
    applicant = {
        "subject_type": "NATURAL_PERSON",
        "name": "许雅宁",
        "id_type": "RESIDENT_ID",
        "id_no": "330122196612281980",
        "phone": "13900138001",
    }
    with running() as sandbox:
        sandbox.mood(down=True)
        scheduler = SchedulerProcess(
            settings.database_url,
            settings.var_dir,
            tmp_path / "scheduler.log",
            YIKUO_SANDBOX_URL=sandbox.url,
            YIKUO_N_BREAKER_FAILURES="2",
            YIKUO_BREAKER_OPEN_SECONDS="0.5",
        )
        try:
            order = accept(site, applicant=applicant)
            assert wait_until(lambda: {"sharing", "notification"} <= set(outages(site)), 60)
            assert n_waiting(site, order) == 1  # the documents are DOWN and done with, the message waits
            sandbox.mood(down=False)
            assert wait_until(lambda: list(tasks_of(site, order.order_id)) == ["a"], 60)
            again = accept(site, applicant=applicant)
            assert wait_until(lambda: list(tasks_of(site, again.order_id)) == ["a"], 60)
            assert wait_until(lambda: outages(site) == [], 60)
        finally:
            assert scheduler.stop() == 0
        told = {item["message"]["order_no"]: item["message"]["detail"] for item in sandbox.notifications()["items"]}

    assert told == {
        order.order_no: [{"doc_type": "PROPERTY_CERT", "outcome": "DOWN"}],
        again.order_no: [{"doc_type": "PROPERTY_CERT", "outcome": "FOUND"}],
    }
    assert applicant["id_no"] not in (tmp_path / "scheduler.log").read_text(encoding="utf-8")
