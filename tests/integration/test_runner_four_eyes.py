from __future__ import annotations

from uuid import uuid4

import pytest

from engine.commands.deploy_process import DeployProcess
from engine.errors import FourEyes, ModelRefused
from tests.diagrams import flow, folder, node, path, script, user
from tests.orders import ADMIN, LEADER, SURVEYOR, accept, complete, deploy, tasks_of

PAIR = '[four_eyes]\napprove = ["draft"]\n'
ROUND = (
    user("draft"),
    user("approve"),
    script("count", "n = if n = null then 1 else n + 1"),
    node("exclusiveGateway", "again", default="good"),
    path("s", "draft", "approve", "count", "again"),
    flow("again", "draft", "n < 2"),
    flow("again", "e", id="good"),
)


def begun(engine, pair=PAIR):
    deploy(engine, *ROUND, lanes=pair)
    return accept(engine)


def do(engine, order, element, actor):
    return complete(engine, tasks_of(engine, order.order_id)[element].id, actor)


def test_who_did_the_work_does_not_approve_it(engine):
    order = begun(engine)
    do(engine, order, "draft", LEADER)
    with pytest.raises(FourEyes):
        do(engine, order, "approve", LEADER)
    assert do(engine, order, "approve", SURVEYOR).opened


def test_who_did_it_last_counts(engine, clock):
    order = begun(engine)
    for element, actor in (("draft", LEADER), ("approve", SURVEYOR), ("draft", SURVEYOR)):
        do(engine, order, element, actor)
        clock.advance(minutes=1)
    with pytest.raises(FourEyes):
        do(engine, order, "approve", SURVEYOR)
    assert do(engine, order, "approve", LEADER).completed


def test_without_a_pair_anybody_may(engine):
    order = begun(engine, pair="")
    do(engine, order, "draft", LEADER)
    assert do(engine, order, "approve", LEADER).opened


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ('[four_eyes]\napprove = ["drafft"]\n', "four_eyes_unknown"),
        ('[four_eyes]\ncount = ["draft"]\n', "four_eyes_unknown"),
        ('[four_eyes]\napprove = "draft"\n', "manifest_broken"),
        ("[four_eyes]\napprove = []\n", "manifest_broken"),
    ],
)
def test_a_pair_that_names_no_step_is_refused(engine, pairs, code):
    with pytest.raises(ModelRefused) as refused:
        engine.run(DeployProcess(folder(*ROUND, manifest=pairs), uuid4().hex), ADMIN)
    assert [fault.code for fault in refused.value.faults] == [code]
