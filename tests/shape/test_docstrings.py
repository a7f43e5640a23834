from __future__ import annotations

import ast
from pathlib import Path

from tests.shape.source import PRODUCT, functions, python_files, relative, tree


def test_every_module_says_what_it_is_for():
    silent = [relative(p) for p in python_files(*PRODUCT) if tree(p).body and not ast.get_docstring(tree(p))]

    assert silent == []


def test_everything_public_in_the_engine_is_explained():
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    silent = [
        f"{relative(path)}:{node.lineno} {node.name}"
        for path in python_files("engine")
        if "migrations" not in path.parts
        for node in tree(path).body
        if isinstance(node, kinds) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]

    assert silent == []


def test_tests_speak_for_themselves():
    chatty = [
        f"{relative(path)}:{node.lineno} {node.name}"
        for path in python_files("tests")
        if path.name.startswith("test_")
        for node in functions(path)
        if node.name.startswith("test_") and ast.get_docstring(node)
    ]

    assert chatty == []


def test_every_test_can_fail():
    toothless = [
        f"{relative(path)}:{node.lineno} {node.name}"
        for path in python_files("tests")
        if path.name.startswith("test_")
        for node in functions(path)
        if node.name.startswith("test_") and not _checks(node, _checking_helpers(path))
    ]

    assert toothless == []


def _checking_helpers(path: Path) -> set[str]:
    return {node.name for node in functions(path) if not node.name.startswith("test_") and _checks(node, set())}


def _checks(function: ast.AST, helpers: set[str]) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).split(".")[-1]
            if name in helpers or name in {"raises", "warns", "expect"} or name.startswith(("assert_", "check_")):
                return True
    return False
