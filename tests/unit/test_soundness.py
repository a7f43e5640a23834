from __future__ import annotations

import time

import pytest

from tests.unit.drawing import codes, found, warnings


def block(split: str, join: str) -> str:
    rule = " | v" if split in ("xor", "or") else ""
    return f"start s\n{split} g\nuser a\nuser b\n{join} j\nend e\ns > g\ng > a{rule}\ng > b\na > j\nb > j\nj > e"


@pytest.mark.parametrize(
    ("split", "join"), [("xor", "xor"), ("and", "and"), ("or", "or"), ("and", "or"), ("xor", "or")]
)
def test_blocks_that_match_are_sound(split: str, join: str) -> None:
    assert found(block(split, join)) == []


@pytest.mark.parametrize("split", ["xor", "or"])
def test_a_choice_into_a_parallel_join_gets_stuck(split: str) -> None:
    assert codes(block(split, "and")) == [("j", "deadlock")]
    assert "a_j" in found(block(split, "and"))[0].reason or "b_j" in found(block(split, "and"))[0].reason


@pytest.mark.parametrize("text", [block("and", "xor"), block("or", "xor").replace("g > b", "g > b | w")])
def test_branches_that_meet_without_a_join_are_told(text: str) -> None:
    assert codes(text) == []
    assert ("j", "tokens_meet") in warnings(text)


def test_a_second_token_on_the_way_into_a_gateway_is_told() -> None:
    text = block("and", "xor").replace("end e", "and k\nend e").replace("j > e", "j > k\nk > e")
    assert warnings(text) == [("j", "tokens_meet"), ("k", "join_second_token")]


def test_a_side_branch_into_a_parallel_join_gets_stuck() -> None:
    text = "start s\nuser a\naside b a | PT1H\nuser c\nand j\nend e\ns > a\na > j\nb > c\nc > j\nj > e"
    assert codes(text) == [("j", "deadlock")]


def test_a_side_branch_with_its_own_end_is_sound() -> None:
    assert found("start s\nuser a\naside b a | PT1H\nuser c\nend f\nend e\ns > a\na > e\nb > c\nc > f") == []


def test_a_side_branch_into_the_main_line_is_told() -> None:
    text = "start s\nuser a\naside b a | PT1H\nuser c\nuser d\nend e\ns > a\na > d\nb > c\nc > d\nd > e"
    assert codes(text) == []
    assert warnings(text) == [("d", "tokens_meet")]


def test_an_interrupting_boundary_into_the_main_line_is_sound() -> None:
    assert found("start s\nuser a\nbound b a | PT1H\nuser c\nxor j\nend e\ns > a\na > j\nb > c\nc > j\nj > e") == []


def test_an_interrupted_branch_starves_the_join() -> None:
    text = (
        "start s\nand g\nuser a\nuser b\nbound t a | PT1H\nand j\nend e\nend f\n"
        "s > g\ng > a\ng > b\na > j\nb > j\nj > e\nt > f"
    )
    assert codes(text) == [("j", "deadlock")]


def test_a_loop_with_a_person_in_it_is_sound() -> None:
    assert found("start s\nxor m\nuser a\nxor g\nend e\ns > m\nm > a\na > g\ng > m | again\ng > e") == []


def test_a_reminder_inside_a_loop_is_sound() -> None:
    text = (
        "start s\nxor m\nuser a\naside t a | PT1H\nuser r\nend f\nxor g\nend e\n"
        "s > m\nm > a\na > g\ng > m | again\ng > e\nt > r\nr > f"
    )
    assert found(text) == []


def test_a_loop_without_a_way_out() -> None:
    text = "start s\nxor x\nxor m\nuser a\nend e\ns > x\nx > e | v\nx > m\nm > a\na > m"
    assert codes(text) in ([("m", "livelock")], [("a", "livelock")])


@pytest.mark.parametrize("inside", ["task a", "script a | n = n + 1"])
def test_a_loop_in_which_nothing_waits(inside: str) -> None:
    text = f"start s\n{inside}\nxor g\nend e\ns > a\na > g\ng > a | n > 3\ng > e"
    assert codes(text) == [("a", "engine_loop")]


def test_a_loop_through_a_subprocess_that_need_not_wait() -> None:
    def text(inner: str) -> str:
        return f"start s\nsub p {{\nstart x\n{inner}\n}}\nxor g\nend e\ns > p\np > g\ng > p | v\ng > e"

    assert codes(text("end z\nx > z")) == [("p", "engine_loop")]
    assert codes(text("xor h\nuser y\nend z\nx > h\nh > y | v\nh > z\ny > z")) == [("p", "engine_loop")]
    assert codes(text("user y\nend z\nx > y\ny > z")) == []


def test_a_terminate_end_clears_what_would_be_stuck() -> None:
    text = "start s\nand g\nuser a\nxor x\nand j\nterm t\nend e\ns > g\ng > a\ng > x\nx > j | v\nx > t\na > j\nj > e"
    assert "deadlock" not in {code for _, code in codes(text)}


def test_two_inclusive_joins_that_wait_for_each_other() -> None:
    text = (
        "start s\nand g\nor i\nor k\nuser a\nuser b\nxor x\nxor y\nend e\n"
        "s > g\ng > i\ng > k\ni > a\nk > b\na > x\nb > y\n"
        "x > k | v\nx > e\ny > i | v\ny > e"
    )
    assert {code for _, code in codes(text)} == {"deadlock"}


def test_faults_inside_a_subprocess_are_found() -> None:
    inner = block("xor", "and").replace("start s", "start x").replace("s > g", "x > g").replace("end e", "end z")
    inner = inner.replace("j > e", "j > z")
    assert codes(f"start s\nsub p {{\n{inner}\n}}\nend e\ns > p\np > e") == [("j", "deadlock")]


def diamonds(n: int, kind: str, rule: str) -> str:
    lines = ["start s", "end e"]
    previous = "s"
    for i in range(n):
        lines += [f"{kind} g{i}", f"{kind} j{i}", f"user a{i}", f"user b{i}", f"{previous} > g{i}"]
        lines += [f"g{i} > a{i}{rule}", f"g{i} > b{i}", f"a{i} > j{i}", f"b{i} > j{i}"]
        previous = f"j{i}"
    return "\n".join([*lines, f"{previous} > e"])


def fans(k: int, n: int) -> str:
    lines = ["start s", "end e"]
    previous = "s"
    for i in range(n):
        lines += [f"and g{i}", f"and j{i}", f"{previous} > g{i}"]
        for u in range(k):
            lines += [f"user u{i}_{u}", f"g{i} > u{i}_{u}", f"u{i}_{u} > j{i}"]
        previous = f"j{i}"
    return "\n".join([*lines, f"{previous} > e"])


@pytest.mark.parametrize(
    "text",
    [
        diamonds(18, "xor", " | v"),
        diamonds(18, "and", ""),
        diamonds(18, "or", " | v"),
        fans(50, 1),
        fans(10, 3),
        fans(5, 5),
        fans(50, 7),
    ],
    ids=["xor18", "and18", "or18", "50x1", "10x3", "5x5", "50x7"],
)
def test_regular_diagrams_are_proven_quickly(text: str) -> None:
    begun = time.perf_counter()
    assert found(text) == []
    assert time.perf_counter() - begun < 1


def test_tokens_that_multiply() -> None:
    lines = ["start s", "end e"]
    previous = "s"
    for i in range(5):
        lines += [f"and g{i}", f"xor m{i}", f"task a{i}", f"task b{i}", f"{previous} > g{i}"]
        lines += [f"g{i} > a{i}", f"g{i} > b{i}", f"a{i} > m{i}", f"b{i} > m{i}"]
        previous = f"m{i}"
    assert [code for _, code in codes("\n".join([*lines, f"{previous} > e"]))] == ["token_explosion"]


def test_what_is_too_large_to_prove_is_said_to_be_so() -> None:
    lines = ["start s", "and g", "or j", "end e", "s > g", "j > e"]
    for i in range(16):
        lines += [f"user u{i}", f"xor x{i}", f"end f{i}", f"g > u{i}", f"u{i} > x{i}", f"x{i} > j | v", f"x{i} > f{i}"]
    begun = time.perf_counter()
    assert [(f.code, f.severity) for f in found("\n".join(lines))] == [("not_proven", "warning")]
    assert time.perf_counter() - begun < 2


def test_an_ordinary_order_is_proven_sound() -> None:
    text = """
        start s
        user accept
        xor outside
        user survey
        aside warn survey | limit("SITE_SURVEY")
        user remind
        end reminded
        xor after
        and both
        user contract
        user works
        bound late works | P30D
        user chase
        xor back
        and done
        user meter
        user archive
        end e
        s > accept
        accept > outside
        outside > survey | needs_external_line_works
        outside > after
        warn > remind
        remind > reminded
        survey > after
        after > both
        both > contract
        both > back
        back > works
        late > chase
        chase > back
        contract > done
        works > done
        done > meter
        meter > archive
        archive > e
    """
    assert found(text) == []
