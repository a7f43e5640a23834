from __future__ import annotations

import re

import pytest

from tests.shape.source import relative, tracked

TEXT = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".html",
    ".json",
    ".jsonl",
    ".bpmn",
    ".dmn",
    ".po",
    ".cfg",
    ".ini",
    ".sh",
    ".mjs",
    "",
}
HERE = "tests/shape/test_words.py"
NAMES_OF_TOOLS = {"utils.py", "helpers.py", "misc.py", "common.py"}

FORBIDDEN = {
    "unfinished work": r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError",
    "a path of one machine": r"(?<![\w.])/(work|home|root|Users)/[\w.]",
    "a package registry": r"https?://[\w.-]*(pypi\.|pythonhosted|npmjs|npmmirror|deb\.debian|mirrors?\.)[\w.-]*",
    "a secret": r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bghp_[0-9A-Za-z]{36}\b",
    "a test that does not run": r"pytest\.(skip|xfail|importorskip)\(|mark\.(skip|skipif|xfail)\b",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_contains(what):
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{relative(path)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        if path.suffix in TEXT and relative(path) != HERE
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]

    assert found == []


def test_no_module_is_a_drawer():
    assert [relative(path) for path in tracked() if path.name in NAMES_OF_TOOLS] == []


@pytest.mark.parametrize("ending", ["Service", "Manager", "Helper", "Util", "Utils"])
def test_no_class_is_named_after_nothing(ending):
    pattern = re.compile(rf"^class \w*{ending}\b", re.MULTILINE)
    found = [relative(p) for p in tracked() if p.suffix == ".py" and pattern.search(p.read_text(encoding="utf-8"))]

    assert found == []
