"""Where the parser stands: tokens, the names in scope, and which words make one name; it builds no tree.

Names may hold blanks, operators and keywords ("date of birth", "profit-loss"), so only a scope tells where one ends:
the longest known name wins, and words side by side that no operator parts are one name even if it is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import NoReturn

from engine.kernel.feel.errors import FeelSyntaxError
from engine.kernel.feel.lexer import Token, normal, tokenize, unquote

KEYWORDS = frozenset(
    [
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "and",
        "or",
        "between",
        "instance",
        "function",
        "true",
        "false",
        "null",
    ]
)
NAME_SIGNS = frozenset("./-'’+*") | {"**"}
MAX_NESTING = 60

Vocabulary = dict[str, dict[int, dict[tuple[str, ...], str]]]
"""Names of several tokens: first token -> number of tokens -> tokens -> the name as it is known."""
_NOTHING: dict[int, dict[tuple[str, ...], str]] = {}


class Cursor:
    """A position in the tokens of one expression, and the scope there."""

    def __init__(self, source: str, names: Iterable[str], builtins: frozenset[str]) -> None:
        self.source = source
        self.tokens = tokenize(source)
        self.at = 0
        self.builtins = builtins
        self.free: set[str] = set()
        self.called: set[str] = set()
        self.asked = False
        self._nesting = 0
        self._in_filter = 0
        self._bound: list[set[str]] = []
        self._learnt: Vocabulary = {}
        self._vocabularies = (_vocabulary(builtins), _vocabulary(frozenset(names)), self._learnt)

    # ---- tokens ------------------------------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def ahead(self, distance: int = 1) -> Token:
        """The token that many places on; the closing one beyond the end."""
        return self.tokens[min(self.at + distance, len(self.tokens) - 1)]

    def sees(self, *texts: str) -> bool:
        """Whether the present token is one of these signs or keywords."""
        return self.token.text in texts and self.token.kind in ("op", "name")

    def take(self) -> Token:
        token = self.tokens[self.at]
        if token.kind != "end":
            self.at += 1
        return token

    def accept(self, text: str) -> bool:
        """Go past `text` if it is next."""
        if self.sees(text):
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> Token:
        if not self.sees(text):
            self.fail(f"此处应为“{text}”，实为{self.shown()}")
        return self.take()

    def shown(self) -> str:
        return "表达式的结尾" if self.token.kind == "end" else f"“{self.token.text}”"

    def fail(self, reason: str, position: int | None = None) -> NoReturn:
        raise FeelSyntaxError(reason, self.token.pos if position is None else position, self.source)

    def enter(self) -> None:
        """One level deeper; refused beyond `MAX_NESTING`. An error ends the reading, so only success need `leave`."""
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            self.fail(f"嵌套超过 {MAX_NESTING} 层")

    def leave(self) -> None:
        """One level up."""
        self._nesting -= 1

    def restart(self, at: int) -> None:
        """Back to a place outside of everything, after what was begun there could not be read."""
        self.at = at
        self._nesting = self._in_filter = 0
        self._bound = []
        self.asked = False

    @contextmanager
    def nested(self) -> Iterator[None]:
        """One level deeper within a block."""
        self.enter()
        yield
        self.leave()

    # ---- names -------------------------------------------------------------------------------------------------------

    @contextmanager
    def scope(self, names: Iterable[str] = (), *, filters: bool = False) -> Iterator[set[str]]:
        """Names bound within; in a filter every unknown name may be an entry of the item, so none counts as free."""
        local = set(names)
        for name in local:
            _learn(self._learnt, name)
        self._bound.append(local)
        self._in_filter += filters
        yield local
        self._in_filter -= filters
        self._bound.pop()

    def bind(self, name: str) -> None:
        """Add a name to the innermost scope."""
        self._bound[-1].add(name)
        _learn(self._learnt, name)

    def is_bound(self, name: str) -> bool:
        return any(name in local for local in self._bound)

    def uses(self, name: str) -> None:
        """Note a variable that must come from outside."""
        if name == "?":
            self.asked = True
        elif not self._in_filter and not self.is_bound(name):
            self.free.add(name)

    def name_here(self) -> bool:
        """Whether a name begins at the present token."""
        token = self.token
        return token.kind == "name" and (token.text not in KEYWORDS or bool(self._longest_known()))

    def take_name(self) -> str:
        """Go past the name that begins here and return it: as it was made known, or normalised."""
        start = self.at
        known = self._longest_known()
        if not known and (self.token.kind != "name" or self.token.text in KEYWORDS):
            self.fail(f"此处应为名称，实为{self.shown()}")
        self.at += len(known) or 1
        end = self.at
        while self.token.kind == "name" and self.token.text not in KEYWORDS:
            self.at += 1
        if known and self.at == end:
            return self._known_as(known)
        return normal(self.source[self.tokens[start].pos : self.tokens[self.at - 1].end])

    def _known_as(self, parts: tuple[str, ...]) -> str:
        known = (each.get(parts[0], {}).get(len(parts), {}).get(parts) for each in self._vocabularies)
        return next(name for name in known if name is not None)

    def _longest_known(self) -> tuple[str, ...]:
        """The tokens of the longest known name of several that begins here; blanks between them do not count."""
        best: tuple[str, ...] = ()
        for vocabulary in self._vocabularies:
            for length, known in vocabulary.get(self.token.text, _NOTHING).items():
                if len(best) < length < len(self.tokens) - self.at:
                    parts = tuple(token.text for token in self.tokens[self.at : self.at + length])
                    if parts in known and self._is_meant(parts):
                        best = parts
        return best

    def _is_meant(self, parts: tuple[str, ...]) -> bool:
        """`date and time` may also be two variables."""
        words = " ".join(parts)
        return " and " not in words or words not in self.builtins or self.tokens[self.at + len(parts)].text == "("

    def take_key(self, stop: tuple[str, ...]) -> str:
        """Any name that `stop` ends: keys of contexts, names of arguments and parameters."""
        if self.token.kind == "str":
            return unquote(self.take().text)
        start = self.at
        while self.token.kind in ("name", "num") or (self.token.kind == "op" and self.token.text in NAME_SIGNS):
            if self.at > start and self.token.text in stop:
                break
            self.at += 1
        if self.at == start or self.tokens[start].kind != "name":
            self.at = start
            self.fail(f"此处应为名称，实为{self.shown()}")
        if not self.sees(*stop):
            self.fail(f"此处应为“{stop[0]}”，实为{self.shown()}")
        return normal(self.source[self.tokens[start].pos : self.tokens[self.at - 1].end])

    def key_ahead(self) -> bool:
        """Whether a name and a colon come next, as in `f(name: value)`."""
        index = self.at
        if self.tokens[index].kind not in ("name", "str"):
            return False
        while self.tokens[index].kind in ("name", "num", "str") or self.tokens[index].text in NAME_SIGNS:
            index += 1
        return self.tokens[index].text == ":" and self.tokens[index].kind == "op"


@lru_cache(maxsize=256)
def _vocabulary(names: frozenset[str]) -> Vocabulary:
    """Those names that are several tokens. Shared by all texts that are read with them, so nothing is added to it."""
    made: Vocabulary = {}
    for name in sorted(names):
        _learn(made, name)
    return made


def _learn(vocabulary: Vocabulary, name: str) -> None:
    parts = _parts(name)
    if len(parts) > 1:
        vocabulary.setdefault(parts[0], {}).setdefault(len(parts), {}).setdefault(parts, name)


@lru_cache(maxsize=4096)
def _parts(name: str) -> tuple[str, ...]:
    """The tokens of a name; nothing if FEEL could not read it anyway."""
    try:
        tokens = tokenize(name.strip())
    except FeelSyntaxError:
        return ()
    return tuple(token.text for token in tokens[:-1])
