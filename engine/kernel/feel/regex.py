"""Regular expressions that cannot hang: all alternatives advance together, one character at a time (Pike's machine).

Python's `re` backtracks and may take exponential time, so it never sees a pattern of a model. Here the time is bounded
by pattern length times text length, and every step counts against the budget of the evaluation. Only a pattern with
back-references goes through a backtracking machine, never twice through the same state.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from engine.kernel.feel.errors import FeelBudget, NullResult
from engine.kernel.feel.regex_parse import PatternReader
from engine.kernel.feel.regex_program import Assembler
from engine.kernel.feel.runtime import MAX_STRING, Run

Found = tuple[int, ...]
"""Start and end of the match, then of each group; -1 for a group that took no part."""
_Thread = tuple[int, Found]
_State = tuple[int, int, Found]
"""Instruction, place in the text, groups."""
_STATE_BYTES = 300


class Program:
    """A compiled pattern."""

    __slots__ = ("folds", "groups", "looks_back", "multiline", "ops")

    def __init__(self, pattern: str, flags: str) -> None:
        reader = PatternReader(pattern, flags)
        assembler = Assembler()
        assembler.assemble(reader.read())
        assembler.finish()
        self.ops = assembler.program
        self.groups = reader.groups
        self.looks_back = reader.looks_back
        self.multiline = "m" in flags
        self.folds = "i" in flags

    def search(self, text: str, start: int, run: Run) -> Found | None:
        """The leftmost match from `start` on, preferring what stands first in the pattern. Raises FeelBudget."""
        nothing: Found = (-1,) * (2 * self.groups + 2)
        if self.looks_back:
            return self._search_back(text, start, nothing, run)
        threads: list[_Thread] = []
        seen: set[int] = set()
        best: Found | None = None
        for place in range(start, len(text) + 1):
            if best is None:
                self._add(threads, seen, 0, (place, *nothing[1:]), text, place)
            elif not threads:
                break
            run.tick(1 + len(seen) * (16 + self.groups) // 64)
            threads, seen, best = self._step(threads, text, place, best)
        return best

    def _step(
        self, threads: list[_Thread], text: str, place: int, best: Found | None
    ) -> tuple[list[_Thread], set[int], Found | None]:
        """All threads over the character at `place`; a match ends those of lower priority."""
        character = text[place] if place < len(text) else None
        following: list[_Thread] = []
        seen: set[int] = set()
        for at, found in threads:
            op = self.ops[at]
            if op.kind == "match":
                return following, seen, (found[0], place, *found[2:])
            if character is not None and op.accepts is not None and op.accepts(character):
                self._add(following, seen, at + 1, found, text, place + 1)
        return following, seen, best

    def _add(self, threads: list[_Thread], seen: set[int], at: int, found: Found, text: str, place: int) -> None:
        """A thread, moved on to where it must read a character or has matched; forks in order of preference."""
        stack = [(at, found)]
        while stack:
            at, found = stack.pop()
            if at in seen:
                continue
            seen.add(at)
            op = self.ops[at]
            if op.kind == "jump":
                stack.append((op.to, found))
            elif op.kind == "split":
                stack.append((op.other, found))
                stack.append((op.to, found))
            elif op.kind == "save":
                stack.append((at + 1, (*found[: op.to], place, *found[op.to + 1 :])))
            elif op.kind in ("bol", "eol"):
                if self._at_edge(op.kind, text, place):
                    stack.append((at + 1, found))
            else:
                threads.append((at, found))

    # ---- with back-references ----------------------------------------------------------------------------------------

    def _search_back(self, text: str, start: int, nothing: Found, run: Run) -> Found | None:
        for place in range(start, len(text) + 1):
            found = self._match_back(text, (0, place, (place, *nothing[1:])), run)
            if found is not None:
                return found
        return None

    def _match_back(self, text: str, first: _State, run: Run) -> Found | None:
        """The preferred match from one place; states seen before need no second visit."""
        stack = [first]
        seen: set[_State] = set()
        while stack:
            state = stack.pop()
            if state in seen:
                continue
            run.tick()
            run.weigh(_STATE_BYTES)
            seen.add(state)
            at, place, found = state
            if self.ops[at].kind == "match":
                return (found[0], place, *found[2:])
            stack.extend(self._ways(text, at, place, found))
        return None

    def _ways(self, text: str, at: int, place: int, found: Found) -> Iterator[_State]:
        """Where a state leads; the preferred way last, because it is taken first from the stack."""
        op = self.ops[at]
        if op.kind == "jump":
            yield op.to, place, found
        elif op.kind == "split":
            yield op.other, place, found
            yield op.to, place, found
        elif op.kind == "save":
            yield at + 1, place, (*found[: op.to], place, *found[op.to + 1 :])
        elif op.kind == "again":
            wanted = text[found[2 * op.to] : found[2 * op.to + 1]] if found[2 * op.to + 1] >= 0 else ""
            if self._same(text[place : place + len(wanted)], wanted):
                yield at + 1, place + len(wanted), found
        elif op.kind in ("bol", "eol"):
            if self._at_edge(op.kind, text, place):
                yield at + 1, place, found
        elif place < len(text) and op.accepts is not None and op.accepts(text[place]):
            yield at + 1, place + 1, found

    def _same(self, one: str, other: str) -> bool:
        return one.casefold() == other.casefold() if self.folds else one == other

    # ------------------------------------------------------------------------------------------------------------------

    def _at_edge(self, kind: str, text: str, place: int) -> bool:
        """In a text of several lines, the line break that ends it begins no line of its own."""
        if kind == "bol":
            return place == 0 or (self.multiline and text[place - 1] == "\n" and place < len(text))
        return place == len(text) or (self.multiline and text[place] == "\n")

    def occurrences(self, text: str, run: Run) -> Iterator[Found]:
        """All matches from left to right. Raises NullResult if the empty string matches, as XPath does."""
        if self.search("", 0, run) is not None:
            raise NullResult("正则表达式不得匹配空字符串")
        place = 0
        while (found := self.search(text, place, run)) is not None and found[1] > found[0]:
            yield found
            place = found[1]


@lru_cache(maxsize=256)
def compiled(pattern: str, flags: str) -> Program:
    """The program of a pattern. Raises NullResult with the reason if it is none."""
    return Program(pattern, flags)


def replacement_parts(replacement: str, groups: int, *, literal: bool) -> list[str | int]:
    """The replacement as texts and numbers of groups; `\\$` and `\\\\` stand for themselves. Raises NullResult."""
    if literal:
        return [replacement]
    parts: list[str | int] = []
    at = last = 0
    while at < len(replacement):
        character, following = replacement[at], replacement[at + 1 : at + 2]
        if character not in ("\\", "$"):
            at += 1
            continue
        parts.append(replacement[last:at])
        if character == "$":
            at, group = _group_number(replacement, at + 1, groups)
            parts.append(group)
        elif following and following in "\\$":
            parts.append(following)
            at += 2
        else:
            raise NullResult("替换串中的“\\”只能写在“\\”或“$”之前")
        last = at
    return [*parts, replacement[last:]]


def filled(parts: list[str | int], text: str, found: Found, run: Run) -> str:
    """The replacement of one match; a group that took no part is empty. Raises FeelBudget before it grows too long."""
    run.tick(1 + len(parts) // 4)
    shown: list[str] = []
    room = MAX_STRING
    for part in parts:
        if isinstance(part, str):
            shown.append(part)
        else:
            taken = 2 * part < len(found) and found[2 * part] >= 0
            shown.append(text[found[2 * part] : found[2 * part + 1]] if taken else "")
        room -= len(shown[-1])
        if room < 0:
            raise FeelBudget(f"字符串超过 {MAX_STRING} 字符")
    return "".join(shown)


def _group_number(replacement: str, at: int, groups: int) -> tuple[int, int]:
    """The digits behind `$`, as many as make the number of a group, and where they end."""
    digit = replacement[at : at + 1]
    if not (digit.isascii() and digit.isdigit()):
        raise NullResult("替换串中的“$”之后应为组号")
    group = int(digit)
    at += 1
    while (digit := replacement[at : at + 1]) and digit in "0123456789" and group * 10 + int(digit) <= groups:
        group = group * 10 + int(digit)
        at += 1
    return at, group
