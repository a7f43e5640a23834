from __future__ import annotations

import pytest

from tests.unit.drawing import codes

KINDS = ["signal", "error", "escalation", "conditional", "link", "compensate", "cancel"]


def around(element: str, id_: str = "x", beside: str = "") -> list[tuple[str, str]]:
    return codes(f"start s\n{element}\nend e\ns > {id_}\n{id_} > e", beside=beside)


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_that_spiffworkflow_gets_wrong(kind: str) -> None:
    inner = f"<b:{kind}EventDefinition id='d'/>"
    assert around(f"<b:intermediateCatchEvent id='x'>{inner}</b:intermediateCatchEvent>") == [("x", "event_kind")]
    assert around(f"<b:intermediateThrowEvent id='x'>{inner}</b:intermediateThrowEvent>") == [("x", "event_kind")]
    assert codes(f"start s\n<b:endEvent id='x'>{inner}</b:endEvent>\ns > x") == [("x", "event_kind")]
    assert codes(f"<b:startEvent id='x'>{inner}</b:startEvent>\nend e\nx > e") == [("x", "start_kind")]
    on_task = f"user a\n<b:boundaryEvent id='x' attachedToRef='a'>{inner}</b:boundaryEvent>\nend f\nx > f"
    assert codes(f"start s\nend e\n{on_task}\ns > a\na > e") == [("x", "event_kind")]


@pytest.mark.parametrize("kind", ["message", "timer"])
def test_messages_and_timers_neither_start_nor_end(kind: str) -> None:
    when = "<b:timeDuration>PT1H</b:timeDuration>" * (kind == "timer")
    inner = f"<b:{kind}EventDefinition id='d'>{when}</b:{kind}EventDefinition>"
    assert codes(f"<b:startEvent id='x'>{inner}</b:startEvent>\nend e\nx > e") == [("x", "start_kind")]
    assert codes(f"start s\n<b:endEvent id='x'>{inner}</b:endEvent>\ns > x") == [("x", "event_kind")]
    assert around(f"<b:intermediateThrowEvent id='x'>{inner}</b:intermediateThrowEvent>") == [("x", "event_kind")]


def test_events_without_or_with_several_or_foreign_triggers() -> None:
    assert around("<b:intermediateCatchEvent id='x'/>") == [("x", "event_kind")]
    assert around("<b:intermediateThrowEvent id='x'/>") == [("x", "event_kind")]
    two = "<b:timerEventDefinition id='d'><b:timeDuration>PT1H</b:timeDuration></b:timerEventDefinition>" * 2
    assert ("x", "event_many") in around(f"<b:intermediateCatchEvent id='x'>{two}</b:intermediateCatchEvent>")
    ref = "<b:eventDefinitionRef>d</b:eventDefinitionRef>"
    assert ("x", "event_kind") in around(f"<b:intermediateCatchEvent id='x'>{ref}</b:intermediateCatchEvent>")


def test_terminate_and_plain_ends_are_taken() -> None:
    assert codes("start s\nxor g\nend e\nterm t\ns > g\ng > e\ng > t | v = 1") == []


@pytest.mark.parametrize("host", ["task a", "script a | v = 1", "timer a | PT1H"])
def test_boundaries_on_what_never_waits_or_is_no_activity(host: str) -> None:
    assert codes(f"start s\n{host}\nbound b a | PT1H\nend e\nend f\ns > a\na > e\nb > f") == [("b", "boundary_host")]


def test_a_boundary_in_another_scope_than_its_host() -> None:
    text = (
        "start s\nuser a\nsub p {\nstart x\nend z\nend w\nx > z\nbound b a | PT1H\nb > w\n}\nend e\ns > a\na > p\np > e"
    )
    assert ("b", "boundary_host") in codes(text)


def test_boundaries_need_a_way_on_and_none_in() -> None:
    base = "start s\nuser a\nbound b a | PT1H\nend e\ns > a\na > e\n"
    assert codes(base) == [("b", "boundary_flow")]
    assert ("b", "boundary_flow") in codes(base + "user c\nend f\nb > c\nc > b")


MESSAGE = '<b:message id="m" name="到货"/><b:message id="blank" name=" "/>'


@pytest.mark.parametrize(
    ("ref", "expected"),
    [("messageRef='m'", []), ("messageRef='blank'", [("x", "message_missing")]), ("", [("x", "message_missing")])],
)
def test_messages_need_a_name(ref: str, expected: list[tuple[str, str]]) -> None:
    caught = f"<b:intermediateCatchEvent id='x'><b:messageEventDefinition id='d' {ref}/></b:intermediateCatchEvent>"
    assert around(caught, beside=MESSAGE) == expected
    assert around(f"<b:receiveTask id='x' {ref}/>", beside=MESSAGE) == expected


@pytest.mark.parametrize("mark", ["true", "1"])
@pytest.mark.parametrize("kind", ["error", "escalation", "message", "timer", "signal", "conditional", "compensate"])
def test_event_subprocesses_of_all_kinds(mark: str, kind: str) -> None:
    inner = f"<b:startEvent id='x'><b:{kind}EventDefinition id='d'/></b:startEvent><b:endEvent id='z'/>"
    text = f"start s\nend e\ns > e\n<b:subProcess id='p' triggeredByEvent='{mark}'>{inner}</b:subProcess>"
    assert ("p", "event_subprocess") in codes(text)


def timer(inner: str) -> list[tuple[str, str]]:
    definition = f"<b:timerEventDefinition id='d'>{inner}</b:timerEventDefinition>"
    return around(f"<b:intermediateCatchEvent id='x'>{definition}</b:intermediateCatchEvent>")


@pytest.mark.parametrize(
    "inner",
    [
        "<b:timeDuration>PT5M</b:timeDuration>",
        '<b:timeDuration>"PT5M"</b:timeDuration>',
        "<b:timeDuration> P1M </b:timeDuration>",
        '<b:timeDuration>limit("SITE_SURVEY")</b:timeDuration>',
        "<b:timeDate>workdays(3)</b:timeDate>",
        "<b:timeDate>due</b:timeDate>",
        "<b:timeDate>2026-08-22T09:00:00+08:00</b:timeDate>",
    ],
)
def test_timers_that_are_clear(inner: str) -> None:
    assert timer(inner) == []


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        ("", "timer_missing"),
        ("<b:timeDate>due</b:timeDate><b:timeDuration>PT5M</b:timeDuration>", "timer_missing"),
        ("<b:timeCycle>R3/PT1M</b:timeCycle>", "timer_cycle"),
        ("<b:timeDuration/>", "timer_iso"),
        ("<b:timeDuration>-PT5M</b:timeDuration>", "timer_iso"),
        ("<b:timeDuration>5m</b:timeDuration>", "timer_iso"),
        ("<b:timeDuration>P</b:timeDuration>", "timer_iso"),
        ("<b:timeDuration>R3/PT1M</b:timeDuration>", "timer_iso"),
        ("<b:timeDuration>P99999999999M</b:timeDuration>", "timer_iso"),
        ('<b:timeDate>"not a date"</b:timeDate>', "timer_iso"),
        ("<b:timeDate>2026-08-22 09:00:00</b:timeDate>", "timer_iso"),
        ("<b:timeDate>2026-08-22T09:00:00</b:timeDate>", "timer_iso"),
        ("<b:timeDate>PT5M</b:timeDate>", "timer_kind"),
        ("<b:timeDuration>2026-08-22T09:00:00+08:00</b:timeDuration>", "timer_kind"),
        ("<b:timeDuration>0 0 * * *</b:timeDuration>", "feel_syntax"),
        ("<b:timeDuration>${wait}</b:timeDuration>", "expression_juel"),
        ('<b:timeDuration>launch("x")</b:timeDuration>', "feel_function"),
        ("<b:timeDuration language='groovy'>PT5M</b:timeDuration>", "expression_language"),
        ("<b:timeDuration>PT5M<b:x/></b:timeDuration>", "expression_nested"),
    ],
)
def test_timers_that_are_not(inner: str, code: str) -> None:
    assert ("x", code) in timer(inner)
