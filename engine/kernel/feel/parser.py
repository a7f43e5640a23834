"""FEEL tokens to a syntax tree, by precedence climbing; it evaluates nothing.

Written by hand because names with blanks depend on the scope, which a context-free grammar cannot know. Every loop goes
forward over the tokens and nothing is read twice, so the time is linear in the text.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from typing import NoReturn

from engine.kernel.feel import tree
from engine.kernel.feel.cursor import KEYWORDS, Cursor
from engine.kernel.feel.errors import FeelSyntaxError
from engine.kernel.feel.lexer import unquote
from engine.kernel.feel.parse_types import parse_type
from engine.kernel.feel.temporal import parse_at
from engine.kernel.feel.tree import Node
from engine.kernel.feel.types import Kind
from engine.kernel.feel.values import NUMBERS

COMPARE, ADD, POWER = 3, 4, 6
_LEVELS = {"or": 1, "and": 2, "+": ADD, "-": ADD, "*": 5, "/": 5, "**": POWER}
_LEVELS |= dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "between", "in", "instance"), COMPARE)
_RELATIONS = ("<", "<=", ">", ">=", "=", "!=")
_BEGINNINGS = frozenset({"if", "for", "some", "every", "function"})
_WORDS = {"true": True, "false": False, "null": None}


class Parser(Cursor):
    """One pass over one expression or one cell of unary tests."""

    def whole(self) -> Node:
        """The expression, and nothing behind it."""
        node = self.expression()
        if self.token.kind != "end":
            self.fail(f"多余的内容{self.shown()}")
        return node

    def unary_tests(self) -> tree.UnaryTree:
        """A cell: `-`, tests with commas between, or `not(…)` round them."""
        if self.token.kind == "end" or (self.sees("-") and self.ahead().kind == "end"):
            return tree.UnaryTree(0, (), False)
        if self.sees("not") and self.ahead().text == "(":
            start = self.at
            try:
                self.at += 2
                return tree.UnaryTree(0, self._tests(")"), True)
            except FeelSyntaxError:
                self.restart(start)  # then it is a call: `not(x) and y`
        return tree.UnaryTree(0, self._tests(""), False)

    def _tests(self, closing: str) -> tuple[tree.Test, ...]:
        tests = [self.test()]
        while self.accept(","):
            tests.append(self.test())
        if closing:
            self.expect(closing)
        if self.token.kind != "end":
            self.fail(f"多余的内容{self.shown()}")
        return tuple(tests)

    def test(self) -> tree.Test:
        """One positive unary test."""
        outer, self.asked = self.asked, False
        position = self.token.pos
        operator = self.take().text if self.sees(*_RELATIONS) else ""
        operand = self.binary(ADD) if operator else self.expression()
        test = tree.Test(position, operator, operand, self.asked)
        self.asked = self.asked or outer
        return test

    # ---- expressions -------------------------------------------------------------------------------------------------

    def expression(self) -> Node:
        """Any expression."""
        self.enter()
        node = self._beginning()
        self.leave()
        return node

    def _beginning(self) -> Node:
        """What the first token says is to come."""
        token = self.token
        if token.text in _BEGINNINGS and token.kind == "name" and not self._longest_known():
            if token.text == "if":
                return self._if()
            if token.text == "for":
                return self._for()
            return self._lambda() if token.text == "function" else self._quantified()
        if self.sees(*_RELATIONS):
            return self._half_range(token.pos)
        return self.binary(1)

    def binary(self, minimum: int) -> Node:
        """Operators of at least that precedence; all are left-associative."""
        left = self._unary()
        compared = 0
        while True:
            operator = self.token.text
            level = _LEVELS.get(operator, 0) if self.token.kind in ("op", "name") else 0
            if level < minimum or not level:
                return left
            if level == COMPARE:
                compared += 1
                if compared > 20:
                    self.fail("连续比较过多")
                left = self._compare(left)
            else:
                left = self._chain(left, level)

    def _chain(self, left: Node, level: int) -> Node:
        operators: list[str] = []
        operands = [left]
        while self.token.kind in ("op", "name") and _LEVELS.get(self.token.text) == level:
            operators.append(self.take().text)
            operands.append(self.binary(level + 1))
        if level < COMPARE:
            return tree.Logic(left.pos, operators[0], tuple(operands))
        return tree.Chain(left.pos, tuple(operators), tuple(operands))

    def _compare(self, left: Node) -> Node:
        position, operator = self.token.pos, self.take().text
        if operator == "between":
            low = self.binary(ADD)
            self.expect("and")
            return tree.Between(position, left, low, self.binary(ADD))
        if operator == "instance":
            self.expect("of")
            return tree.InstanceOf(position, left, parse_type(self))
        if operator == "in":
            return self._in(position, left)
        return tree.Comparison(position, operator, left, self.binary(ADD))

    def _in(self, position: int, left: Node) -> Node:
        """`x in (tests)`, `x in candidate`, or `x in > 5`, which is `x > 5`."""
        if self.sees(*_RELATIONS):
            return tree.Comparison(position, self.take().text, left, self.binary(ADD))
        if not self.sees("("):
            return tree.In(position, left, self.binary(ADD), ())
        start = self.take().pos
        with self.nested():
            tests = [self.test()]
            if not tests[0].operator and self.sees(".."):
                return tree.In(position, left, self._interval(start, tests[0].operand, False), ())
            while self.accept(","):
                tests.append(self.test())
            self.expect(")")
        return tree.In(position, left, None, tuple(tests))

    def _unary(self) -> Node:
        if self.token.text != "-" or self.token.kind != "op":
            return self._postfix(self._primary())
        self.enter()
        position = self.take().pos
        operand = self._unary()
        self.leave()
        if isinstance(operand, tree.Constant) and isinstance(operand.value, decimal.Decimal):
            return tree.Constant(position, operand.value.copy_negate() if operand.value else operand.value)
        return tree.Negation(position, operand)

    def _postfix(self, node: Node) -> Node:
        for _ in range(60):
            if self.token.kind != "op":
                return node
            position = self.token.pos
            if self.sees("(") and not isinstance(node, tree.Constant):
                node = self._call(node)
            elif self.sees("[") and not self._closes_interval():
                self.take()
                with self.scope(("item",), filters=True):
                    node = tree.Filter(position, node, self.expression())
                self.expect("]")
            elif self.accept("."):
                node = tree.Path(position, node, self.take_name())
            else:
                return node
        self.fail("连续的取值过多")

    def _closes_interval(self) -> bool:
        """`[1..5[`: a bracket after which no expression can begin ends an interval."""
        token = self.ahead()
        if token.kind == "end" or (token.kind == "op" and token.text not in ("(", "[", "{", "-", "@")):
            return True
        return token.kind == "name" and token.text in ("and", "or", "then", "else", "return", "satisfies", "in")

    def _call(self, function: Node) -> Node:
        position = self.take().pos
        names: list[str] = []
        arguments: list[Node] = []
        named = self.key_ahead()
        while not self.sees(")"):
            if arguments:
                self.expect(",")
            if named:
                names.append(self.take_key((":",)))
                self.expect(":")
            arguments.append(self.expression())
        self.expect(")")
        if len(set(names)) != len(names):
            self.fail("参数名重复", position)
        return tree.Call(position, function, tuple(arguments), tuple(names))

    # ---- operands ----------------------------------------------------------------------------------------------------

    def _primary(self) -> Node:
        token = self.token
        if token.kind == "num":
            self.at += 1
            try:
                return tree.Constant(token.pos, NUMBERS.create_decimal(token.text))
            except decimal.DecimalException:
                self.fail("数字超出范围", token.pos)
        if token.kind == "str":
            self.at += 1
            return tree.Constant(token.pos, unquote(token.text))
        if self.name_here():
            return self._name(token.pos)
        if token.text in _WORDS:
            self.at += 1
            return tree.Constant(token.pos, _WORDS[token.text])
        if token.kind == "name" and token.text in KEYWORDS:
            return self.expression() if token.text in ("if", "for", "some", "every", "function") else self._nothing()
        return self._bracketed()

    def _name(self, position: int) -> Node:
        """A variable, or a function that is called or handed on."""
        name = self.take_name()
        if self.is_bound(name):
            return tree.Name(position, name)
        if self.sees("(") and name not in self.builtins:
            self.called.add(name)
        elif name not in self.builtins:
            self.uses(name)
        return tree.Name(position, name)

    def _nothing(self) -> NoReturn:
        self.fail(f"此处应为表达式，实为{self.shown()}")

    def _bracketed(self) -> Node:
        token = self.token
        if self.accept("("):
            with self.nested():
                node = self.expression()
            if self.sees(".."):
                return self._interval(token.pos, node, False)
            self.expect(")")
            return node
        if self.accept("["):
            return self._list(token.pos)
        if self.accept("{"):
            return self._context(token.pos)
        if self.accept("]"):
            return self._interval(token.pos, self.binary(ADD), False)
        if self.accept("@") and self.token.kind == "str":
            value = parse_at(unquote(self.take().text))
            if value is None:
                self.fail("@ 之后不是日期、时间或时长", token.pos)
            return tree.Constant(token.pos, value)
        self._nothing()

    def _half_range(self, position: int) -> Node:
        """`>5`: a range with one bound."""
        operator = self.take().text
        bound = self.binary(ADD)
        if operator == "=":
            return tree.Interval(position, bound, bound, True, True)
        if operator == "!=":
            self.fail("“!=” 不能构成区间", position)
        if operator in ("<", "<="):
            return tree.Interval(position, None, bound, False, operator == "<=")
        return tree.Interval(position, bound, None, operator == ">=", False)

    def _interval(self, position: int, start: Node, included: bool) -> Node:
        self.expect("..")
        end = self.binary(ADD)
        if not self.sees("]", ")", "["):
            self.fail(f"区间应以“]”“)”或“[”结束，实为{self.shown()}")
        return tree.Interval(position, start, end, included, self.take().text == "]")

    def _list(self, position: int) -> Node:
        items: list[Node] = []
        while not self.sees("]"):
            if items:
                self.expect(",")
            items.append(self.expression())
            if len(items) == 1 and self.sees(".."):
                return self._interval(position, items[0], True)
        self.expect("]")
        return tree.Listing(position, tuple(items))

    def _context(self, position: int) -> Node:
        entries: dict[str, Node] = {}
        with self.nested(), self.scope():
            while not self.sees("}"):
                if entries:
                    self.expect(",")
                key_at = self.token.pos
                key = self.take_key((":",))
                if key in entries:
                    self.fail(f"重复的键“{key}”", key_at)
                self.expect(":")
                entries[key] = self.expression()
                self.bind(key)
        self.expect("}")
        return tree.Context(position, tuple(entries.items()))

    # ---- keywords ----------------------------------------------------------------------------------------------------

    def _if(self) -> Node:
        position = self.take().pos
        condition = self.expression()
        self.expect("then")
        then = self.expression()
        self.expect("else")
        return tree.If(position, condition, then, self.expression())

    def _iterations(self) -> Iterator[tree.Iteration]:
        while True:
            name = self.take_key(("in",))
            self.expect("in")
            domain = self.expression()
            end = self.expression() if self.accept("..") else None
            self.bind(name)
            yield tree.Iteration(name, domain, end)
            if not self.accept(","):
                return

    def _for(self) -> Node:
        position = self.take().pos
        with self.scope():
            iterations = tuple(self._iterations())
            self.expect("return")
            self.bind("partial")
            start = self.at
            body = self.expression()
            looks_back = any(token.text == "partial" for token in self.tokens[start : self.at])
            return tree.For(position, iterations, body, looks_back)

    def _quantified(self) -> Node:
        position, every = self.token.pos, self.take().text == "every"
        with self.scope():
            iterations = tuple(self._iterations())
            self.expect("satisfies")
            return tree.Quantified(position, every, iterations, self.expression())

    def _lambda(self) -> Node:
        position = self.take().pos
        self.expect("(")
        params: list[tuple[str, Kind | None]] = []
        while not self.accept(")"):
            if params:
                self.expect(",")
            name = self.take_key((":", ",", ")"))
            params.append((name, parse_type(self) if self.accept(":") else None))
        result = parse_type(self) if self.accept(":") else None
        with self.scope(name for name, _ in params):
            external = self.accept("external")
            body = self.expression()
        return tree.Lambda(position, tuple(params), result, None if external else body)
