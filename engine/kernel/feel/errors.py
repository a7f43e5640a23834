"""The two errors a FEEL expression may raise, and the internal signal that a result is null; no evaluation here."""

from __future__ import annotations

from engine.errors import EngineError, Fault, ModelRefused


class FeelSyntaxError(ModelRefused):
    """The text is not a FEEL expression. `position` is the 0-based offset of the character at fault."""

    code = "feel_syntax"
    text = "表达式有语法错误"

    def __init__(self, reason: str, position: int = 0, source: str = "") -> None:
        shown = f"第 {position + 1} 个字符：{reason}"
        if source:
            shown += f"（{_excerpt(source, position)}）"
        super().__init__(shown, faults=(Fault(field=f"char:{position}", code=self.code, reason=shown),))
        self.position = position
        self.reason = reason


class FeelBudget(EngineError):
    """An expression asked for more steps, depth, size or time than one evaluation may use."""

    code = "feel_budget"
    text = "表达式超出计算限额"


class NullResult(Exception):
    """Internal: the operation has no result, so FEEL's answer is null; the reason (Chinese) goes into the notes."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _excerpt(source: str, position: int) -> str:
    """The 20 characters on either side of the fault, so that a long cell need not be counted through."""
    start, end = max(0, position - 20), position + 20
    text = source[start:end].replace("\n", " ")
    return ("…" if start else "") + text + ("…" if end < len(source) else "")
