"""Finds pages of open tasks among a million: which ids come next, how many there are up to a bound. Judges no scope.

An index holds each unit's tasks in the order in which they are shown. The first few of every unit (and role) are read
and merged, so that a page costs what it shows, not what there is. That is a lateral join on PostgreSQL and a list of
ids per unit on SQLite, which no builder of statements says for both: hence text, put together from fixed parts only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import orjson
from sqlalchemy import Integer, String, TextClause, TextualSelect, bindparam, select, text
from sqlalchemy.types import TypeEngine

from engine.store.tables import application, connection_order
from engine.store.tables import task as t
from engine.store.tasks import COLUMNS
from engine.store.types import Connection, Instant

Order: TypeAlias = Literal["urgent", "legal", "undated"]
"""`urgent`: by priority, then what we ask of ourselves; `legal`: by the law's end, of tasks that have one; `undated`:
the others."""
N_COUNTED = 1000
"""How far one counts; beyond it is "so many and more"."""

_KEYS: dict[Order, tuple[str, ...]] = {
    "urgent": ("priority", "urgent_at", "id"),
    "legal": ("due_at", "id"),
    "undated": ("urgent_at", "id"),
}
_ONLY: dict[Order, str] = {"urgent": "", "legal": " AND t.due_at IS NOT NULL", "undated": " AND t.due_at IS NULL"}
_FIXED = {
    "held": "t.assignee = :login",
    "role": "t.assignee IS NULL AND t.unit_code = {units} AND t.role = {roles}",
    "offered": "t.assignee IS NULL AND t.offered_to IS NOT NULL AND t.unit_code = {units} AND t.offered_to = {roles}",
    "orders": "t.order_id = {orders}",
    "unit": "t.unit_code = {units}",
    "all": "",
}
_FILTERS = {
    "mine": "t.assignee = :login",
    "free": "t.assignee IS NULL",
    "takeable": "t.assignee IS NULL AND (t.role IN ({every_role}) OR t.offered_to IN ({every_role}))",
    "units": "t.unit_code IN ({every_unit})",
    "role": "t.role = :of_role",
    "stage": "t.stage = :stage",
    "level": "t.priority <= :level",
    "until": "t.due_at <= :until",
    "category": "EXISTS (SELECT 1 FROM connection_order o WHERE o.id = t.order_id AND o.category = :category)",
}
_LISTS = {"unit": ("units",), "role": ("units", "roles"), "offered": ("units", "roles"), "orders": ("orders",)}
_TYPES = {"units": "text", "roles": "text", "orders": "bigint"}
_SHAPES: dict[str, TypeEngine[Any]] = {
    "priority": Integer(),
    "urgent_at": Instant(),
    "due_at": Instant(),
    "id": String(),
}
_INDEX = {
    "held": "ix_task_assignee",
    "role": "ix_task_free",
    "offered": "ix_task_offered",
    "orders": "ix_task_order_id",
    "unit": "ix_task_unit",
    "all": "ix_task_open",
    "unit legal": "ix_task_legal",
    "unit undated": "ix_task_undated",
}
"""Said to SQLite, which would take that of the holders for "nobody holds it", whatever its statistics are."""
_INSTANTS = ("at", "until")
_LINES = (
    select(*COLUMNS, connection_order.c.order_no, connection_order.c.category, application.c.name_masked,
           application.c.address_masked)
    .join(connection_order, connection_order.c.id == t.c.order_id)
    .join(application, application.c.order_id == t.c.order_id)
    .where(t.c.id.in_(bindparam("ids", expanding=True)))
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """Where tasks are taken from: those held by `login`, the free ones of or offered to `roles` in `units`, those of
    `orders`, every task of `units`, or `all`. `values` and `lists` are also those of the `filters` to be passed."""

    kind: Literal["held", "role", "offered", "orders", "unit", "all"]
    lists: Mapping[str, Collection[Any]] = field(default_factory=dict)
    filters: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


def ids(
    connection: Connection, source: Source, order: Order, after: tuple[Any, ...] | None, limit: int
) -> list[tuple[Any, ...]]:
    """The keys of the next tasks of a source, each ending with the id; `after` is the key of the last one before."""
    statement = _statement(connection.dialect.name, source.kind, source.filters, order, after is not None)
    params = _params(connection, source) | {"n": limit} | dict(zip(_after_names(order), after or (), strict=False))
    return [tuple(row) for row in connection.execute(statement, params)]


def count(connection: Connection, source: Source, order: Order) -> int:
    """How many a source has; N_COUNTED means that many or more."""
    statement = _counting(connection.dialect.name, source.kind, source.filters, order)
    return int(connection.execute(statement, _params(connection, source) | {"n": N_COUNTED}).scalar_one())


def lines(connection: Connection, task_ids: list[str]) -> list[dict[str, Any]]:
    """These tasks as lists show them, in the order given."""
    if not task_ids:
        return []
    found = {row["id"]: dict(row) for row in connection.execute(_LINES, {"ids": task_ids}).mappings()}
    return [found[task_id] for task_id in task_ids if task_id in found]


def _after_names(order: Order) -> tuple[str, ...]:
    return ("level_after", "at", "id") if order == "urgent" else ("at", "id")


@lru_cache(maxsize=512)
def _statement(dialect: str, kind: str, filters: tuple[str, ...], order: Order, after: bool) -> TextualSelect:
    keys = _KEYS[order]
    places = ", ".join(f":{name}" for name in _after_names(order))
    further = f" AND ({', '.join(f't.{key}' for key in keys)}) > ({places})" if after else ""
    wanted, shown, outer = (", ".join(f"{table}.{key}" for key in keys) for table in "tts")
    where = _where(dialect, kind, filters, order) + further
    inner = f"{_from(dialect, kind, order)} WHERE {where} ORDER BY {shown} LIMIT :n"
    if kind not in _LISTS:
        words = f"SELECT {wanted} {inner}"
    elif dialect == "postgresql":
        each = f"FROM {_each(dialect, kind)} CROSS JOIN LATERAL (SELECT {wanted} {inner}) s"
        words = f"SELECT {outer} {each} ORDER BY {outer} LIMIT :n"
    else:
        each = f"FROM {_each(dialect, kind)} CROSS JOIN task s WHERE s.id IN (SELECT t.id {inner})"
        words = f"SELECT {outer} {each} ORDER BY {outer} LIMIT :n"
    return _typed(words).columns(**{key: _SHAPES[key] for key in keys})


@lru_cache(maxsize=256)
def _counting(dialect: str, kind: str, filters: tuple[str, ...], order: Order) -> TextClause:
    table = _from(dialect, kind, order)
    inner = f"{table} WHERE {_where(dialect, kind, filters, order)} LIMIT :n"
    if kind in _LISTS and dialect == "postgresql":
        inner = f"FROM {_each(dialect, kind)} CROSS JOIN LATERAL (SELECT 1 {inner}) s LIMIT :n"
    elif kind in _LISTS:
        inner = inner.replace("FROM", f"FROM {_each(dialect, kind)} CROSS JOIN", 1)
    return _typed(f"SELECT count(*) FROM (SELECT 1 {inner}) x")


def _from(dialect: str, kind: str, order: Order) -> str:
    known = f" INDEXED BY {_INDEX.get(f'{kind} {order}', _INDEX[kind])}"
    return f"FROM task AS t{known if dialect == 'sqlite' else ''}"


def _where(dialect: str, kind: str, filters: tuple[str, ...], order: Order) -> str:
    items = {name: f"{name}.{'item' if dialect == 'postgresql' else 'value'}" for name in _TYPES}
    every = {f"every_{name[:-1]}": _every(dialect, name) for name in _TYPES}
    parts = ["t.state = 'OPEN'", _FIXED[kind].format(**items), *(_FILTERS[name].format(**every) for name in filters)]
    return " AND ".join(part for part in parts if part) + _ONLY[order]


def _each(dialect: str, kind: str) -> str:
    """A row for each unit (and role, or order): the outer side of the join."""
    if dialect == "postgresql":
        return " CROSS JOIN ".join(f"unnest(CAST(:{n} AS {_TYPES[n]}[])) {n}(item)" for n in _LISTS[kind])
    return " CROSS JOIN ".join(f"json_each(:{name}) {name}" for name in _LISTS[kind])


def _every(dialect: str, name: str) -> str:
    if dialect == "postgresql":
        return f"SELECT unnest(CAST(:{name} AS {_TYPES[name]}[]))"
    return f"SELECT value FROM json_each(:{name})"


def _typed(words: str) -> TextClause:
    clause = text(words)
    return clause.bindparams(*(bindparam(name, type_=Instant()) for name in _INSTANTS if name in clause._bindparams))


def _params(connection: Connection, source: Source) -> dict[str, Any]:
    as_list = connection.dialect.name == "postgresql"
    given = {name: list(items) if as_list else orjson.dumps(list(items)).decode()
             for name, items in source.lists.items()}  # fmt: skip
    return given | dict(source.values)
