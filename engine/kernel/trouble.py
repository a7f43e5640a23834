"""The one exception by which the automatic part of a step gives up; `spiff.advance` turns it into an incident."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.errors import EngineError
from engine.kernel.feel.runtime import Note
from engine.kernel.model import Decided


class Stuck(EngineError):
    """The automatic part of a step cannot go on at this element until somebody mends the cause.

    `notes` are the places in expressions at fault, `decisions` the decisions taken before one failed, and that one.
    """

    code = "stuck"
    text = "流程自动步骤无法继续"

    def __init__(
        self,
        element_id: str,
        code: str,
        detail: str,
        notes: Iterable[Note] = (),
        decisions: Iterable[Decided] = (),
    ) -> None:
        super().__init__(detail)
        self.element_id = element_id
        self.reason = code
        self.notes = tuple(notes)
        self.decisions = tuple(decisions)


def reasons(notes: Sequence[Note]) -> str:
    """The first few of FEEL's notes on why something is null, in one line."""
    return "；".join(dict.fromkeys(note.reason for note in notes[:3]))
