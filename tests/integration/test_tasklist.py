from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from engine.commands.assign_task import AssignTask
from engine.commands.claim_task import ClaimTask
from engine.commands.create_account import CreateAccount
from engine.commands.follow_order import FollowOrder
from engine.commands.remove_filter import RemoveFilter
from engine.commands.save_filter import SaveFilter
from engine.errors import Forbidden, Invalid, NotFound
from engine.periodic.searching import fill_search
from engine.policy import SYSTEM, Actor
from engine.queries import colleagues, tasklist
from engine.queries.orders import timeline
from engine.queries.tasklist import Wanted
from engine.store.tables import application, task
from engine.store.tables_desk import search_gram
from engine.store.uow import UnitOfWork
from tests.diagrams import path, user
from tests.orders import CITY_CLERK, CLERK, LEADER, OTHER_UNIT, PERSONAL, STRANGER, SURVEYOR, UNIT, accept, deploy

PASSWORD = "Demo-2026-zj"
COUNTY = Actor("county", "主管", roles=frozenset({"COUNTY_MANAGER"}), unit_code=UNIT)


@pytest.fixture
def orders(engine):
    lane = "".join(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in ("s", "a", "e"))
    lanes = f'<bpmn:laneSet id="L"><bpmn:lane id="L1" name="受理">{lane}</bpmn:lane></bpmn:laneSet>'
    deploy(engine, lanes, user("a"), path("s", "a", "e"), lanes='[lanes]\n"受理" = "ACCEPTANCE_CLERK"\n')
    for actor in (CLERK, LEADER, SURVEYOR, STRANGER, CITY_CLERK):
        command = CreateAccount(actor.id, actor.name, PASSWORD, tuple(actor.roles), actor.unit_code, uuid4().hex)
        engine.run(command, SYSTEM)
    return [accept(engine) for _ in range(5)]


def listed(engine, actor, q="", after=None, limit=50, **wanted):
    with engine.read() as view:
        return tasklist.page(view, actor, Wanted(**wanted), q=q, after=after, limit=limit)


def numbers(page):
    return [item.line.order_no for item in page.items]


def counted(engine, actor):
    with engine.read() as view:
        return tasklist.counts(view, actor)


def task_of(engine, order):
    (item,) = listed(engine, SYSTEM, whose="any", q=order.order_no).items
    return item.line


def give_ends(engine, orders):
    """An end by law that runs against the order of acceptance; the last task has none."""
    now = engine.clock.now()
    with UnitOfWork(engine.database) as uow:
        for n, order in enumerate(orders):
            due_at = None if n == len(orders) - 1 else now + timedelta(days=3 - 2 * n)
            uow.run(task.update().where(task.c.order_id == order.order_id).values(due_at=due_at, urgent_at=now))
        uow.finish()


def test_each_list_holds_what_it_says_and_only_ones_own_units(engine, orders):
    first = task_of(engine, orders[0])
    engine.run(ClaimTask(first.task_id, uuid4().hex), CLERK)

    found = {whose: len(listed(engine, CLERK, whose=whose).items) for whose in tasklist.WHOSE}
    assert found == {"me": 5, "mine": 1, "free": 4, "none": 4, "any": 5, "overdue": 0, "followed": 0}
    assert counted(engine, CLERK) == found
    assert counted(engine, SURVEYOR) | {"any": 0, "none": 0} == dict.fromkeys(tasklist.WHOSE, 0)
    assert counted(engine, CITY_CLERK)["any"] == counted(engine, SYSTEM)["any"] == 5
    assert set(counted(engine, STRANGER).values()) == {0}


@pytest.mark.parametrize(("whose", "sort"), [("me", "urgent"), ("any", "legal"), ("free", "legal"), ("none", "urgent")])
def test_pages_follow_each_other_without_gap_and_twin(engine, orders, whose, sort):
    give_ends(engine, orders)
    whole = numbers(listed(engine, CLERK, whose=whose, sort=sort))
    read, after = [], None
    while True:
        page = listed(engine, CLERK, after=after, limit=2, whose=whose, sort=sort)
        read += numbers(page)
        if page.next is None:
            break
        after = page.next

    assert read == whole
    assert len(set(read)) == 5
    if sort == "legal":
        assert whole == [order.order_no for order in (*reversed(orders[:4]), orders[4])]


def test_what_is_beyond_the_laws_end_and_what_soon_will_be(engine, orders):
    give_ends(engine, orders)

    assert numbers(listed(engine, CLERK, whose="overdue")) == [orders[3].order_no, orders[2].order_no]
    assert numbers(listed(engine, CLERK, whose="any", days=2)) == [orders[n].order_no for n in (3, 2, 1)]
    assert counted(engine, CLERK)["overdue"] == 2


def test_filters_narrow_and_a_foreign_unit_shows_nothing(engine, orders):
    category = task_of(engine, orders[0]).category

    assert len(listed(engine, CLERK, whose="any", category=category, role="ACCEPTANCE_CLERK", unit=UNIT).items) == 5
    for wanted in (
        {"category": "LV_RES"},
        {"role": "SURVEYOR"},
        {"stage": "WORKS"},
        {"unit": OTHER_UNIT},
        {"level": 1},
    ):
        assert listed(engine, CLERK, whose="any", **wanted).items == []


@pytest.mark.parametrize("raw", [{"whose": "all"}, {"sort": "name"}, {"level": "4"}, {"days": "-1"}, {"role": "a b"},
                                 {"colour": "red"}, {"stage": "x" * 65}])  # fmt: skip
def test_a_filter_that_does_not_exist_is_refused(raw):
    with pytest.raises(Invalid):
        tasklist.wanted_of(raw)


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "urgent|3|2026-03-02T09:00:00|a",
        "urgent|9|2026-03-02T09:00:00+08:00|a",
        "legal|2026-03-02T09:00:00+08:00|a",
        "urgent|2026-03-02T09:00:00+08:00|a",
    ],
)
def test_a_place_that_no_page_gave_out_is_refused(engine, orders, after):
    with pytest.raises(Invalid):
        listed(engine, CLERK, after=after)


def test_name_address_and_both_ends_of_the_number_are_found(engine, orders):
    other = accept(engine, applicant={"subject_type": "NATURAL_PERSON", "name": "司马青", "id_type": "RESIDENT_ID",
                                      "id_no": PERSONAL["id_no"], "phone": PERSONAL["phone"]},
                   address={"text": "浙江省杭州市淳安县排岭路 8号", "area_code": "330127",
                            "real_estate_unit_no": None})  # fmt: skip

    for q in ("司马青", "马青", "排岭路8号", "排岭路 ８号", other.order_no, other.order_no[:-1], other.order_no[-7:]):
        assert other.order_no in numbers(listed(engine, CLERK, q=q, whose="any")), q
    assert numbers(listed(engine, CLERK, q="司马青", whose="any")) == [other.order_no]
    assert numbers(listed(engine, CLERK, q=other.order_no[-4:])) == [other.order_no]
    assert len(listed(engine, CLERK, q="淳安县").items) == 6
    for q in ("青司", "司马南", "岭排路", "99999", other.order_no + "1"):
        assert listed(engine, CLERK, q=q, whose="any").items == [], q
    assert listed(engine, STRANGER, q="司马青", whose="any").items == []
    assert listed(engine, CLERK, q="司马青", whose="mine").items == []


def test_a_search_reads_on_page_by_page_and_needs_two_characters(engine, orders):
    first = listed(engine, CLERK, q="欧阳", limit=2)
    rest = listed(engine, CLERK, q="欧阳", limit=5, after=first.next)

    assert len(set(numbers(first) + numbers(rest))) == 5
    with pytest.raises(Invalid):
        listed(engine, CLERK, q="欧")


def test_nothing_of_a_name_or_address_lies_open_in_the_index(engine, orders):
    with engine.read() as view:
        rows = view.connection.execute(search_gram.select()).all()
    assert rows
    shown = repr(rows)
    assert not any(PERSONAL[field][i : i + 2] in shown for field in ("name", "address") for i in range(4))


def test_orders_of_before_are_made_findable_once(engine, orders):
    with UnitOfWork(engine.database) as uow:
        uow.run(search_gram.delete())
        uow.run(application.update().values(search_form=0))
        uow.finish()
    assert listed(engine, CLERK, q="欧阳").items == []

    assert [fill_search(engine, None)["n_orders"] for _ in range(2)] == [5, 0]
    assert len(listed(engine, CLERK, q="欧阳").items) == 5


def test_a_leader_gives_a_task_to_whoever_may_do_it(engine, orders):
    line = task_of(engine, orders[0])
    held = engine.run(AssignTask(line.task_id, CLERK.id, "k"), LEADER)

    assert (held.assignee, engine.run(AssignTask(line.task_id, CLERK.id, "k"), LEADER)) == (CLERK.id, held)
    assert numbers(listed(engine, CLERK, whose="mine")) == [line.order_no]
    with engine.read() as view:
        told = [e for e in timeline(view, LEADER, line.order_no) if e.kind == "TaskAssigned"]
    assert [(e.actor, e.body["before"], e.body["after"]) for e in told] == [(LEADER.id, None, CLERK.id)]


@pytest.mark.parametrize("to", [SURVEYOR.id, STRANGER.id, "nobody"])
def test_nobody_is_given_what_he_may_not_do(engine, orders, to):
    line = task_of(engine, orders[0])
    with pytest.raises(Invalid):
        engine.run(AssignTask(line.task_id, to, uuid4().hex), LEADER)
    assert task_of(engine, orders[0]).assignee is None


def test_only_a_leader_of_the_unit_assigns(engine, orders):
    line = task_of(engine, orders[0])
    with pytest.raises(Forbidden):
        engine.run(AssignTask(line.task_id, CLERK.id, uuid4().hex), CLERK)
    foreign = Actor("far", "外单位", roles=frozenset({"TEAM_LEADER"}), unit_code=OTHER_UNIT)
    with pytest.raises(NotFound):
        engine.run(AssignTask(line.task_id, CLERK.id, uuid4().hex), foreign)
    with engine.read() as view:
        assert [one.login for one in colleagues.able(view, LEADER, [line])] == [CLERK.id]


def test_what_one_follows_is_ones_own_and_of_ones_units(engine, orders):
    number = orders[1].order_no
    for _ in range(2):
        engine.run(FollowOrder(number, True, uuid4().hex), CLERK)
    assert numbers(listed(engine, CLERK, whose="followed")) == [number]
    assert listed(engine, LEADER, whose="followed").items == []
    with pytest.raises(NotFound):
        engine.run(FollowOrder(number, True, uuid4().hex), STRANGER)
    engine.run(FollowOrder(number, False, uuid4().hex), CLERK)
    assert counted(engine, CLERK)["followed"] == 0


def test_a_kept_filter_is_seen_below_its_unit_and_dropped_by_its_owner(engine, orders):
    engine.run(SaveFilter("全市三日内", {"whose": "any", "days": 3}, True, uuid4().hex), CITY_CLERK)
    own = engine.run(SaveFilter("我的", {"whose": "mine"}, False, uuid4().hex), CLERK)

    def titles(actor):
        with engine.read() as view:
            return [each["title"] for each in colleagues.kept_filters(view, actor)]

    assert (titles(CLERK), titles(CITY_CLERK), titles(STRANGER)) == (["我的", "全市三日内"], ["全市三日内"], [])
    with pytest.raises(NotFound):
        engine.run(RemoveFilter(own.filter_id, uuid4().hex), LEADER)
    engine.run(RemoveFilter(own.filter_id, uuid4().hex), CLERK)
    assert titles(CLERK) == ["全市三日内"]
    for title in ("", " ", "长" * 41):
        with pytest.raises(Invalid):
            engine.run(SaveFilter(title, {}, False, uuid4().hex), CLERK)


def test_the_next_one_is_of_the_same_order_or_the_most_urgent(engine, orders):
    def following(actor, order_no=""):
        with engine.read() as view:
            line = tasklist.next_of(view, actor, order_no)
        return line and line.order_no

    assert following(CLERK, orders[3].order_no) == orders[3].order_no
    assert following(CLERK) == following(CLERK, "none") == numbers(listed(engine, CLERK))[0]
    assert following(SURVEYOR, orders[3].order_no) is None
