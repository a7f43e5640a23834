from __future__ import annotations

from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.shape.source import PRODUCT, functions, python_files, relative

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 80


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def function_lengths(*folders: str) -> dict[str, int]:
    return {
        f"{relative(path)}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in python_files(*folders)
        for node in functions(path)
    }


@pytest.mark.parametrize("folders", [PRODUCT, ("tests",)], ids=["product", "tests"])
def test_no_file_and_no_function_is_too_long(folders):
    files = {relative(path): n for path in python_files(*folders) if (n := lines(path)) > MAX_FILE_LINES}
    long = {name: n for name, n in function_lengths(*folders).items() if n > MAX_FUNCTION_LINES}

    assert files == {}
    assert long == {}


def test_files_of_the_product_are_small():
    sizes = [n for path in python_files(*PRODUCT) if (n := lines(path)) >= 3]

    assert median(sizes) <= 120
    assert quantiles(sizes, n=10)[-1] <= 300


def test_functions_of_the_product_are_small():
    lengths = list(function_lengths(*PRODUCT).values())

    assert median(lengths) <= 10
    assert quantiles(lengths, n=20)[-1] <= 40
