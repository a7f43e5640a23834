from __future__ import annotations

import os
import re

from tests.shape.source import ROOT, relative, tracked

TOP = {
    "processes", "engine", "web", "scheduler", "tests", ".ci",
    "requirements.txt", "constraints.txt", "README.md", "Makefile", "pyproject.toml", "CHANGELOG.md",
    ".gitignore", ".gitattributes", "LICENSE",
}  # fmt: skip


def test_top_level_holds_what_the_design_names():
    assert {relative(path).split("/")[0] for path in tracked()} - TOP == set()


def test_ci_runs_the_test_command_of_the_readme():
    run = ROOT / ".ci" / "run"

    assert os.access(run, os.X_OK)
    assert "make test" in run.read_text(encoding="utf-8")
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_direct_dependency_is_pinned_with_its_reason():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    direct = [line for line in lines if line.strip() and not line.startswith(("#", "-"))]
    locked = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower().replace("_", "-")

    assert [line for line in direct if not re.fullmatch(r"[\w.\[\]-]+==\S+\s+# \S.*", line)] == []
    for line in direct:
        name, version = re.sub(r"\[.*?\]", "", line.split()[0]).lower().replace("_", "-").split("==")
        assert f"{name}=={version}\n" in locked
