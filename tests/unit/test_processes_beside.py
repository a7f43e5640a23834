"""The processes that run beside an order: promised documents and the ladder of delays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.errors import InvalidForm
from engine.kernel.forms import FormCheck, resolved
from tests.driving import Drive

AT = {"@datetime": "2026-03-09T09:00:00+08:00"}
OUT = {"doc_type": "PROPERTY_CERT", "name": "用电地址物权证明", "due_on": "2026-03-10"}
DELIVERY = {
    "channel": "POST",
    "delivered_on": "2026-03-05",
    "delivered": [{"doc_type": "PROPERTY_CERT", "way": "PAPER"}],
}


def steps(*actions: str) -> Callable[[Mapping[str, Any]], Any]:
    """Answers of `commitments.next`: one action after the other, then nothing outstanding."""
    left = list(actions)

    def following(_: Mapping[str, Any]) -> Any:
        if not left:
            return {"outstanding": 0, "action": "NONE", "at": None, "items": [], "promised": []}
        return {"outstanding": 1, "action": left.pop(0), "at": AT, "items": ["PROPERTY_CERT"], "promised": [OUT]}

    return following


def beside(*actions: str, **operators: Any) -> Drive:
    named = {name.replace("__", "."): answer for name, answer in operators.items()}
    return Drive(
        "missing_documents",
        "LV_NONRES",
        facts={"commitment_no": "C1"},
        operators={
            "letters.render": lambda _: {"content_hash": "0", "pages": 1},
            "commitments.next": steps(*actions),
            "commitments.mark": lambda _: {"outstanding": 1},
            "commitments.extend": lambda _: {"status": "EXTENDED"},
            "documents.receive": lambda _: {"outstanding": 0},
            **named,
        },
    )


def test_all_in_at_once_is_the_end() -> None:
    order = beside()
    assert order.standing.completed


def test_the_letter_is_printed_and_sent_while_the_days_are_counted() -> None:
    order = beside("REMIND", letters__render=None)
    assert order.waiting("letters.render")[0]["commitment_no"] == "C1"
    order.fire("mis_due")
    assert order.standing.completed


def test_what_comes_by_post_keeps_the_promise() -> None:
    received: list[Mapping[str, Any]] = []
    order = beside("REMIND", documents__receive=lambda p: received.append(p) or {"outstanding": 0})
    order.deliver("document_delivered", DELIVERY)
    assert received[0]["delivered"] == [{"doc_type": "PROPERTY_CERT", "way": "PAPER", "reference": None}]
    assert order.standing.completed


@pytest.mark.parametrize(
    ("action", "templates"),
    [
        ("REMIND", ["commitment_reminder"]),
        ("OVERDUE", ["commitment_overdue", "commitment_onsite"]),
        ("BREACH", ["commitment_breached"]),
        ("ONSITE", []),
        ("SUSPEND", []),
    ],
)
def test_each_rung_is_marked_and_told(action: str, templates: list[str]) -> None:
    marked: list[str] = []
    sent: list[str] = []
    order = beside(
        action,
        "REMIND",
        commitments__mark=lambda p: marked.append(p["action"]) or {"outstanding": 1},
        notify__send=lambda p: sent.append(p["template"]),
    )
    order.fire("mis_due")
    assert marked == [action]
    assert sent == ["commitment_receipt", *templates]


def test_a_message_that_does_not_go_out_does_not_stop_the_days() -> None:
    order = beside("REMIND", "OVERDUE", "REMIND", notify__send=None)
    order.fire("mis_due")
    order.fire("mis_due")
    assert {t.element_id for t in order.standing.timers.values()} == {"mis_due"}


def test_the_platform_fulfils_by_itself() -> None:
    answers = steps("RETRY", "RETRY")
    order = beside(commitments__next=answers, documents__fetch=None)
    order.fire("mis_due")
    assert order.waiting("documents.fetch")[0]["doc_types"] == ["PROPERTY_CERT"]
    order.operators["documents.fetch"] = lambda _: [{"doc_type": "PROPERTY_CERT", "outcome": "FOUND"}]
    order.answer()
    assert "mis_found_all" in order.passed
    assert order.standing.completed


def test_a_platform_that_is_down_is_asked_again_the_next_day() -> None:
    asked: list[Any] = []
    order = beside("RETRY", "RETRY", "RETRY", "RETRY", documents__fetch=lambda p: asked.append(p) or [])
    order.fire("mis_due")
    assert "mis_found_some" in order.passed
    order.fire("mis_due")
    assert len(asked) == 2
    assert order.standing.completed


@pytest.mark.parametrize(("after", "over"), [([], True), (["REMIND"], False)])
def test_what_is_collected_on_site_counts(after: list[str], over: bool) -> None:
    received: list[Mapping[str, Any]] = []
    order = beside("ONSITE", "REMIND", *after, documents__receive=lambda p: received.append(p) or {"outstanding": 0})
    order.fire("mis_due")
    assert order.tasks == {"mis_collect"}
    order.do("mis_collect", visited_on="2026-03-09", visit_result="PARTLY", delivered=DELIVERY["delivered"])
    assert received[0]["delivered_on"] == "2026-03-09"
    assert order.standing.completed is over


def test_a_page_offers_what_is_still_out_by_its_name() -> None:
    order = beside("REMIND")
    (scope,) = {id(v): v for v in order.standing.scopes.values()}.values()
    form = resolved(order.process.forms["delivery"], scope)
    row = form["schema"]["properties"]["delivered"]["x-rows"][0]["properties"]
    assert (row["name"]["const"], row["due_on"]["const"]) == ("用电地址物权证明", "2026-03-10")
    FormCheck(form).check({**DELIVERY, "delivered": [{**OUT, "way": "PAPER"}]})
    with pytest.raises(InvalidForm):
        FormCheck(form).check({**DELIVERY, "delivered": []})


def test_an_extension_of_what_has_come_meanwhile_is_not_granted() -> None:
    asked: list[Any] = []
    order = beside("REMIND", commitments__extend=lambda p: asked.append(p))
    order.deliver("commitment_extension_requested", {"requested_due_on": "2026-04-01", "ground": "AUTHORITY_PENDING"})
    order.do("mis_extension", extension_approved=True, new_due_on="2026-04-01", extension_note="同意")
    assert not asked
    assert order.standing.completed


@pytest.mark.parametrize(("action", "task"), [("SUSPEND", "mis_suspend"), ("BREACH", "mis_breach")])
def test_no_stop_without_a_person(action: str, task: str) -> None:
    order = beside(action, "REMIND", "REMIND")
    order.fire("mis_due")
    assert order.tasks == {task}
    assert {t.element_id for t in order.standing.timers.values()} == {"mis_due"}


def test_an_extension_is_approved_by_another() -> None:
    asked: list[Mapping[str, Any]] = []
    order = beside("REMIND", "REMIND", "REMIND", commitments__extend=lambda p: asked.append(p) or {})
    order.deliver("commitment_extension_requested", {"requested_due_on": "2026-04-01", "ground": "AUTHORITY_PENDING"})
    assert order.tasks == {"mis_extension"}
    (task,) = order.standing.tasks.values()
    assert task.role == "TEAM_LEADER"
    order.do("mis_extension", extension_approved=True, new_due_on="2026-04-01", extension_note="同意")
    assert (asked[0]["approved"], asked[0]["new_due_on"]) == (True, "2026-04-01")
    assert {m.message for m in order.standing.messages} == {"document_delivered", "commitment_extension_requested"}


def test_the_ladder_tells_one_after_the_other_when_it_is_due() -> None:
    sent: list[tuple[str, datetime]] = []
    order = Drive("overdue_escalation", "LV_NONRES", facts={"stage": "TOTAL"})
    order.operators["notify.send"] = lambda p: sent.append((p["to"], order.at))
    while order.standing.timers:
        order.fire("esc_due")
    day = {who: at.astimezone(UTC) for who, at in sent}
    assert list(day) == ["ACCOUNT_MANAGER", "TEAM_LEADER", "COUNTY_MANAGER", "CITY_MANAGER", "SUPERVISOR"]
    assert day["COUNTY_MANAGER"] == datetime(2026, 3, 23, 16, tzinfo=UTC)
    assert day["TEAM_LEADER"] < day["COUNTY_MANAGER"] < day["CITY_MANAGER"] < day["SUPERVISOR"]
    assert day["CITY_MANAGER"] == datetime(2026, 3, 25, 16, tzinfo=UTC)
    assert day["SUPERVISOR"] == datetime(2026, 3, 30, 16, tzinfo=UTC)
    assert list(order.rungs_taken) == ["WARNING", "NEAR", "OVERDUE", "OVERDUE_CITY", "OVERDUE_CENTRE"]
    assert order.tasks == {"sup_issue"}
    assert not order.standing.completed


def test_a_rung_that_somebody_took_is_skipped() -> None:
    told: list[Any] = []
    order = Drive("overdue_escalation", "LV_NONRES", facts={"stage": "TOTAL"})
    order.operators["notify.send"] = lambda p: told.append(p["to"])
    order.operators["escalations.take"] = lambda _: {"taken": False, "more": len(order.rungs_taken) < 5}
    for code in ("WARNING", "NEAR", "OVERDUE", "OVERDUE_CITY", "OVERDUE_CENTRE"):
        order.rungs_taken[code] = order.at + timedelta(days=99)
        order.fire("esc_due")
    assert (told, order.tasks) == ([], set())
    assert order.standing.completed


def test_a_supervision_order_is_answered_in_time_or_told_and_returned_until_it_is_accepted() -> None:
    told: list[Any] = []
    order = Drive("supervision_order", "LV_NONRES", facts={"stage": "TOTAL"})
    order.operators["notify.send"] = lambda p: told.append((p["template"], p["to"], p["copy_to"]))
    order.do("sup_issue", supervision_reason="WORKS", measure="增派班组", deadline="2026-03-06")
    assert told == [("supervision_order_issued", "COUNTY_MANAGER", ["TEAM_LEADER"])]
    order.fire("sup_late")
    assert order.at.astimezone(UTC) == datetime(2026, 3, 6, 16, tzinfo=UTC)
    assert told[1:] == [("supervision_order_overdue", "COUNTY_MANAGER", ["CITY_MANAGER", "SUPERVISOR"])]
    order.do("sup_answer", cause="WORKS", measures="已增派班组", planned_on="2026-03-20")
    order.do("sup_review", answer_accepted=False, new_deadline="2026-03-10")
    assert order.tasks == {"sup_answer"}
    (timer,) = order.standing.timers.values()
    assert timer.due_at == datetime(2026, 3, 10, 16, tzinfo=UTC)
    order.do("sup_answer", cause="GRID", measures="已协调停电", planned_on="2026-03-20")
    order.do("sup_review", answer_accepted=True)
    assert order.standing.completed
