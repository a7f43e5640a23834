"""What a list of numbers (or of booleans) says as a whole: sum, mean, extremes, all and any."""

from __future__ import annotations

import decimal
from collections import Counter
from decimal import Decimal

from engine.kernel.feel import compare
from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.runtime import Run
from engine.kernel.feel.table import builtin
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import NUMBERS, Value

_List = list[Value]


def _numbers(run: Run, items: _List) -> list[Decimal]:
    """The items, at least one, all numbers. Raises NullResult."""
    run.tick(len(items))
    if not items:
        raise NullResult("列表为空")
    for item in items:
        if type(item) is not Decimal:
            raise NullResult(f"列表中有 {name_of(item)}，应全为数字")
    return items


def _sum(numbers: list[Decimal]) -> Decimal:
    total = Decimal(0)
    try:
        for number in numbers:
            total = NUMBERS.add(total, number)
    except decimal.DecimalException:
        raise NullResult("结果超出数字范围") from None
    return total


def _extreme(run: Run, items: _List, greatest: bool) -> Value:
    run.tick(len(items))
    if not items:
        raise NullResult("列表为空")
    best = items[0]
    for item in items:
        lower = compare.less(item, best)
        if lower is None:
            raise NullResult(f"{name_of(item)} 与 {name_of(best)} 无法比较大小")
        if lower is not greatest and item is not best and (lower or compare.less(best, item)):
            best = item
    return best


@builtin("min", "list: list", rest=True)
def min_(run: Run, items: _List) -> Value:
    """The least item."""
    return _extreme(run, items, False)


@builtin("max", "list: list", rest=True)
def max_(run: Run, items: _List) -> Value:
    """The greatest item."""
    return _extreme(run, items, True)


@builtin("sum", "list: list", rest=True)
def sum_(run: Run, items: _List) -> Decimal:
    """Null of an empty list."""
    return _sum(_numbers(run, items))


@builtin("product", "list: list", rest=True)
def product(run: Run, items: _List) -> Decimal:
    """Null of an empty list."""
    total = Decimal(1)
    try:
        for number in _numbers(run, items):
            total = NUMBERS.multiply(total, number)
    except decimal.DecimalException:
        raise NullResult("结果超出数字范围") from None
    return total


@builtin("mean", "list: list", rest=True)
def mean(run: Run, items: _List) -> Decimal:
    """Arithmetic mean."""
    return NUMBERS.divide(_sum(_numbers(run, items)), Decimal(len(items)))


@builtin("median", "list: list", rest=True)
def median(run: Run, items: _List) -> Decimal:
    """The middle one, or the mean of the two in the middle."""
    ordered = sorted(_numbers(run, items))
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return NUMBERS.divide(_sum(ordered[half - 1 : half + 1]), Decimal(2))


@builtin("stddev", "list: list", rest=True)
def stddev(run: Run, items: _List) -> Decimal:
    """Standard deviation of a sample (n - 1); null of fewer than two numbers."""
    numbers = _numbers(run, items)
    if len(numbers) < 2:
        raise NullResult("标准差至少需要两个数")
    middle = mean(run, items)
    try:
        squares = [NUMBERS.power(NUMBERS.subtract(number, middle), 2) for number in numbers]
        return NUMBERS.sqrt(NUMBERS.divide(_sum(squares), Decimal(len(numbers) - 1)))
    except decimal.DecimalException:
        raise NullResult("结果超出数字范围") from None


@builtin("mode", "list: list", rest=True)
def mode(run: Run, items: _List) -> _List:
    """The most frequent numbers in ascending order; of an empty list, an empty one."""
    if not items:
        return []
    numbers = {str(NUMBERS.normalize(number)): number for number in reversed(_numbers(run, items))}
    counts = Counter(str(NUMBERS.normalize(number)) for number in items)
    most = max(counts.values())
    return sorted(numbers[text] for text, times in counts.items() if times == most)


def _truth(run: Run, items: _List, decisive: bool) -> bool | None:
    run.tick(len(items))
    result: bool | None = not decisive
    for item in items:
        if item is decisive:
            result = decisive
            break
        if item is not (not decisive):
            result = None
    return result


@builtin("all", "list: list", rest=True)
def all_(run: Run, items: _List) -> bool | None:
    """Three-valued `and` of all items; true of an empty list."""
    return _truth(run, items, False)


@builtin("any", "list: list", rest=True)
def any_(run: Run, items: _List) -> bool | None:
    """Three-valued `or` of all items; false of an empty list."""
    return _truth(run, items, True)
