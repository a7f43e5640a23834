from __future__ import annotations

import json
import socket
import time

import pytest
from werkzeug import Response

from engine.clock import ManualClock
from engine.ports.certificates import Subject
from engine.ports.circuit import CLOSED, HALF_OPEN, OPEN
from engine.ports.evidence import EvidenceClaim
from engine.ports.failures import BadAnswer, CircuitOpen, NotConfigured, Outage, Refused
from engine.ports.identity import IdentityClaim
from engine.ports.line import Errand
from engine.ports.notification import Message
from engine.ports.platforms import connect
from engine.ports.sharing import CertificateQuestion, Outcome
from engine.settings import Settings
from tests.platforms import running, scripted

PERSON = Subject("NATURAL_PERSON", "RESIDENT_ID", "330122196612281980", "许雅宁")
QUESTION = CertificateQuestion("PROPERTY_CERT", "330122", PERSON)
MESSAGE = Message("t", "CUSTOMER", "1", "3340101", "13800138000")
RECEIPT = {"key": "k", "status": "accepted"}


def errand(key="k"):
    return Errand(key, "用电报装受理", "CONSENT-1", "3340101H0")


@pytest.fixture
def clock():
    return ManualClock("2026-03-02T09:00:00+08:00")


@pytest.fixture
def sandbox():
    with running() as found:
        yield found


@pytest.fixture
def connected(clock):
    opened = []

    def connect_to(url, **settings):
        opened.append(connect(Settings(sandbox_url=url, **settings), clock))
        return opened[-1]

    yield connect_to
    for one in opened:
        one.close()


def answering(value, status=200):
    return Response(json.dumps(value), status, mimetype="application/json")


def state(platforms, name="sharing"):
    return next(found for found in platforms.states() if found.platform == name)


def test_a_platform_that_stumbles_is_asked_again_under_the_same_key(connected):
    with scripted(lambda n: answering(RECEIPT, 201) if n == 3 else answering({"error": "busy"}, 503)) as platform:
        platforms = connected(platform.url)

        assert platforms.notification.send(errand(), MESSAGE) is True
    assert platform.keys == ["k", "k", "k"]
    assert len({json.dumps(body) for body in platform.bodies}) == 1
    assert state(platforms, "notification").state == CLOSED


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_nobody_tries_for_ever(connected, status):
    with scripted(lambda n: answering({"error": "no"}, status)) as platform, pytest.raises(Outage) as caught:
        connected(platform.url).notification.send(errand(), MESSAGE)

    assert (caught.value.reason, caught.value.final) == (f"HTTP {status}", False)
    assert len(platform.keys) == Settings().n_platform_tries


def test_a_circuit_opens_spares_the_platform_and_closes_after_a_good_trial(connected, clock, sandbox):
    platforms = connected(sandbox.url, n_breaker_failures=3, n_platform_tries=1, breaker_open_seconds=30)
    sandbox.mood("sharing", down=True)
    for number in range(3):
        with pytest.raises(Outage):
            platforms.sharing.query(errand(f"k{number}"), QUESTION)
    assert (state(platforms).state, state(platforms).reason) == (OPEN, "HTTP 503")
    with pytest.raises(CircuitOpen):
        platforms.sharing.query(errand("spared"), QUESTION)
    assert platforms.identity.check(errand(), IdentityClaim("E_ID_ZLB", "R", PERSON.name, PERSON.id_no)).verified_at

    clock.advance(seconds=29)
    sandbox.mood("sharing", down=False)
    with pytest.raises(CircuitOpen):
        platforms.sharing.query(errand("early"), QUESTION)
    clock.advance(seconds=2)
    assert platforms.sharing.query(errand("trial"), QUESTION).outcome is Outcome.FOUND
    assert (state(platforms).state, state(platforms).n_failures, state(platforms).reason) == (CLOSED, 0, "")
    assert state(platforms).since == clock.now()


def test_a_trial_that_fails_opens_the_circuit_again(connected, clock, sandbox, caplog):
    platforms = connected(sandbox.url, n_breaker_failures=1, n_platform_tries=1, breaker_open_seconds=30)
    sandbox.mood("sharing", down=True)
    with pytest.raises(Outage):
        platforms.sharing.query(errand("1"), QUESTION)
    clock.advance(seconds=31)
    caplog.set_level("INFO")
    caplog.clear()
    with pytest.raises(Outage):
        platforms.sharing.query(errand("2"), QUESTION)

    told = [record.action for record in caplog.records if record.name == "engine.ports.circuit"]
    assert told == [f"circuit.{HALF_OPEN}", f"circuit.{OPEN}"]
    with pytest.raises(CircuitOpen):
        platforms.sharing.query(errand("3"), QUESTION)


def test_an_open_circuit_ends_the_tries_of_the_same_question(connected):
    with scripted(lambda n: answering({"error": "no"}, 503)) as platform:
        platforms = connected(platform.url, n_breaker_failures=2, n_platform_tries=5)
        with pytest.raises(CircuitOpen):
            platforms.notification.send(errand(), MESSAGE)

    assert len(platform.keys) == 2


def test_a_refusal_is_final_is_not_repeated_and_says_nothing_about_health(connected):
    with scripted(lambda n: answering({"error": "no"}, 401)) as platform:
        platforms = connected(platform.url, n_breaker_failures=1)
        for _ in range(2):
            with pytest.raises(Refused) as caught:
                platforms.notification.send(errand(), MESSAGE)

    assert (caught.value.reason, caught.value.final, len(platform.keys)) == ("HTTP 401", True, 2)
    assert state(platforms, "notification").state == CLOSED


def test_the_token_of_a_platform_goes_to_it_alone(connected, clock):
    with running("secret") as locked:
        url = locked.url
        with pytest.raises(Refused):
            connected(url).sharing.query(errand(), QUESTION)
        known = connected(url, sharing_token="secret")
        assert known.sharing.query(errand(), QUESTION).outcome is Outcome.FOUND
        with pytest.raises(Refused):
            known.notification.send(errand(), MESSAGE)
    assert "secret" not in repr(Settings(sharing_token="secret"))


def test_a_message_that_breaks_the_contract_is_not_sent(connected):
    with scripted(lambda n: answering({})) as platform:
        nameless = CertificateQuestion("PROPERTY_CERT", "330122", Subject("NATURAL_PERSON", "OTHER", "X", ""))
        with pytest.raises(Refused) as caught:
            connected(platform.url).sharing.query(errand(), nameless)

    assert platform.keys == []
    assert caught.value.reason == "OUR_MESSAGE subject/id_no: pattern"


def test_a_slow_platform_is_left_in_time(connected, sandbox):
    platforms = connected(sandbox.url, platform_read_seconds=0.1, n_platform_tries=2)
    sandbox.mood("sharing", slow_seconds=2)

    with pytest.raises(Outage) as caught:
        platforms.sharing.query(errand(), QUESTION)
    assert caught.value.reason == "TIMEOUT"
    sandbox.mood("sharing", slow_seconds=0)
    assert platforms.sharing.query(errand(), QUESTION).outcome is Outcome.FOUND


def test_a_byte_now_and_then_is_no_answer(connected):
    def drip():
        for _ in range(100):
            yield b" "
            time.sleep(0.05)

    with scripted(lambda n: Response(drip(), mimetype="application/json")) as platform:
        platforms = connected(platform.url, platform_total_seconds=0.3, n_platform_tries=1)
        with pytest.raises(Outage) as caught:
            platforms.notification.send(errand(), MESSAGE)
    assert caught.value.reason == "TIMEOUT"


def test_a_lost_answer_is_asked_for_again_and_is_the_first_one(connected, sandbox):
    platforms = connected(sandbox.url)
    sandbox.mood(forgetful=True)
    with pytest.raises(Outage):
        platforms.notification.send(errand("lost"), MESSAGE)
    sandbox.mood(forgetful=False)

    assert platforms.notification.send(errand("lost"), MESSAGE) is False  # it had been taken
    assert sandbox.notifications()["n"] == 1


BROKEN = {
    "no JSON": b'{"outcome": "FOU',
    "nested": b"[" * 100_000,
    "empty": b"",
    "other shape": b'{"status": "accepted"}',
    "no such status": b'{"key": "k", "status": "perhaps"}',
    "other key": b'{"key": "another", "status": "accepted"}',
    "too large": b" " * 1_100_000,
}


@pytest.mark.parametrize("what", BROKEN)
def test_an_answer_that_breaks_the_contract_is_none_and_is_not_asked_for_at_once(connected, what):
    broken = scripted(lambda n: Response(BROKEN[what], mimetype="application/json"))
    with broken as platform, pytest.raises(BadAnswer) as caught:
        connected(platform.url).notification.send(errand(), MESSAGE)

    assert (len(platform.keys), caught.value.final) == (1, False)


@pytest.mark.parametrize("platform_name", ["sharing", "identity", "evidence"])
@pytest.mark.parametrize("wrong", ["MALFORMED", "CONTRADICTION"])
def test_a_platform_gone_wrong_opens_its_circuit(connected, sandbox, platform_name, wrong):
    platforms = connected(sandbox.url, n_breaker_failures=2)
    ask = {
        "sharing": lambda key: platforms.sharing.catalogue(errand(key), "330122"),
        "identity": lambda key: platforms.identity.check(
            errand(key), IdentityClaim("E_ID_ZLB", "R", PERSON.name, PERSON.id_no)
        ),
        "evidence": lambda key: platforms.evidence.find(
            errand(key), EvidenceClaim("BDZS-00000001", "HV_WISH", PERSON.name, PERSON.id_no)
        ),
    }[platform_name]
    sandbox.mood(platform_name, wrong=wrong)
    for key in ("1", "2"):
        with pytest.raises(BadAnswer):
            ask(key)

    assert state(platforms, platform_name).state == OPEN


def test_a_redirect_is_not_followed(connected, sandbox):
    elsewhere = {"Location": f"{sandbox.url}/notifications"}
    with scripted(lambda n: Response("", 307, elsewhere)) as platform, pytest.raises(BadAnswer):
        connected(platform.url).notification.send(errand(), MESSAGE)
    assert sandbox.notifications()["n"] == 0


def test_nobody_there_and_no_address_are_told_apart(connected):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        with pytest.raises(Outage) as caught:
            connected(f"http://127.0.0.1:{taken.getsockname()[1]}").notification.send(errand(), MESSAGE)
    assert caught.value.reason == "UNREACHABLE"
    nowhere = connected("")
    with pytest.raises(NotConfigured):
        nowhere.notification.send(errand(), MESSAGE)
    assert nowhere.states() == ()


def test_each_platform_may_have_an_address_of_its_own(connected, sandbox):
    platforms = connected("", sharing_url=f"{sandbox.url}/")

    assert platforms.sharing.query(errand(), QUESTION).outcome is Outcome.FOUND
    assert [found.platform for found in platforms.states()] == ["sharing"]
    with pytest.raises(NotConfigured):
        platforms.notification.send(errand(), MESSAGE)


def test_a_line_that_is_closed_waits_for_nothing(connected):
    with scripted(lambda n: answering({"error": "no"}, 503)) as platform:
        platforms = connected(platform.url, n_platform_tries=10, platform_total_seconds=60, n_breaker_failures=100)
        platforms.close()
        with pytest.raises(Outage):
            platforms.notification.send(errand(), MESSAGE)

    assert len(platform.keys) == 10
