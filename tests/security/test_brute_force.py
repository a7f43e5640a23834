"""S10: guessing passwords, many for one account, one for many accounts, and what an answer gives away."""

from __future__ import annotations

from collections import Counter

import pytest

from engine import access, passwords
from engine.access import LockedOut, WrongPassword
from engine.commands.change_account import ChangeAccount
from engine.commands.create_account import CreateAccount
from engine.policy import SYSTEM
from tests.orders import UNIT
from tests.site import PASSWORD

N_GUESSES = 500


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def door(engine):
    for login in ("staff", "other"):
        engine.run(CreateAccount(login, "职员", PASSWORD, ("SURVEYOR",), UNIT, login), SYSTEM)
    return engine.access


@pytest.fixture
def looked_at(monkeypatch):
    """Passwords that were compared with a hash."""
    found = []
    real = access.matches

    def counting(password, hashed):
        found.append(password)
        return real(password, hashed)

    monkeypatch.setattr(access, "matches", counting)
    return found


def guess(door, login, number, address):
    try:
        door.log_in(login, f"guess number {number}", address)
    except (WrongPassword, LockedOut) as error:
        return type(error)


def test_of_many_guesses_at_one_account_five_are_looked_at(door, looked_at):
    found = Counter(guess(door, "staff", number, f"10.0.{number // 250}.{number % 250}") for number in range(N_GUESSES))

    assert len(looked_at) == 5
    assert found == {WrongPassword: 5, LockedOut: N_GUESSES - 5}
    assert door.log_in("other", PASSWORD, "10.9.9.9"), "the lock of one account does not lock another"


def test_of_guesses_at_many_accounts_from_one_address_fifty_are_looked_at(door, looked_at):
    found = Counter(guess(door, f"nobody{number}", 0, "10.0.0.1") for number in range(N_GUESSES))

    assert len(looked_at) == 50
    assert found == {WrongPassword: 50, LockedOut: N_GUESSES - 50}
    assert door.log_in("staff", PASSWORD, "10.0.0.2")


def test_waiting_gives_five_more_and_never_more_than_five_a_window(door, looked_at, clock, settings):
    for hour in range(8):
        for number in range(20):
            guess(door, "staff", number, f"10.{hour}.0.{number}")
        clock.advance(seconds=settings.login_window_seconds)

    assert len(looked_at) == 40


def test_a_guess_of_the_right_password_while_locked_is_not_told(door):
    for number in range(5):
        guess(door, "staff", number, "a")
    with pytest.raises(LockedOut) as right:
        door.log_in("staff", PASSWORD, "b")
    with pytest.raises(LockedOut) as wrong:
        door.log_in("staff", "not the password", "b")

    assert str(right.value) == str(wrong.value)


def test_unknown_closed_and_known_accounts_cost_one_argon2_each(door, engine, monkeypatch):
    engine.run(ChangeAccount("other", ("SURVEYOR",), True, "close"), SYSTEM)
    calls = []
    real = passwords._hasher

    class Counting:
        def verify(self, hashed, password):
            calls.append(hashed.split("$")[:4])
            return real.verify(hashed, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    for login in ("staff", "nobody", "other", "' or 1=1 --", "x" * 10_000, "clerk\x00"):
        with pytest.raises(WrongPassword):
            door.log_in(login, "wrong password here", "a")

    assert len(calls) == 6
    assert len({tuple(call) for call in calls}) == 1, "the same work for everybody"


def test_names_that_look_alike_are_not_the_same_account(door):
    for login in ("Staff", "staff ", "ｓｔａｆｆ", "ѕtaff"):
        with pytest.raises(WrongPassword):
            door.log_in(login, PASSWORD, login)
