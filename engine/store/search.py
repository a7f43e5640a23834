"""Looks orders up by number, name and address without reading any of them in the clear at rest. Judges no scope.

A name or address is kept as keyed digests of each two neighbouring characters (40 bits), a number as those of its ends.
Whoever has the database without the key sees how often a digest occurs, not of what. What the digests find is opened
and compared by the caller, so that neither their shortness nor their order shows in a result.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, func, literal, select, text, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.applications import SEARCH_FORM, place
from engine.store.tables import application, connection_order, sealed_value
from engine.store.tables_desk import search_gram as g
from engine.store.types import Connection
from engine.store.uow import UnitOfWork
from engine.store.vault import Sealed, Vault

N_MOST = 200
"""Orders that one search gives at most."""
N_LOOKED_AT = 1000
"""Rows of a digest that are looked at: beyond, the words are too common to be one."""
N_GRAMS = 12
ENDINGS = (4, 6, 8, 11)
"""Lengths of the ends of a number that are kept: 11 is its day and its number of the day."""
FIELDS = ("name", "address")
_NUMBER = re.compile(r"[0-9A-Za-z]{4,32}")

_o, _a, _s = connection_order.c, application.c, sealed_value.c
_UNSEARCHED = (
    select(_o.id, _o.unit_code, _o.order_no)
    .join(application, _a.order_id == _o.id)
    .where(text("application.search_form = 0"))  # as the index says it
    .order_by(_o.id)
    .limit(bindparam("n"))
)
_READY = update(application).where(_a.order_id == bindparam("of_order")).values(search_form=SEARCH_FORM)
_OF = select(_s.order_id, _s.field, _s.key_id, _s.sealed).where(
    _s.order_id.in_(bindparam("orders", expanding=True)), _s.field.in_(FIELDS)
)
_NUMBERS = select(_o.id, _o.order_no).where(_o.id.in_(bindparam("orders", expanding=True)))


@dataclass(frozen=True, slots=True)
class Found:
    """Orders that fit, by id; `is_all` False when the words are so common that there may be more."""

    order_ids: tuple[int, ...]
    is_all: bool


def plain(words: str) -> str:
    """As it is compared: no blanks, no full-width signs, no capitals."""
    return "".join(unicodedata.normalize("NFKC", words).split()).casefold()


def add(uow: UnitOfWork, vault: Vault, order_id: int, unit_code: str, order_no: str, texts: dict[str, str]) -> None:
    """Make an order findable; `texts` are its FIELDS in the clear. Doing it again changes nothing."""
    grams = {gram(vault, "no", order_no[-n:]) for n in ENDINGS}
    for field in FIELDS:
        grams |= {gram(vault, field, pair) for pair in _pairs(plain(texts.get(field, "")))}
    make = sqlite.insert if uow.dialect == "sqlite" else postgresql.insert
    rows = [{"gram": each, "unit_code": unit_code, "order_id": order_id} for each in sorted(grams)]
    uow.run(make(g).on_conflict_do_nothing(), rows)


def fill(uow: UnitOfWork, vault: Vault, n: int) -> int:
    """Make the next orders findable that were accepted before there was a search; returns how many were left to do."""
    rows = uow.run(_UNSEARCHED, {"n": n}).all()
    texts = _opened(uow.connection, vault, [row.id for row in rows])
    for row in rows:
        add(uow, vault, row.id, row.unit_code, row.order_no, texts.get(row.id, {}))
    if rows:
        uow.run(_READY, [{"of_order": row.id} for row in rows])
    return len(rows)


def find(connection: Connection, vault: Vault, q: str, units: Collection[str] | None) -> Found:
    """The orders of these units (None: all) whose number begins or ends with `q`, or whose name or address holds it."""
    words = plain(q)
    hits: set[int] = set()
    is_all = True
    if _NUMBER.fullmatch(words):
        hits |= _by_prefix(connection, words.upper(), units)
        wanted = [gram(vault, "no", words.upper()[-max(n for n in ENDINGS if n <= len(words)) :])]
        found, whole = _holding(connection, wanted, units)
        numbers = connection.execute(_NUMBERS, {"orders": found})
        hits |= {row.id for row in numbers if row.order_no.endswith(words.upper())}
        is_all = is_all and whole
    for field in FIELDS:
        grams = [gram(vault, field, pair) for pair in list(_pairs(words))[:N_GRAMS]]
        found, whole = _holding(connection, grams, units)
        texts = _opened(connection, vault, found)
        hits |= {order_id for order_id, of in texts.items() if words in plain(of.get(field, ""))}
        is_all = is_all and whole
    chosen = sorted(hits, reverse=True)[:N_MOST]
    return Found(tuple(chosen), is_all and len(chosen) == len(hits))


def _pairs(words: str) -> Iterable[str]:
    return dict.fromkeys(words[i : i + 2] for i in range(len(words) - 1))


def gram(vault: Vault, field: str, part: str) -> int:
    """The digest under which a part of a field is kept: 40 bits."""
    return int(vault.index(f"gram|{field}|{part}")[:10], 16)


def _by_prefix(connection: Connection, number: str, units: Collection[str] | None) -> set[int]:
    # a range, not LIKE: it uses the unique index on both databases, and no character of it is a wildcard
    until = number[:-1] + chr(ord(number[-1]) + 1)
    statement = select(_o.id).where(_o.order_no >= number, _o.order_no < until).limit(N_MOST)
    if units is not None:
        statement = statement.where(_o.unit_code.in_(units))
    return set(connection.execute(statement).scalars())


def _holding(connection: Connection, grams: list[int], units: Collection[str] | None) -> tuple[list[int], bool]:
    """Orders that hold all of these digests, and whether none was left out: the rarest is read, the rest are asked."""
    if not grams:
        return [], True
    counted = [
        select(literal(n).label("place"), func.count())
        .select_from(_rows(each, units).limit(N_LOOKED_AT).subquery())
        .group_by("place")
        for n, each in enumerate(grams)
    ]
    sizes: dict[int, int] = {row[0]: row[1] for row in connection.execute(union_all(*counted))}
    rarest = min(range(len(grams)), key=lambda n: sizes.get(n, 0))
    if not sizes.get(rarest):
        return [], True
    first = _rows(grams[rarest], units).limit(N_LOOKED_AT).subquery()
    statement = select(first.c.order_id)
    for n, each in enumerate(grams):
        if n != rarest:
            other = g.alias(f"g{n}")
            same = (other.c.gram == each, other.c.unit_code == first.c.unit_code, other.c.order_id == first.c.order_id)
            statement = statement.where(select(literal(1)).select_from(other).where(*same).exists())
    found = list(connection.execute(statement.limit(N_LOOKED_AT)).scalars())
    return found, sizes[rarest] < N_LOOKED_AT


def _rows(digest: int, units: Collection[str] | None) -> Select[Any]:
    statement = select(g.c.unit_code, g.c.order_id).where(g.c.gram == digest)
    return statement if units is None else statement.where(g.c.unit_code.in_(units))


def _opened(connection: Connection, vault: Vault, order_ids: list[int]) -> dict[int, dict[str, str]]:
    texts: dict[int, dict[str, str]] = {}
    if order_ids:
        for row in connection.execute(_OF, {"orders": order_ids}):
            value = vault.open(Sealed(row.key_id, bytes(row.sealed)), place(row.order_id, row.field))
            texts.setdefault(row.order_id, {})[row.field] = value
    return texts
