"""Parts of a regular expression to the instructions of a small matching machine; it reads and matches nothing."""

from __future__ import annotations

from dataclasses import dataclass

from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.regex_classes import Accepts
from engine.kernel.feel.regex_parse import Part

MAX_PROGRAM = 3_000


@dataclass(slots=True)
class Op:
    """One instruction: `char` (accepts), `split` (to, or), `jump` (to), `save` (slot), `bol`, `eol`, `again` (group),
    `match`."""

    kind: str
    accepts: Accepts | None = None
    to: int = 0
    other: int = 0


class Assembler:
    """Parts to instructions."""

    def __init__(self) -> None:
        self.program: list[Op] = []

    def emit(self, op: Op) -> int:
        if len(self.program) >= MAX_PROGRAM:
            raise NullResult("正则表达式展开后过长")
        self.program.append(op)
        return len(self.program) - 1

    def finish(self) -> None:
        """What stands behind the last part has matched."""
        self.emit(Op("match"))

    def assemble(self, part: Part) -> None:
        """Appends the instructions of a part."""
        if part.kind == "seq":
            for each in part.parts:
                self.assemble(each)
        elif part.kind == "alt":
            self._alternatives(part.parts)
        elif part.kind == "group":
            if part.group:
                self.emit(Op("save", to=2 * part.group))
            self.assemble(part.parts[0])
            if part.group:
                self.emit(Op("save", to=2 * part.group + 1))
        elif part.kind == "repeat":
            self._repeat(part)
        else:
            self.emit(Op(part.kind, part.accepts, part.group))

    def _alternatives(self, options: tuple[Part, ...]) -> None:
        ends: list[int] = []
        for option in options[:-1]:
            split = self.emit(Op("split", to=len(self.program) + 1))
            self.assemble(option)
            ends.append(self.emit(Op("jump")))
            self.program[split].other = len(self.program)
        self.assemble(options[-1])
        for end in ends:
            self.program[end].to = len(self.program)

    def _repeat(self, part: Part) -> None:
        body = part.parts[0]
        for _ in range(part.least):
            self.assemble(body)
        if part.most < 0:
            split = self._fork()
            self.assemble(body)
            self.emit(Op("jump", to=split))
            self._land(split, part.lazy)
            return
        splits: list[int] = []
        for _ in range(part.most - part.least):
            splits.append(self._fork())
            self.assemble(body)
        for split in splits:
            self._land(split, part.lazy)

    def _fork(self) -> int:
        return self.emit(Op("split", to=len(self.program) + 1))

    def _land(self, split: int, lazy: bool) -> None:
        """The fork's other way leads to the present end, which comes first if the quantifier is lazy."""
        op = self.program[split]
        op.to, op.other = (len(self.program), op.to) if lazy else (op.to, len(self.program))
