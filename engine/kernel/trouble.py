"""The one exception by which the automatic part of a step gives up; `spiff.advance` turns it into an incident."""

from __future__ import annotations

from engine.errors import EngineError


class Stuck(EngineError):
    """The automatic part of a step cannot go on at this element until somebody mends the cause."""

    code = "stuck"
    text = "流程自动步骤无法继续"

    def __init__(self, element_id: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.element_id = element_id
        self.reason = code
