from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.shape.source import ROOT

TOOLS = Path(sys.executable).parent
CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "arrows": ["lint-imports", "--no-logo"],
}


@pytest.mark.parametrize("check", CHECKS)
def test_check_passes(check):
    program, *arguments = CHECKS[check]
    done = subprocess.run([TOOLS / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
