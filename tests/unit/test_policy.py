from __future__ import annotations

import pytest

from engine.commands.registry import VERBS
from engine.errors import Forbidden, NotFound
from engine.policy import ROLES, SYSTEM, Actor, Permission, require, require_role, require_unit, sees

TREE = {"33": None, "33SVC": "33", "33401": "33", "3340101": "33401", "3340102": "33401", "33402": "33"}


def within(unit, above):
    while unit is not None:
        if unit == above:
            return True
        unit = TREE.get(unit)
    return False


def actor(*roles, unit="3340101"):
    return Actor("x", "某人", roles=frozenset(roles), unit_code=unit)


def test_permissions_are_listed_in_order():
    assert [p.name for p in Permission] == sorted(p.name for p in Permission)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_the_table_says_and_nothing_else(role):
    for permission in Permission:
        if permission in ROLES[role]:
            require(actor(role), permission)
        else:
            with pytest.raises(Forbidden):
                require(actor(role), permission)


def test_nobody_is_allowed_nothing_and_the_system_everything():
    for permission in Permission:
        assert not actor().may(permission)
        assert not actor("NO_SUCH_ROLE").may(permission)
        assert SYSTEM.may(permission)


def test_what_only_the_machine_does_is_in_no_role():
    machine = {Permission.TIMER_FIRE, Permission.REPLY_RECORD, Permission.ORDER_START}

    assert not any(machine & permissions for permissions in ROLES.values())


def test_those_who_administer_do_not_handle_orders():
    for role in ("PROCESS_OWNER", "ADMIN"):
        assert not ROLES[role] & {Permission.TASK_COMPLETE, Permission.TASK_CLAIM, Permission.ORDER_ACCEPT}


def test_who_supervises_accepts_and_registers_nothing():
    acts = {Permission.ORDER_ACCEPT, Permission.MESSAGE_DELIVER, Permission.CORRECTION_REQUEST}

    assert not ROLES["SUPERVISOR"] & acts
    with pytest.raises(Forbidden):  # the tasks of other lanes are not his either
        require_role(actor("SUPERVISOR"), "SURVEYOR")


def test_only_leaders_of_a_unit_decide_on_recorded_times():
    deciding = {role for role, open_to in ROLES.items() if Permission.CORRECTION_DECIDE in open_to}

    assert deciding == {"TEAM_LEADER", "COUNTY_MANAGER"}


@pytest.mark.parametrize(
    ("unit", "order", "expected"),
    [
        ("3340101", "3340101", True),
        ("33401", "3340101", True),
        ("33", "3340101", True),
        ("3340102", "3340101", False),
        ("33402", "3340101", False),
        ("3340101", "33401", False),
        ("334010", "3340101", False),  # a prefix of a code is no unit above it
        ("", "3340101", False),
    ],
)
def test_one_sees_ones_unit_and_what_is_below(unit, order, expected):
    clerk = actor("SURVEYOR", unit=unit)

    assert sees(clerk, order, within) is expected
    if expected:
        require_unit(clerk, order, within)
    else:
        with pytest.raises(NotFound):
            require_unit(clerk, order, within)


def test_the_supervision_centre_sees_the_province():
    assert sees(actor("SUPERVISOR", unit="33SVC"), "3340101", within)
    assert not sees(actor("SURVEYOR", unit="33SVC"), "3340101", within)


def test_a_lane_is_open_to_its_role_only():
    require_role(actor("SURVEYOR"), "SURVEYOR")
    require_role(actor("SURVEYOR"), "")
    require_role(SYSTEM, "SURVEYOR")
    with pytest.raises(Forbidden):
        require_role(actor("PLANNER"), "SURVEYOR")


def test_every_verb_asks_for_a_permission_and_knows_its_lock():
    for command, verb in VERBS.items():
        assert isinstance(verb.permission, Permission), command
        assert (verb.locks is None) != (verb.lock_name is None), command
        assert "key" in command.__dataclass_fields__, command
