from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from engine.app import Engine
from tests.site import CONFIRMED, Program, Site

N_CALLERS = 20


def all_at_once(site: Site, path: str, value: object = None) -> list[tuple[int, str]]:
    """Status and code of the same request from twenty callers that wait for each other."""
    start = Barrier(N_CALLERS)
    token = site.program("leader").headers
    login = site.program("clerk").headers

    def ask(number: int) -> tuple[int, str]:
        caller = Program(site.app.test_client(), "")
        caller.headers = login if number % 2 else token
        start.wait()
        answer = caller.post(path, value)
        return answer.status_code, (answer.json or {}).get("code", "")

    with ThreadPoolExecutor(N_CALLERS) as pool:
        return list(pool.map(ask, range(N_CALLERS)))


@pytest.fixture
def site(engine: Engine) -> Site:
    site = Site(engine)
    assert site.task_id
    return site


def test_twenty_complete_one_task_over_http(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        answers = all_at_once(site, f"/tasks/{site.task_id}/complete", {"form": CONFIRMED})
    counts = Counter(status for status, _ in answers)
    assert counts[200] == 1, answers
    assert counts[409] + counts[403] == N_CALLERS - 1, answers
    assert counts[409] >= N_CALLERS // 2 - 1
    assert not [record for record in caplog.records if "IntegrityError" in record.getMessage()]


def test_twenty_claim_one_task_over_http(site: Site) -> None:
    answers = all_at_once(site, f"/tasks/{site.task_id}/claim")
    winners = {status for status, _ in answers}
    assert winners <= {200, 403, 409}
    assert len([1 for status, _ in answers if status == 200]) in range(1, N_CALLERS // 2 + 1)
    holder = site.program("clerk").get(f"/tasks/{site.task_id}").json
    assert holder is not None and holder["assignee"] == "clerk"
