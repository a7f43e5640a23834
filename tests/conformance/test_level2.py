from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conformance import tck

HERE = Path(__file__).parent
SUITE = Path(os.environ.get("YIKUO_TCK", HERE.parents[2] / "shared" / "data" / "dmn-tck-level-2"))
"""The level-2 cases are not ours to publish; where they lie beside the checkout they are run too."""
FOLDERS = [(HERE / "own", 11)] + ([(SUITE, 126)] if SUITE.is_dir() else [])


@pytest.mark.parametrize(("folder", "n_results"), FOLDERS, ids=lambda value: getattr(value, "name", ""))
def test_every_case_passes(folder: Path, n_results: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert tck.main(folder) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{n_results} passed, 0 failed"


def test_a_failing_case_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (HERE / "own").iterdir():
        text = path.read_text(encoding="utf-8").replace("半载 5.25", "半载 6")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    assert tck.main(tmp_path) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line[:4] for line in lines].count("FAIL") == 1
    assert lines[-1] == "10 passed, 1 failed"


def test_a_file_that_cannot_be_read_is_a_failed_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.xml").write_text("<testCases>", encoding="utf-8")
    assert tck.main(tmp_path) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed"
