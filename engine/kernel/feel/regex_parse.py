"""XPath regular expressions to a tree of parts (XQuery 1.0 and XPath 2.0 Functions and Operators, 7.6.1).

Understood: alternation, groups, classes with subtraction, `\\d \\w \\s \\i \\c \\p{…}`, greedy and lazy quantifiers,
back-references, `^ $`, flags `i m s x q`. It matches nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.regex_classes import ESCAPES, Accepts, subset

MAX_PATTERN = 2_000
MAX_REPEAT = 1_000
_MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Part:
    """A node of the pattern: kind with its sub-parts, bounds of repetition, or accepted characters."""

    kind: str
    parts: tuple[Part, ...] = ()
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
        self.looks_back = False
        self._closed: set[int] = set()
        self._depth = 0

    def read(self) -> Part:
        """The whole pattern."""
        if "q" in self.flags:
            return Part("seq", tuple(self._single(character) for character in self.pattern))
        if "x" in self.flags:
            self.pattern = _without_blanks(self.pattern)
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

    def _alternatives(self) -> Part:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._fail("嵌套过深")
        options = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            options.append(self._sequence())
        self._depth -= 1
        return options[0] if len(options) == 1 else Part("alt", tuple(options))

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while self._peek() not in ("", "|", ")"):
            part = self._atom()
            while self._peek() in ("?", "*", "+", "{") and self._peek():
                if part.kind == "repeat":
                    self._fail("重复的量词")
                part = self._quantified(part)
            parts.append(part)
        return Part("seq", tuple(parts))

    def _quantified(self, part: Part) -> Part:
        sign = self._take()
        least, most = {"?": (0, 1), "*": (0, -1), "+": (1, -1)}.get(sign) or self._bounds()
        lazy = self._peek() == "?"
        self.at += lazy
        return Part("repeat", (part,), least=least, most=most, lazy=lazy)

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

    def _atom(self) -> Part:
        character = self._take()
        if character == "(":
            return self._group()
        if character == "[":
            return Part("char", accepts=self._class())
        if character == ".":
            dot_all = "s" in self.flags
            return Part("char", accepts=lambda each: dot_all or each not in "\n\r")
        if character in "^$":
            return Part("bol" if character == "^" else "eol")
        if character == "\\" and self._peek().isdigit():
            return self._back_reference()
        if character == "\\":
            return Part("char", accepts=self._escape())
        if character in "?*+{}":
            self.at -= 1
            self._fail(f"“{character}”前面没有内容")
        return self._single(character)

    def _group(self) -> Part:
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
        self._closed.add(group)
        return Part("group", (part,), group=group)

    def _back_reference(self) -> Part:
        """As many digits as make the number of a group; the group must be closed before."""
        number = int(self._take())
        while self._peek().isdigit() and number * 10 + int(self._peek()) <= self.groups:
            number = number * 10 + int(self._take())
        if number == 0 or number not in self._closed:
            self._fail(f"“\\{number}”之前没有第 {number} 组")
        self.looks_back = True
        return Part("again", group=number)

    def _single(self, character: str) -> Part:
        return Part("char", accepts=self._folded(lambda each: each == character, character))

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
        if self._peek() == "]":
            self._fail("字符类是空的")
        while self._peek() != "]":
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
        if character.lower() in ESCAPES:
            accepts = ESCAPES[character.lower()]
            return (lambda each: not accepts(each)) if character.isupper() else accepts
        if character not in "nrt\\|.?*+(){}-[]^$":
            self._fail(f"不认识的转义“\\{character}”")
        plain = _plain(character)
        return self._folded(lambda each: each == plain, plain)

    def _category(self, negated: bool) -> Accepts:
        end = self.pattern.find("}", self.at)
        name = self.pattern[self.at + 1 : end] if self._peek() == "{" and end > 0 else ""
        accepts = subset(name)
        if accepts is None:
            self._fail("不认识的字符类别")
        self.at = end + 1
        return (lambda each: not accepts(each)) if negated else accepts


def _without_blanks(pattern: str) -> str:
    """Flag `x`: blanks do not count but inside character classes."""
    kept: list[str] = []
    inside = 0
    escaped = False
    for character in pattern:
        if inside or character not in " \t\n\r":
            kept.append(character)
        if not escaped:
            inside += (character == "[") - (character == "]" and inside > 0)
        escaped = character == "\\" and not escaped
    return "".join(kept)


def _plain(character: str) -> str:
    return {"n": "\n", "r": "\r", "t": "\t"}.get(character, character)
