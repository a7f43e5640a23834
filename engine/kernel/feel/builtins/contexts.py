"""Functions over contexts: reading, making and merging; they never change the context they are given."""

from __future__ import annotations

from typing import Any

from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.runtime import Run
from engine.kernel.feel.table import builtin
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import Value

_Context = dict[str, Value]


@builtin("get value", "m: context", "key: string")
def get_value(run: Run, m: _Context, key: str) -> Value:
    """The entry under a key; null if there is none."""
    return m.get(key)


@builtin("get entries", "m: context")
def get_entries(run: Run, m: _Context) -> list[_Context]:
    """`[{key: …, value: …}]`."""
    run.size(len(m) * 8)
    return [{"key": key, "value": value} for key, value in m.items()]


@builtin("context", "entries: list")
def context(run: Run, entries: list[Any]) -> _Context:
    """The context of a list of `{key, value}`; null if a key is missing or there twice."""
    made: _Context = {}
    for entry in entries:
        run.tick()
        if type(entry) is not dict or type(entry.get("key")) is not str or "value" not in entry:
            raise NullResult("每一项都应有 key（字符串）和 value")
        if entry["key"] in made:
            raise NullResult(f"重复的键“{entry['key']}”")
        made[entry["key"]] = entry["value"]
    run.size(len(made) * 4)
    return made


@builtin("context put", "context: context", "key: string", "value")
def context_put(run: Run, context: _Context, key: str, value: Value) -> _Context:
    """A copy with one entry set."""
    run.size(len(context) * 4)
    return {**context, key: value}


@builtin("context put", "context: context", "keys: list", "value")
def context_put_deep(run: Run, context: _Context, keys: list[Any], value: Value) -> _Context:
    """A copy with the entry at a path of keys set; null if there is no context on the way."""
    if not keys or not all(type(key) is str for key in keys) or len(keys) > 50:
        raise NullResult("keys 应为非空的字符串列表")
    run.size(len(context) * 4)
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0])
    if type(inner) is not dict:
        raise NullResult(f"“{keys[0]}”是 {name_of(inner)}，不是 context")
    return {**context, keys[0]: context_put_deep(run, inner, keys[1:], value)}


@builtin("context merge", "contexts: list")
def context_merge(run: Run, contexts: list[Any]) -> _Context:
    """One context of all entries; later ones win."""
    made: _Context = {}
    for each in contexts:
        if type(each) is not dict:
            raise NullResult(f"{name_of(each)} 不是 context")
        run.tick(len(each))
        made.update(each)
    run.size(len(made) * 4)
    return made
