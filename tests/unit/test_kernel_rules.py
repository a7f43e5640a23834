from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.errors import ModelRefused, RuleBroken, RuleFailed
from engine.kernel.model import Complete, Deliver, Retry
from engine.kernel.spiff import advance
from tests.diagrams import flow, message, node, path, user
from tests.kernels import ENV, Case, loaded

OUTPUTS = ('"limit_exceeded"', '"capacity_kw"', '"容量超过 " + string(most)')


def table(*rows: tuple[str, tuple[str, ...]], heads: str = "capacity_kw", policy: str = "COLLECT") -> bytes:
    """A decision table `rules` with one column and the outputs code, field, reason."""
    names = ("code", "field", "reason")
    outputs = "".join(f'<output id="o_{name}" name="{name}" typeRef="string"/>' for name in names)
    body = ""
    for number, (test, cells) in enumerate(rows):
        cells_xml = (f'<outputEntry id="e{number}_{n}"><text>{c}</text></outputEntry>' for n, c in enumerate(cells))
        test_xml = f'<inputEntry id="i{number}"><text>{test}</text></inputEntry>'
        body += f'<rule id="r{number}">{test_xml}{"".join(cells_xml)}</rule>'
    return (
        '<?xml version="1.0"?><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" '
        'namespace="n"><decision id="rules" name="办理规则"><variable id="v" name="办理规则"/>'
        f'<decisionTable id="t" hitPolicy="{policy}"><input id="i"><inputExpression id="ie"><text>{heads}</text>'
        f"</inputExpression></input>{outputs}{body}</decisionTable></decision></definitions>"
    ).encode()


LIMIT = table(("&gt; most", OUTPUTS))


def ruled(data: bytes, *parts: str, **variables: Any) -> Case:
    whole = parts or (user("a", yikuo__rule="rules"), user("b"), path("s", "a", "b", "e"))
    files = {"rules.dmn": data, "forms/f.json": b'{"schema": {"properties": {"remark": {"type": "string"}}}}'}
    return Case(loaded(*whole, files=files, extra='<bpmn:message id="m1" name="asked"/>'), variables)


def refused(case: Case, step: Complete | Deliver) -> RuleBroken:
    before = case.last.state
    with pytest.raises(RuleBroken) as refusal:
        advance(case.process, case.last.state, step, ENV)
    assert case.last.state == before
    return refusal.value


def test_a_rule_refuses_with_a_fault_for_each_row() -> None:
    both = table(("&gt; most", OUTPUTS), ("&gt; 0", ('"no"', '""', '"不行"')))
    case = ruled(both, most=100)
    refusal = refused(case, Complete(case.task("a"), {"capacity_kw": 160}))
    assert [(f.field, f.code, f.reason) for f in refusal.faults] == [
        ("capacity_kw", "limit_exceeded", "容量超过 100"),
        ("", "no", "不行"),
    ]
    assert (refusal.code, refusal.detail) == ("rule_broken", "容量超过 100；不行")
    assert "capacity_kw" not in case.variables


def test_a_rule_that_was_passed_is_recorded_like_any_decision() -> None:
    case = ruled(LIMIT, most=200)
    done = case.finish("a", capacity_kw=160)
    assert case.open == ["b"]
    (taken,) = done.decisions
    assert (taken.element_id, taken.decision, taken.output) == ("a", "rules", [])
    assert taken.inputs == {"capacity_kw": 160, "most": 200}
    assert taken.digest == case.process.models["rules.dmn"].digest


def test_a_rule_sees_when_and_by_whom() -> None:
    late = table(
        ('&gt; date and time("2026-03-02T08:00:00Z")', ('"late"', '"occurred_at"', '"晚"')), heads="occurred_at"
    )
    case = ruled(late)
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert refused(case, Complete(case.task("a"), {}, occurred_at=at)).faults[0].code == "late"
    case.finish("a")  # now, which is earlier
    for_leaders = table(("false", ('"role"', '""', '"须班组长"')), heads='list contains(actor_roles, "TEAM_LEADER")')
    case = ruled(for_leaders)
    assert refused(case, Complete(case.task("a"), {}, actor_roles=("CLERK",))).faults[0].code == "role"
    case.step(Complete(case.task("a"), {}, actor_roles=("CLERK", "TEAM_LEADER")))


def test_a_rule_at_a_message_sees_its_variable_and_its_fields() -> None:
    parts = (message("receiveTask", "a", "m1", yikuo__rule="rules", yikuo__result="request"), path("s", "a", "e"))
    for heads in ("request.n", "n"):
        case = ruled(table(("&gt; 3", ('"many"', '"n"', '"太多"')), heads=heads), *parts)
        assert refused(case, Deliver("asked", {"n": 4})).faults[0].field == "n"
        assert case.deliver("asked", n=3).completed
        assert dict(case.variables) == {"request": {"n": 3}}


def test_what_was_not_given_is_null_and_no_fault() -> None:
    guarded = table(("true", OUTPUTS), heads="proof.no = null and other != null")
    assert ruled(guarded, proof={}).finish("a").trouble is None
    assert ruled(guarded).finish("a").trouble is None
    case = ruled(table(("null", ('"missing"', '"no"', '"缺"')), heads="proof.no"), proof={})
    assert refused(case, Complete(case.task("a"), {})).faults[0].code == "missing"


@pytest.mark.parametrize(
    "broken",
    [
        table(("true", OUTPUTS), heads='capacity_kw + "x" &gt; 1'),
        table(("? &gt; none", OUTPUTS)),
        table(("&gt; 1", ('"a"', '"b"', '"c"')), policy="COLLECT")
        .replace(b"<inputEntry", b"<inputEntry", 1)
        .replace(b"</inputExpression>", b'</inputExpression><inputValues id="iv"><text>[0..9]</text></inputValues>'),
        table(("sum(for i in 1..9999 return sum(for j in 1..9999 return j)) &gt; 0", OUTPUTS)),
    ],
)
def test_a_rule_that_cannot_be_judged_lets_nothing_pass(broken: bytes) -> None:
    case = ruled(broken)
    with pytest.raises(RuleFailed) as refusal:
        case.step(Complete(case.task("a"), {"capacity_kw": 160}))
    assert refusal.value.code == "rule_failed"
    assert refusal.value.detail.startswith("rules：")
    assert case.open == ["a"]


def test_a_row_without_its_reason_objects_all_the_same() -> None:
    case = ruled(table(("&gt; 1", ("null", "null", '"x" + 1'))))
    (fault,) = refused(case, Complete(case.task("a"), {"capacity_kw": 2})).faults
    assert (fault.field, fault.code, fault.reason) == ("", "rule_broken", "不符合规则 rules")


def test_free_text_that_a_rule_read_stays_out_of_the_record() -> None:
    case = ruled(table(('"张三说的话"', ('"x"', '""', '"x"')), heads="remark"))
    done = case.finish("a", remark="李四的地址在这里")
    assert "李四" not in str(done.decisions)
    assert done.decisions[0].inputs["remark"] == {"@withheld": 8}


def test_the_rule_is_kept_when_what_follows_fails() -> None:
    parts = (
        user("a", yikuo__rule="rules"),
        node("exclusiveGateway", "g", default="gd"),
        path("s", "a", "g"),
        flow("g", "e", "ghost"),
        flow("g", "e", id="gd"),
    )
    case = ruled(LIMIT, *parts, most=200)
    stuck = advance(case.process, case.last.state, Complete(case.task("a"), {"capacity_kw": 1}), ENV)
    assert stuck.trouble is not None
    assert [decision.decision for decision in stuck.decisions] == ["rules"]
    assert advance(case.process, stuck.state, Retry(), ENV).decisions == ()


def test_a_rule_must_collect() -> None:
    with pytest.raises(ModelRefused) as refusal:
        ruled(LIMIT.replace(b"COLLECT", b"FIRST"))
    assert [fault.code for fault in refusal.value.faults] == ["rule_no_list"]
    with pytest.raises(ModelRefused) as refusal:
        ruled(LIMIT.replace(b'id="rules"', b'id="others"'))
    assert [fault.code for fault in refusal.value.faults] == ["rule_unknown"]
