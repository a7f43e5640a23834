"""FEEL, the expression language of DMN 1.5: compiled once to closures, bounded, without access to the host."""

from __future__ import annotations

from engine.kernel.feel.errors import FeelBudget, FeelSyntaxError
from engine.kernel.feel.expression import Expression, UnaryTests, compile_expression, compile_unary
from engine.kernel.feel.runtime import Note

__all__ = [
    "Expression",
    "FeelBudget",
    "FeelSyntaxError",
    "Note",
    "UnaryTests",
    "compile_expression",
    "compile_unary",
]
