from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.test_cli import engine, told
from tests.quotes import QUOTE

GIVEN = {"capacity_kw": 630, "usage": "OTHER", "remark": "x", "signed_on": "2026-03-02",
         "plans": [{"on": "2026-03-02", "stays": "P2D"}]}  # fmt: skip


@pytest.fixture
def quote(tmp_path: Path) -> Path:
    file = tmp_path / "quote.dmn"
    file.write_bytes(QUOTE)
    return file


def decide(quote: Path, given: object, *options: str):
    inputs = quote.with_name("input.json")
    inputs.write_text(json.dumps(given))
    return engine("decide", str(quote), "--input", str(inputs), *options)


def test_every_decision_is_taken_on_dates_written_plainly_and_nothing_else_is_said(quote: Path) -> None:
    done = decide(quote, GIVEN)

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "Grade": "A", "Deposit": 63000, "Told": {"n": 1, "said": "备注：x", "code": "OTHER"}, "Late": True,
        "Planned": [{"@date": "2026-03-04"}],
    }  # fmt: skip


def test_why_a_value_is_null_is_said_beside_the_values(quote: Path) -> None:
    done = decide(quote, {"capacity_kw": 0, "usage": "OTHER", "signed_on": "soon"}, "--json")

    assert done.returncode == 0
    assert (told(done)["Grade"], told(done)["Late"]) == (None, None)
    lines = done.stderr.splitlines()
    assert "决策“Grade”：没有规则命中，也没有默认输出" in lines
    assert "决策“Late”：输入“signed_on”应为 date，实为 string" in lines
    assert '决策“Late”：第 11 个字符：Null > date 无法比较（signed_on ⟦>⟧ date("2026-01-01")）' in lines
    assert len(lines) == len(set(lines))


def test_an_explanation_tells_inputs_rows_and_notes(quote: Path) -> None:
    done = decide(quote, GIVEN, "--explain")

    assert done.returncode == 0
    for line in ('Grade = "A"', "  输入 capacity_kw = 630", "  规则 1（grade_1）", "    条件 容量：>= 500",
                 '    结果 等级："A"', "    注释 依据：大容量从高", "Deposit = 63000", '  输入 Grade = "A"',
                 "  rate of 规则 1（rate_1）"):  # fmt: skip
        assert line in done.stdout.splitlines(), line


def test_an_explanation_can_be_read_by_a_program(quote: Path) -> None:
    found = told(decide(quote, {"usage": "OTHER"}, "--explain", "--json"))

    assert found["Grade"]["value"] is None and found["Grade"]["rules"] == []
    assert {note["reason"] for note in found["Grade"]["notes"]} >= {
        "没有给出输入“capacity_kw”",
        "没有规则命中，也没有默认输出",
    }
    assert found["Grade"]["inputs"] == {"capacity_kw": None, "usage": "OTHER"}
    assert all({"decision", "position", "reason", "source"} == set(note) for note in found["Deposit"]["notes"])
    whole = told(decide(quote, GIVEN, "--explain", "--json"))
    assert whole["Grade"]["rules"][0]["conditions"][0] == {"label": "容量", "text": ">= 500"}
    assert whole["Deposit"]["within"][0]["name"] == "rate of"


def test_a_wrong_input_names_itself(quote: Path) -> None:
    done = decide(quote, {"usage": {"@day": "x"}})

    assert done.returncode == 1 and "usage" in done.stderr and "Traceback" not in done.stderr
    assert decide(quote, [1]).returncode == 1
