from __future__ import annotations

from engine.lateness import BOUNDS, Lateness, buckets


def test_each_fire_counts_in_every_bound_it_keeps():
    counted = Lateness()
    for seconds in (0.0, 0.05, 0.2, 3.0, 200_000.0, -0.001):
        counted.add(seconds)
    told, total = buckets(counted.to_json())

    assert dict(told) == {
        "0.05": 3, "0.1": 3, "0.25": 4, "0.5": 4, "1.0": 4, "2.5": 4, "5.0": 5, "15.0": 5, "60.0": 5, "300.0": 5,
        "3600.0": 5, "86400.0": 5, "+Inf": 6,
    }  # fmt: skip
    assert total == 200_003.25


def test_counts_of_another_release_are_not_taken_for_ours():
    assert buckets({}) is None
    assert buckets({"counts": [0] * len(BOUNDS), "sum_s": 0}) is None
