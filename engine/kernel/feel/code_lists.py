"""Closures for lists, contexts, paths, filters and iterations; every item costs a step of the budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from engine.kernel.feel import tree
from engine.kernel.feel.codegen import compile_node, compiles
from engine.kernel.feel.errors import FeelBudget, NullResult
from engine.kernel.feel.moments import Date, day_at, ordinal
from engine.kernel.feel.properties import property_of
from engine.kernel.feel.runtime import MAX_ITEMS, Code, Frame, Run
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import NATIVE, Range, Value
from engine.kernel.feel.walk import steps_of


@compiles(tree.Listing)
def listing(node: tree.Listing) -> Code:
    """`[a, b]`."""
    items = [compile_node(item) for item in node.items]

    def code(frame: Frame) -> Value:
        frame.run.size(len(items))
        return [item(frame) for item in items]

    return code


@compiles(tree.Context)
def context(node: tree.Context) -> Code:
    """`{a: 1, b: a + 1}`: each entry sees those before it."""
    entries = [(key, compile_node(value)) for key, value in node.entries]

    def code(frame: Frame) -> Value:
        frame.run.size(4 * len(entries))
        made: dict[str, Value] = {}
        inner = Frame(made, frame, frame.run)
        for key, value in entries:
            made[key] = value(inner)
        return made

    return code


@compiles(tree.Path)
def path(node: tree.Path) -> Code:
    """`a.b`; of a list, the list of what each item has under that name."""
    code = _path(compile_node(node.operand), node.name, node.pos)
    names: list[str] = []
    start: tree.Node = node
    while isinstance(start, tree.Path):
        names.insert(0, start.name)
        start = start.operand
    return _from_outside(start.name, names, code) if isinstance(start, tree.Name) else code


def _path(operand: Code, name: str, position: int) -> Code:
    def code(frame: Frame) -> Value:
        value = operand(frame)
        if type(value) is dict and name in value:
            return value[name]
        if type(value) is list:
            frame.run.tick(len(value))
            frame.run.size(len(value))
            return [_part(item, name, frame.run, position) for item in value]
        frame.run.tick(2)
        return _part(value, name, frame.run, position)

    return code


def _from_outside(variable: str, names: list[str], otherwise: Code) -> Code:
    """Of a variable from outside only what the path leads to is converted, not all that stands beside it."""

    def code(frame: Frame) -> Value:
        scope: Frame | None = frame
        while scope is not None and variable not in scope.vars:
            scope = scope.up
        if scope is None or scope.up is not None:
            return otherwise(frame)
        value = scope.vars[variable]
        for name in names:
            if type(value) is not dict or name not in value:
                return otherwise(frame)
            value = value[name]
        return value if type(value) in NATIVE else frame.run.feel(value)

    return code


def _part(value: Value, name: str, run: Run, position: int) -> Value:
    try:
        return property_of(value, name)
    except NullResult as why:
        run.note(position, why.reason)
        return None


@compiles(tree.Filter)
def filtered(node: tree.Filter) -> Code:
    """`list[condition]` or `list[index]`."""
    steps = steps_of(node.condition)
    return filter_code(compile_node(node.operand), compile_node(node.condition), node.pos, steps)


def filter_code(operand: Code, condition: Code, position: int, steps: int = 1, *, picks: bool = True) -> Code:
    """What is no list counts as a list of one, null is null. DMN has it boxed too, where it never `picks`."""

    def code(frame: Frame) -> Value:
        value = operand(frame)
        items = value if type(value) is list else [value]
        run = frame.run
        if value is None:
            run.note(position, "筛选的对象为空值")
            return None
        if not items:
            return _of_nothing(condition, frame, position)
        picked: list[Value] = []
        for index, item in enumerate(items):
            run.tick(steps)
            answer = condition(_item_frame(item, frame))
            if answer is True:
                picked.append(item)
            elif picks and index == 0 and type(answer) is Decimal:
                return _pick(items, answer, run, position)
            elif answer is not False and answer is not None:
                run.note(position, f"筛选条件应为布尔值或序号，实为 {name_of(answer)}")
                return None
        run.size(len(picked))
        return picked

    return code


def _of_nothing(condition: Code, frame: Frame, position: int) -> Value:
    """An empty list filtered is empty, an item of it is null: only the condition's kind tells which was meant."""
    notes, frame.run.notes = frame.run.notes, None
    try:
        index = type(condition(_item_frame(None, frame))) is Decimal
    finally:
        frame.run.notes = notes
    if index:
        frame.run.note(position, "列表是空的")
    return None if index else []


def _item_frame(item: Value, frame: Frame) -> Frame:
    """`item` and, of a context, its entries, which come first."""
    inner = Frame({"item": item}, frame, frame.run)
    return Frame(item, inner, frame.run) if type(item) is dict else inner


def _pick(items: list[Value], index: Decimal, run: Run, position: int) -> Value:
    place = int(index) if index == index.to_integral_value() and abs(index) <= len(items) else 0
    if not place:
        run.note(position, f"列表只有 {len(items)} 项，没有第 {format(index, 'f')[:20]} 项")
        return None
    return items[place - 1 if place > 0 else place]


# ---- iterations ------------------------------------------------------------------------------------------------------

Domain = Callable[[Frame], list[Value]]
"""What a variable runs through. Raises NullResult if it is nothing that can be run through."""


def domain_code(start: Code, end: Code | None = None) -> Domain:
    """Of `start`, or of `start..end`; what is no list or range counts as a list of one."""

    def items(frame: Frame) -> list[Value]:
        value = start(frame)
        if end is not None:
            return list(_span(value, end(frame), frame.run))
        if type(value) is Range:
            return range_items(value, frame.run)
        if type(value) is list:
            return value
        if value is None:
            raise NullResult("for/some/every 的范围为空值")
        return [value]

    return items


def _domain(iteration: tree.Iteration) -> Domain:
    end = compile_node(iteration.end) if iteration.end is not None else None
    return domain_code(compile_node(iteration.domain), end)


def range_items(span: Range, run: Run) -> list[Value]:
    """The whole numbers or days of a range, excluded ends left out. Raises NullResult and FeelBudget."""
    items = list(_span(span.start, span.end, run))
    if not span.start_included:
        items = items[1:]
    return items[:-1] if items and not span.end_included and items[-1] == span.end else items


def _span(start: Value, end: Value, run: Run) -> Iterator[Value]:
    """Whole numbers or days from `start` to `end`, up or down."""
    if type(start) is Date and type(end) is Date:
        return map(day_at, _steps(ordinal(start), ordinal(end), run))
    if type(start) is not Decimal or type(end) is not Decimal:
        raise NullResult(f"不能从 {name_of(start)} 迭代到 {name_of(end)}")
    if start != start.to_integral_value() or end != end.to_integral_value():
        raise NullResult("迭代区间的两端应为整数")
    if abs(end - start) >= MAX_ITEMS:
        raise FeelBudget(f"迭代超过 {MAX_ITEMS} 次")
    return map(Decimal, _steps(int(start), int(end), run))


def _steps(start: int, end: int, run: Run) -> range:
    if abs(end - start) >= MAX_ITEMS:
        raise FeelBudget(f"迭代超过 {MAX_ITEMS} 次")
    run.tick(1 + abs(end - start) // 8)
    return range(start, end + 1) if start <= end else range(start, end - 1, -1)


def _walk(variables: Sequence[tuple[str, Domain]], frame: Frame, visit: Callable[[Frame], bool], steps: int) -> bool:
    """Calls `visit` for every combination, the last variable fastest, until it returns False."""
    name, domain = variables[0]
    run = frame.run
    for item in domain(frame):
        run.tick(steps)
        inner = Frame({name: item}, frame, run)
        going = visit(inner) if len(variables) == 1 else _walk(variables[1:], inner, visit, steps)
        if not going:
            return False
    return True


@compiles(tree.For)
def iteration(node: tree.For) -> Code:
    """`for … return`."""
    variables = [(each.name, _domain(each)) for each in node.iterations]
    steps = steps_of(node.body)
    return for_code(variables, compile_node(node.body), node.pos, looks_back=node.looks_back, steps=steps)


def for_code(
    variables: Sequence[tuple[str, Domain]], body: Code, position: int, *, looks_back: bool, steps: int = 1
) -> Code:
    """The list of results; `partial` is the list so far, if the body looks back at it. The boxed `for` is the same."""

    def code(frame: Frame) -> Value:
        results: list[Value] = []

        def visit(inner: Frame) -> bool:
            if looks_back:
                inner.run.size(len(results))
                inner = Frame({"partial": list(results)}, inner, inner.run)
            results.append(body(inner))
            if len(results) > MAX_ITEMS:
                raise FeelBudget(f"列表超过 {MAX_ITEMS} 项")
            return True

        try:
            _walk(variables, frame, visit, steps)
        except NullResult as why:
            frame.run.note(position, why.reason)
            return None
        frame.run.size(len(results))
        return results

    return code


@compiles(tree.Quantified)
def quantified(node: tree.Quantified) -> Code:
    """`some`/`every … satisfies`."""
    variables = [(each.name, _domain(each)) for each in node.iterations]
    steps = steps_of(node.body)
    return quantified_code(variables, compile_node(node.body), node.pos, every=node.every, steps=steps)


def quantified_code(
    variables: Sequence[tuple[str, Domain]], body: Code, position: int, *, every: bool, steps: int = 1
) -> Code:
    """Three-valued `or`/`and` over all combinations. The boxed `some` and `every` are the same."""
    decisive = not every

    def code(frame: Frame) -> Value:
        result: bool | None = not decisive

        def visit(inner: Frame) -> bool:
            nonlocal result
            value = body(inner)
            if value is decisive:
                result = decisive
                return False
            if value is not (not decisive):
                result = None
            return True

        try:
            _walk(variables, frame, visit, steps)
        except NullResult as why:
            frame.run.note(position, why.reason)
            return None
        return result

    return code
