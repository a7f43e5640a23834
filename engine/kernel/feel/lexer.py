"""FEEL text to tokens; it does not know which words belong to one name, only the parser and its scope do."""

from __future__ import annotations

import re
from typing import NamedTuple

from engine.kernel.feel.errors import FeelSyntaxError

MAX_TEXT = 20_000
MAX_TOKENS = 8_000
"""Signs, words and literals of one expression: reading and compiling that many takes about 30 ms."""
MAX_DIGITS = 1_000

_START = (
    "?A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u167f\u1681-\u180d\u180f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff00-\ufffd\U00010000-\U000effff"
)
_PART = _START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
_SPACE = "\\s\u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
_TOKEN = re.compile(
    rf"(?P<space>(?:[{_SPACE}]|//[^\n\r]*|/\*(?:[^*]|\*(?!/))*\*/)+)"
    r"|(?P<num>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r'|(?P<str>"(?:[^"\\]|\\.)*")'
    rf"|(?P<name>[{_START}][{_PART}]*)"
    r"|(?P<op>\*\*|\.\.|<=|>=|!=|->|[-+*/=<>()\[\]{},:.@'’])",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "'": "'"}
_FULL_WIDTH = {
    "，": ",",
    "（": "(",
    "）": ")",
    "：": ":",
    "＝": "=",
    "＞": ">",
    "＜": "<",
    "“": '"',
    "”": '"',
    "；": ",",
}


class Token(NamedTuple):
    """`kind` is num, str, name, op or end; `spaced` tells whether blanks stand before it; `end` is the next offset."""

    kind: str
    text: str
    pos: int
    spaced: bool
    end: int


def tokenize(source: str) -> list[Token]:
    """All tokens of `source`, closed by one of kind `end`. Raises FeelSyntaxError."""
    if len(source) > MAX_TEXT:
        raise FeelSyntaxError(f"表达式过长（上限 {MAX_TEXT} 字符）")
    tokens: list[Token] = []
    position, spaced = 0, False
    for found in _TOKEN.finditer(source):
        start, end = found.span()
        if start != position:
            break
        kind, text, position = str(found.lastgroup), found.group(), end
        if kind == "space":
            spaced = True
            continue
        if len(text) > MAX_DIGITS or not text.isascii():
            _check(kind, text, start, source)
        tokens.append(Token(kind, text, start, spaced, end))
        spaced = False
        if len(tokens) > MAX_TOKENS:
            raise FeelSyntaxError(f"表达式过长（上限 {MAX_TOKENS} 个词和符号）", start, source)
    if position < len(source):
        raise _stray(source, position)
    tokens.append(Token("end", "", len(source), spaced, len(source)))
    return tokens


def _check(kind: str, text: str, position: int, source: str) -> None:
    if kind == "num" and len(text) > MAX_DIGITS:
        raise FeelSyntaxError("数字过长", position, source)
    if kind == "name":
        for index, character in enumerate(text):
            if character in _FULL_WIDTH:
                raise FeelSyntaxError(
                    f"全角标点“{character}”应改为“{_FULL_WIDTH[character]}”", position + index, source
                )


def _stray(source: str, position: int) -> FeelSyntaxError:
    character = source[position]
    if character == '"':
        return FeelSyntaxError("字符串没有结束的引号", position, source)
    if character in _FULL_WIDTH:
        return FeelSyntaxError(f"全角标点“{character}”应改为“{_FULL_WIDTH[character]}”", position, source)
    return FeelSyntaxError(f"不认识的字符“{character}”", position, source)


def unquote(literal: str) -> str:
    """The string that a literal with its quotes stands for. Unknown escapes stay as written (regular expressions)."""
    if "\\" not in literal:
        return literal[1:-1]
    text = _ESCAPE.sub(_unescape, literal[1:-1])
    if any("\ud800" <= character <= "\udfff" for character in text):  # a pair written as two escapes is one character
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _unescape(found: re.Match[str]) -> str:
    code = found[1]
    if len(code) > 1:
        point = int(code[1:], 16)
        return chr(point) if point <= 0x10FFFF else found[0]
    return _SIMPLE.get(code, found[0])


_WORD = re.compile(rf"[{_START}][{_PART}]*")


def is_word(text: str) -> bool:
    """Whether the text is a name of one word, without signs and blanks."""
    return _WORD.fullmatch(text) is not None


def normal(name: str) -> str:
    """A name with outer blanks cut and inner blanks made one space, as the specification compares names."""
    return " ".join(name.split())
