from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.kernel.feel import FeelBudget, compile_expression
from engine.kernel.feel.moments import YearsMonths
from engine.kernel.feel.values import Range, to_feel, to_json

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.text(max_size=5),
        st.decimals(-(10**27), 10**27, places=6),
        st.dates(),
        st.datetimes(timezones=st.sampled_from([None, UTC])),
        st.times(),
        st.timedeltas(),
        st.integers(-10_000, 10_000).map(YearsMonths),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abc横", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_values_survive_json(value: object) -> None:
    assert to_feel(json.loads(json.dumps(to_json(value)))) == to_feel(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("5.00"), 5), (Decimal("0.1"), 0.1), (Decimal(2**53 + 1), {"@decimal": "9007199254740993"}),
        (Decimal("0.1234567890123456789"), {"@decimal": "0.1234567890123456789"}),
        (date(2024, 2, 29), {"@date": "2024-02-29"}),
        (datetime(2024, 2, 29, 1, tzinfo=UTC), {"@datetime": "2024-02-29T01:00:00Z"}),
        (time(9), {"@time": "09:00:00"}), (timedelta(days=1), {"@days_time": "P1D"}),
        (YearsMonths(14), {"@years_months": "P1Y2M"}),
    ],
)  # fmt: skip
def test_tags(value: object, expected: object) -> None:
    assert to_json(value) == expected


def test_ranges_are_kept_and_functions_refused() -> None:
    span = Range(Decimal(1), None, True, False)
    assert to_feel(to_json(span)) == span
    with pytest.raises(Invalid):
        to_json(compile_expression("function(a) a").evaluate({}))
    with pytest.raises(Invalid):
        to_feel({"@unknown": 1})


def test_deep_and_huge_data_are_refused() -> None:
    deep: object = 1
    for _ in range(200):
        deep = [deep]
    with pytest.raises(FeelBudget):
        to_feel(deep)
    with pytest.raises(FeelBudget):
        to_feel(10**10_000)
    shared: object = [1]
    for _ in range(40):
        shared = [shared, shared]
    with pytest.raises(FeelBudget):
        to_json(shared)


def test_a_path_into_data_from_outside_converts_only_what_it_leads_to() -> None:
    scope = {"order": {"site": {"kw": 180, "due": {"@date": "2026-03-02"}}, "readings": [0] * 300_000}}
    assert compile_expression("order.site.kw").evaluate(scope) == 180
    assert compile_expression("order.site.due.year").evaluate(scope) == 2026
    notes: list[object] = []
    assert compile_expression("order.site.kva").evaluate({"order": {"site": {}}}, None, notes) is None
    assert len(notes) == 1
