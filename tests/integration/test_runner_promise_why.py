from __future__ import annotations

from datetime import date

import pytest

from tests.integration.test_runner_recount import notice, recount
from tests.promises import draft, failing, items, promise_both, run, sign
from tests.stopping import told


@pytest.fixture
def promised(engine):
    return promise_both(engine, failing(engine))


def test_a_promise_says_which_bound_made_its_day(engine, promised):
    draft(engine, promised)
    why = items(engine, promised)["PROPERTY_CERT"].why
    assert why is not None
    assert (why["rule"], why["due_on"], why["workday"]) == ("workdays", "2026-04-14", True)
    assert why["text"].startswith(f"签署后 {why['workdays']} 个工作日：自 2026-03-02 次日起")


def test_an_earlier_day_of_the_customers_own_says_so_and_an_extension_too(engine, promised):
    draft(engine, promised, date(2026, 3, 12))
    sign(engine, promised)
    why = items(engine, promised)["EQUIPMENT_LIST"].why
    assert why is not None and why["rule"] == "promised"
    assert why["text"].startswith("客户承诺于 2026-03-12 前补交；最迟 2026-04-14（签署后")
    run(engine, promised, "commitments.extend", approved=True, new_due_on="2026-03-17")
    why = items(engine, promised)["EQUIPMENT_LIST"].why
    assert why is not None and (why["rule"], why["due_on"]) == ("extended", "2026-03-17")
    assert "由 2026-03-12 延期至 2026-03-17" in why["text"]


def test_a_new_calendar_moves_only_a_day_that_is_no_working_day_any_more(engine, promised):
    draft(engine, promised, date(2026, 3, 12))
    sign(engine, promised)
    before = items(engine, promised)
    notice(engine, "2026-03-10", "2026-03-12", "2026-03-13")
    assert recount(engine, promised).n_promises == 2
    after = items(engine, promised)
    assert {item.due_on for item in after.values()} == {date(2026, 3, 16)}
    assert {item.original_due_on for item in after.values()} == {date(2026, 3, 12)}
    assert "顺延至其后第一个工作日 2026-03-16" in (after["PROPERTY_CERT"].why or {})["text"]
    (entry,) = told(engine, promised, "DeadlinesRecounted")
    assert {each["before"] for each in entry.body["promises"]} == {"2026-03-12"}
    assert before["PROPERTY_CERT"].due_on == date(2026, 3, 12)


def test_a_day_that_was_no_working_day_before_stays_as_it_was_promised(engine, promised):
    draft(engine, promised, date(2026, 3, 14))  # a Saturday, of the customer's own choice
    sign(engine, promised)
    notice(engine, "2026-03-10")
    assert recount(engine, promised).n_promises == 0
    assert {item.due_on for item in items(engine, promised).values()} == {date(2026, 3, 14)}
