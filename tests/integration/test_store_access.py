from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from engine.access import LockedOut, WrongPassword
from engine.commands.change_account import ChangeAccount
from engine.commands.change_password import ChangePassword
from engine.commands.create_account import CreateAccount
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tests.orders import ADMIN, CLERK, UNIT

PASSWORD = "correct horse battery"


@pytest.fixture
def staff(engine):
    engine.run(CreateAccount("staff", "职员", PASSWORD, ("SURVEYOR",), UNIT, "make"), ADMIN)
    return engine.access


def create(engine, actor=ADMIN, **changes):
    values = {"login": "other", "name": "另一人", "password": PASSWORD, "roles": ("SURVEYOR",), "unit_code": UNIT}
    return engine.run(CreateAccount(**(values | changes), key=uuid4().hex), actor)


def test_a_session_is_whoever_logged_in(staff):
    token = staff.log_in("staff", PASSWORD, "10.0.0.1")
    actor = staff.of_session(token)

    assert (actor.id, actor.roles, actor.unit_code, actor.kind) == ("staff", {"SURVEYOR"}, UNIT, "user")
    assert staff.log_in("staff", PASSWORD, "10.0.0.1") != token
    for wrong in ("", "x", token[:-1]):
        with pytest.raises(Unauthenticated):
            staff.of_session(wrong)


def test_logging_out_ends_the_session_at_once(staff):
    token = staff.log_in("staff", PASSWORD, "a")
    staff.log_out(token)
    staff.log_out(token)

    with pytest.raises(Unauthenticated):
        staff.of_session(token)


def test_an_idle_session_ends(staff, clock, settings):
    token = staff.log_in("staff", PASSWORD, "a")
    clock.advance(seconds=settings.session_idle_seconds - 1)
    staff.of_session(token)
    clock.advance(seconds=settings.session_idle_seconds - 1)
    staff.of_session(token)
    clock.advance(seconds=settings.session_idle_seconds)

    with pytest.raises(Unauthenticated):
        staff.of_session(token)


def test_a_busy_session_ends_too(staff, clock, settings):
    token = staff.log_in("staff", PASSWORD, "a")
    for _ in range(settings.session_absolute_seconds // 1200 - 1):
        clock.advance(seconds=1200)
        staff.of_session(token)
    clock.advance(seconds=1200)

    with pytest.raises(Unauthenticated):
        staff.of_session(token)


def test_five_wrong_passwords_lock_the_account_for_a_while(staff, clock):
    for _ in range(5):
        with pytest.raises(WrongPassword):
            staff.log_in("staff", "wrong", "a")
    with pytest.raises(LockedOut):
        staff.log_in("staff", PASSWORD, "b")
    clock.advance(minutes=15, seconds=1)

    assert staff.log_in("staff", PASSWORD, "b")


def test_guessing_in_parallel_gains_nothing(staff):
    def guess(number):
        try:
            staff.log_in("staff", f"wrong {number}", "a")
        except Unauthenticated as error:
            return type(error)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(guess, range(16)))

    assert found.count(WrongPassword) == 5
    assert found.count(LockedOut) == 11


def test_a_success_forgives_and_unknown_accounts_are_not_told_apart(staff):
    for _ in range(4):
        with pytest.raises(WrongPassword):
            staff.log_in("staff", "wrong", "a")
    staff.log_in("staff", PASSWORD, "a")
    with pytest.raises(WrongPassword):
        staff.log_in("staff", "wrong", "a")
    with pytest.raises(WrongPassword):
        staff.log_in("nobody", PASSWORD, "a")


def test_a_token_works_until_it_expires(staff, clock):
    token = staff.issue_token("staff", days=1)
    assert staff.of_token(token).id == "staff"
    clock.advance(days=1)

    with pytest.raises(Unauthenticated):
        staff.of_token(token)
    with pytest.raises(NotFound):
        staff.issue_token("nobody")
    with pytest.raises(Invalid):
        staff.issue_token("staff", days=0)


def test_another_password_ends_sessions_and_tokens(engine, staff):
    session, token = staff.log_in("staff", PASSWORD, "a"), staff.issue_token("staff")
    actor = staff.of_session(session)
    with pytest.raises(Forbidden):
        engine.run(ChangePassword("wrong", "another long password", "k"), actor)
    with pytest.raises(Invalid):
        engine.run(ChangePassword(PASSWORD, "short", "k"), actor)
    engine.run(ChangePassword(PASSWORD, "another long password", "k"), actor)

    for check in (lambda: staff.of_session(session), lambda: staff.of_token(token)):
        with pytest.raises(Unauthenticated):
            check()
    with pytest.raises(WrongPassword):
        staff.log_in("staff", PASSWORD, "a")
    assert staff.log_in("staff", "another long password", "a")


def test_roles_change_with_the_next_request_and_a_closed_account_is_out(engine, staff):
    session = staff.log_in("staff", PASSWORD, "a")
    engine.run(ChangeAccount("staff", ("PLANNER",), False, "k1"), ADMIN)
    assert staff.of_session(session).roles == {"PLANNER"}
    engine.run(ChangeAccount("staff", ("PLANNER",), True, "k2"), ADMIN)

    with pytest.raises(Unauthenticated):
        staff.of_session(session)
    with pytest.raises(WrongPassword):
        staff.log_in("staff", PASSWORD, "a")


def test_only_an_administrator_makes_accounts(engine):
    with pytest.raises(Forbidden):
        create(engine, CLERK)


@pytest.mark.parametrize(
    "changes",
    [
        {"login": "System"},
        {"login": "system"},
        {"name": " "},
        {"password": "short"},
        {"password": "a" * 30},
        {"roles": ()},
        {"roles": ("BOSS",)},
        {"unit_code": "99"},
    ],
)
def test_a_wrong_account_is_refused(engine, changes):
    with pytest.raises(Invalid):
        create(engine, **changes)


def test_a_login_is_taken_once(engine):
    create(engine)
    with pytest.raises(Conflict):
        create(engine)
