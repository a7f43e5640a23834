"""The built-in functions of DMN 1.5, one module a family; importing this package registers them all."""

from __future__ import annotations

from engine.kernel.feel.builtins import contexts, convert, lists, numbers, ranges, strings, temporal

__all__ = ["contexts", "convert", "lists", "numbers", "ranges", "strings", "temporal"]
