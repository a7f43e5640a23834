"""XPath regular expressions to the instructions of a small matching machine; it matches nothing itself.

Understood: alternation, groups, classes with subtraction, `\\d \\w \\s \\i \\c \\p{…}`, greedy and lazy quantifiers,
`^ $`, flags `i m s x q`. Back-references are refused: they are what makes matching exponential.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from engine.kernel.feel.errors import NullResult

MAX_PATTERN = 2_000
MAX_PROGRAM = 3_000
MAX_REPEAT = 1_000
_MAX_DEPTH = 40

Accepts = Callable[[str], bool]


@dataclass(slots=True)
class Op:
    """One instruction: `char` (accepts), `split` (to, or), `jump` (to), `save` (slot), `bol`, `eol`, `match`."""

    kind: str
    accepts: Accepts | None = None
    to: int = 0
    other: int = 0


@dataclass(frozen=True, slots=True)
class _Part:
    """A node of the pattern: kind with its sub-parts, bounds of repetition, or accepted characters."""

    kind: str
    parts: tuple[_Part, ...] = ()
    accepts: Accepts | None = None
    least: int = 0
    most: int = -1
    lazy: bool = False
    group: int = 0


class PatternReader:
    """Reads one pattern."""

    def __init__(self, pattern: str, flags: str) -> None:
        if len(pattern) > MAX_PATTERN:
            raise NullResult("正则表达式过长")
        if set(flags) - set("imsxq"):
            raise NullResult(f"不认识的正则标志“{flags[:10]}”")
        self.pattern = pattern
        self.flags = flags
        self.at = 0
        self.groups = 0
        self._depth = 0

    def read(self) -> _Part:
        """The whole pattern."""
        if "q" in self.flags:
            return _Part("seq", tuple(self._single(character) for character in self.pattern))
        if "x" in self.flags:
            self.pattern = "".join(each for each in self.pattern if each not in " \t\n\r")
        part = self._alternatives()
        if self.at < len(self.pattern):
            self._fail("多余的“)”")
        return part

    def _fail(self, why: str) -> NoReturn:
        raise NullResult(f"正则表达式第 {self.at + 1} 个字符：{why}")

    def _peek(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.pattern[place] if place < len(self.pattern) else ""

    def _take(self) -> str:
        if self.at >= len(self.pattern):
            self._fail("未写完")
        self.at += 1
        return self.pattern[self.at - 1]

    def _alternatives(self) -> _Part:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._fail("嵌套过深")
        options = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            options.append(self._sequence())
        self._depth -= 1
        return options[0] if len(options) == 1 else _Part("alt", tuple(options))

    def _sequence(self) -> _Part:
        parts: list[_Part] = []
        while self._peek() not in ("", "|", ")"):
            part = self._atom()
            while self._peek() in ("?", "*", "+", "{") and self._peek():
                if part.kind == "repeat":
                    self._fail("重复的量词")
                part = self._quantified(part)
            parts.append(part)
        return _Part("seq", tuple(parts))

    def _quantified(self, part: _Part) -> _Part:
        sign = self._take()
        least, most = {"?": (0, 1), "*": (0, -1), "+": (1, -1)}.get(sign) or self._bounds()
        lazy = self._peek() == "?"
        self.at += lazy
        return _Part("repeat", (part,), least=least, most=most, lazy=lazy)

    def _bounds(self) -> tuple[int, int]:
        end = self.pattern.find("}", self.at)
        low, comma, high = self.pattern[self.at : end if end >= 0 else self.at].partition(",")
        if not (low.isascii() and low.isdigit()) or (high and not (high.isascii() and high.isdigit())):
            self._fail("量词应形如 {2}、{2,} 或 {2,5}")
        if max(len(low), len(high)) > 4:
            self._fail("重复次数过多")
        self.at = end + 1
        least = int(low)
        most = int(high) if high else (-1 if comma else least)
        if max(least, most) > MAX_REPEAT or -1 < most < least:
            self._fail("重复次数过多或次序颠倒")
        return least, most

    def _atom(self) -> _Part:
        character = self._take()
        if character == "(":
            return self._group()
        if character == "[":
            return _Part("char", accepts=self._class())
        if character == ".":
            dot_all = "s" in self.flags
            return _Part("char", accepts=lambda each: dot_all or each not in "\n\r")
        if character in "^$":
            return _Part("bol" if character == "^" else "eol")
        if character == "\\":
            return _Part("char", accepts=self._escape())
        if character in "?*+{}":
            self.at -= 1
            self._fail(f"“{character}”前面没有内容")
        return self._single(character)

    def _group(self) -> _Part:
        group = 0
        if self._peek() == "?":
            if self._peek(1) != ":":
                self._fail("不支持的分组")
            self.at += 2
        else:
            self.groups += 1
            group = self.groups
        part = self._alternatives()
        if self._peek() != ")":
            self._fail("缺少“)”")
        self.at += 1
        return _Part("group", (part,), group=group)

    def _single(self, character: str) -> _Part:
        return _Part("char", accepts=self._folded(lambda each: each == character, character))

    def _folded(self, accepts: Accepts, character: str = "") -> Accepts:
        """The test as it is, or blind to case under flag `i`."""
        if "i" not in self.flags:
            return accepts
        if character:
            wanted = character.casefold()
            return lambda each: each.casefold() == wanted
        return lambda each: accepts(each) or accepts(each.lower()) or accepts(each.upper())

    # ---- classes -----------------------------------------------------------------------------------------------------

    def _class(self) -> Accepts:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._fail("嵌套过深")
        negated = self._peek() == "^"
        self.at += negated
        tests: list[Accepts] = []
        without: Accepts | None = None
        while self._peek() != "]" or not tests:
            if self._peek() == "-" and self._peek(1) == "[":
                self.at += 2
                without = self._class()
                break
            tests.append(self._member())
        if self._take() != "]":
            self._fail("缺少“]”")
        self._depth -= 1
        found = self._folded(lambda each: any(test(each) for test in tests))
        outside = without
        if outside is not None:
            return lambda each: found(each) is not negated and not outside(each)
        return lambda each: found(each) is not negated

    def _member(self) -> Accepts:
        first = self._take()
        if first == "\\":
            if self._peek() not in "nrt\\|.?*+(){}-[]^$":
                return self._escape()
            first = _plain(self._take())
        elif first == "[":
            self._fail("字符类里的“[”应写作“\\[”")
        if self._peek() != "-" or self._peek(1) in ("]", "[", ""):
            return lambda each: each == first
        self.at += 1
        last = self._take()
        if last == "\\":
            last = _plain(self._take())
        if last < first:
            self._fail("字符范围次序颠倒")
        return lambda each: first <= each <= last

    def _escape(self) -> Accepts:
        character = self._take()
        if character in "pP":
            return self._category(character == "P")
        if character.lower() in _ESCAPES:
            accepts = _ESCAPES[character.lower()]
            return (lambda each: not accepts(each)) if character.isupper() else accepts
        if character.isdigit():
            self._fail("不支持反向引用")
        if character not in "nrt\\|.?*+(){}-[]^$":
            self._fail(f"不认识的转义“\\{character}”")
        plain = _plain(character)
        return self._folded(lambda each: each == plain, plain)

    def _category(self, negated: bool) -> Accepts:
        end = self.pattern.find("}", self.at)
        name = self.pattern[self.at + 1 : end] if self._peek() == "{" and end > 0 else ""
        if name[:1] not in tuple("LMNPZSC") or len(name) > 2:
            self._fail("不认识的字符类别")
        self.at = end + 1
        return lambda each: unicodedata.category(each).startswith(name) is not negated


def _plain(character: str) -> str:
    return {"n": "\n", "r": "\r", "t": "\t"}.get(character, character)


def _word(each: str) -> bool:
    return unicodedata.category(each)[0] not in "PZC"


_ESCAPES: dict[str, Accepts] = {
    "d": lambda each: unicodedata.category(each) == "Nd",
    "s": lambda each: each in " \t\n\r",
    "w": _word,
    "i": lambda each: each.isalpha() or each in "_:",
    "c": lambda each: each.isalnum() or each in "_:-.\u00b7",
}


class Assembler:
    """Parts to instructions."""

    def __init__(self) -> None:
        self.program: list[Op] = []

    def emit(self, op: Op) -> int:
        if len(self.program) >= MAX_PROGRAM:
            raise NullResult("正则表达式展开后过长")
        self.program.append(op)
        return len(self.program) - 1

    def assemble(self, part: _Part) -> None:
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
            self.emit(Op(part.kind, part.accepts))

    def _alternatives(self, options: tuple[_Part, ...]) -> None:
        ends: list[int] = []
        for option in options[:-1]:
            split = self.emit(Op("split", to=len(self.program) + 1))
            self.assemble(option)
            ends.append(self.emit(Op("jump")))
            self.program[split].other = len(self.program)
        self.assemble(options[-1])
        for end in ends:
            self.program[end].to = len(self.program)

    def _repeat(self, part: _Part) -> None:
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
