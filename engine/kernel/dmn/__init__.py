"""DMN 1.1 to 1.5: decision tables and requirement graphs on our own FEEL; it knows no process and no store."""

from __future__ import annotations

from engine.kernel.dmn.check import check_dmn
from engine.kernel.dmn.graph import Decision
from engine.kernel.dmn.load import load_dmn
from engine.kernel.dmn.model import Model, Outcome
from engine.kernel.dmn.session import Taken

__all__ = ["Decision", "Model", "Outcome", "Taken", "check_dmn", "load_dmn"]
