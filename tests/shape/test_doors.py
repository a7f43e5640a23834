from __future__ import annotations

import ast
import re

import pytest

from tests.shape.source import PRODUCT, calls, imports, python_files, relative, tracked, tree

KERNEL_DOOR = re.compile(r"engine/kernel/spiff(/.*|[a-z_]*)\.py")
DATABASE_DOOR = re.compile(r"engine/store/.*\.py")
SCHEMA_TOOL = re.compile(r"engine/store/migrations/.*\.py")
THE_COMMIT = "engine/store/uow.py"
CLOCK = "engine/clock.py"


def importers(*packages: str) -> set[str]:
    return {
        relative(path)
        for path in python_files(*PRODUCT)
        if any(name.split(".")[0] in packages for name in imports(path))
    }


def callers(*names: str, folders: tuple[str, ...] = PRODUCT) -> list[str]:
    return [
        f"{relative(path)}:{node.lineno} {name}"
        for path in python_files(*folders)
        for name, node in calls(path)
        if name in names or any(name.endswith(f".{wanted}") for wanted in names)
    ]


def test_only_the_kernel_door_imports_spiffworkflow():
    found = importers("SpiffWorkflow")

    assert found
    assert {path for path in found if not KERNEL_DOOR.fullmatch(path)} == set()


def test_only_the_store_imports_the_database():
    found = importers("sqlalchemy", "psycopg", "sqlite3", "alembic")

    assert found
    assert {path for path in found if not DATABASE_DOOR.fullmatch(path)} == set()


def test_there_is_exactly_one_commit():
    found = callers("commit")

    assert [place.split(":")[0] for place in found] == [THE_COMMIT]


def test_nothing_commits_behind_the_unit_of_work():
    # `with engine.begin()` commits at its end without saying so.
    implicit = [
        f"{relative(path)}:{node.lineno}"
        for path in python_files(*PRODUCT)
        if not SCHEMA_TOOL.fullmatch(relative(path))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.With)
        for item in node.items
        if isinstance(item.context_expr, ast.Call) and ast.unparse(item.context_expr.func).endswith(".begin")
    ]
    spelled_out = [
        f"{relative(path)}:{node.lineno}"
        for path in python_files(*PRODUCT)
        if relative(path) != THE_COMMIT
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip().upper() == "COMMIT"
    ]

    assert implicit == []
    assert spelled_out == []


def test_the_engine_asks_only_its_clock_for_the_time():
    names = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time")
    found = [place for place in callers(*names, folders=("engine", "scheduler")) if not place.startswith(CLOCK)]

    assert found == []


def test_nothing_sleeps_where_a_stop_must_be_heard():
    assert callers("time.sleep", folders=("engine", "scheduler")) == []


@pytest.mark.parametrize("name", ["eval", "exec", "compile", "__import__", "render_template_string", "Markup"])
def test_nothing_turns_text_into_code(name):
    found = [
        f"{relative(path)}:{node.lineno}"
        for path in python_files(*PRODUCT)
        for said, node in calls(path)
        if said == name
    ]

    assert found == []


def test_no_template_switches_escaping_off():
    templates = [
        path for path in tracked() if path.suffix in {".html", ".jinja", ".svg", ".txt"} and "templates" in path.parts
    ]
    pattern = re.compile(r"\|\s*safe\b|autoescape\s+false")

    assert [relative(path) for path in templates if pattern.search(path.read_text(encoding="utf-8"))] == []
