"""The task list with a million open tasks in the database: what a page of it costs on the server, for whom.

Orders and tasks are written as rows, not worked up to: only the list is measured, and it reads nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from sqlalchemy import Table, text

from engine.commands.create_account import CreateAccount
from engine.policy import SYSTEM
from engine.store import search
from engine.store.applications import place
from engine.store.tables import application, connection_order, sealed_value, task
from engine.store.tables_desk import follow, search_gram
from engine.store.uow import UnitOfWork
from tests.bench.figures import Samples
from tests.bench.ours import Ours
from tests.site import PASSWORD, Visitor
from web.app import create_app
from web.settings import WebSettings

N_TASKS_AN_ORDER = 5
ROLES = ("ACCEPTANCE_CLERK", "SURVEYOR", "PLANNER", "CONTRACT_CLERK", "WORKS_CREW", "METER_CREW", "INSPECTOR",
         "FINANCE_CLERK", "ARCHIVIST", "ACCOUNT_MANAGER", "TEAM_LEADER")  # fmt: skip
PEOPLE = {
    "county clerk": (("ACCEPTANCE_CLERK", "SURVEYOR"), "3340101"),
    "city manager": (("CITY_MANAGER", "ACCOUNT_MANAGER"), "33401"),
    "province": (("SUPERVISOR",), "33"),
}
"""Who looks: he sees one unit, the units of a city, all of them."""
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文"
ROADS = ("延安路", "人民路", "解放路", "中山路", "文一西路", "古墩路", "石桥路", "滨江大道", "振华路", "学院路")


def measure(name: str, url: str, folder: Path, *, n_tasks: int, n_pages: int) -> list[dict[str, Any]]:
    """A row for each list and person: a page (or the second one, or a search), then the counts."""
    ours = Ours(url, folder / f"tasklist-{name}")
    began = time.perf_counter()
    _fill(ours, n_tasks)
    filled_in = time.perf_counter() - began
    app = create_app(ours.engine, WebSettings())
    rows = []
    for who in PEOPLE:
        visitor = Visitor(app.test_client())
        visitor.log_in(who.replace(" ", "-"))
        for what, ask in _questions(visitor).items():
            samples = _timed(ask, n_pages)
            rows.append({"database": name, "tasks": n_tasks, "who": who, "what": what, **samples.summary(),
                         "filled_in_s": round(filled_in)})  # fmt: skip
    ours.engine.close()
    return rows


def _timed(ask: Callable[[], int], n: int) -> Samples:
    samples = Samples()
    for _ in range(5):
        assert ask() == 200
    for _ in range(n):
        with samples.one():
            assert ask() == 200
    return samples


def _questions(visitor: Visitor) -> dict[str, Callable[[], int]]:
    views = ("me", "free", "none", "any", "overdue", "followed")
    asked = {view: f"/tasks?view={view}" for view in views}
    asked |= {"any by law's end": "/tasks?view=any&sort=legal", "free by law's end": "/tasks?view=free&sort=legal",
              "counts": "/tasks/counts", "any of one stage": "/tasks?view=any&stage=SITE_SURVEY"}  # fmt: skip
    found = {what: (lambda path=path: visitor.get(path).status_code) for what, path in asked.items()}
    for what, q in {"a name": "王伟芳", "an address": "文一西路 77号", "a number's end": "00017"}.items():
        found[f"search: {what}"] = lambda q=q: visitor.post("/tasks/search", {"view": "any", "q": q}).status_code
    return found


def _fill(ours: Ours, n_tasks: int) -> None:
    random = Random(20261124)
    units = [code for code in ours.engine.organisation().units if code != "33"]
    for who, (roles, unit) in PEOPLE.items():
        login = who.replace(" ", "-")
        ours.engine.run(CreateAccount(login, who, PASSWORD, roles, unit, uuid4().hex), SYSTEM)
    first = ours.accept()
    model = {table: _one(ours, table) for table in (connection_order, application, task)}
    ids = range(first + 1, first + 1 + n_tasks // N_TASKS_AN_ORDER)
    where = {number: units[number % len(units)] for number in ids}
    head, said, one = model[connection_order], model[application], model[task]
    _copy(ours, connection_order, ({**head, "id": n, "order_no": f"{where[n].ljust(7, '0')}261124{n:07d}",
                                    "external_id": None, "unit_code": where[n]} for n in ids))  # fmt: skip
    _copy(ours, application, ({**said, "order_id": n} for n in ids))
    texts = {n: _invented(random) for n in ids}
    vault = ours.engine.world.vault
    _copy(ours, sealed_value, (
        {"order_id": n, "field": field, "key_id": (sealed := vault.seal(value, place(n, field))).key_id,
         "sealed": sealed.data} for n in ids for field, value in texts[n].items()
    ))  # fmt: skip
    _copy(ours, search_gram, _grams(vault, ids, where, texts))
    _copy(ours, task, _tasks(one, ids, where, random))
    _copy(ours, follow, ({"login": who.replace(" ", "-"), "order_id": n, "since": one["opened_at"]}
                         for who in PEOPLE for n in list(ids)[:: max(1, len(ids) // 200)]))  # fmt: skip
    with UnitOfWork(ours.engine.database) as uow:
        uow.run(text("ANALYZE"))
        uow.finish()


def _invented(random: Random) -> dict[str, str]:
    name = random.choice(SURNAMES) + "".join(random.sample(GIVEN, 2))
    road, house, block = random.choice(ROADS), random.randint(1, 999), random.randint(1, 30)
    return {"name": name, "address": f"浙江省杭州市{road}{house}号{block}幢"}


def _grams(vault: Any, ids: Sequence[int], where: dict[int, str], texts: dict[int, Any]) -> Iterator[dict[str, Any]]:
    known: dict[tuple[str, str], int] = {}

    def gram(field: str, part: str) -> int:
        if (field, part) not in known:
            known[field, part] = search.gram(vault, field, part)
        return known[field, part]

    for n in ids:
        number = f"{where[n].ljust(7, '0')}261124{n:07d}"
        found = {gram("no", number[-length:]) for length in search.ENDINGS}
        for field, value in texts[n].items():
            found |= {gram(field, value[i : i + 2]) for i in range(len(value) - 1)}
        yield from ({"gram": each, "unit_code": where[n], "order_id": n} for each in sorted(found))


def _tasks(one: dict[str, Any], ids: Sequence[int], where: dict[int, str], random: Random) -> Iterator[dict[str, Any]]:
    for n in ids:
        for place_of in range(N_TASKS_AN_ORDER):
            due = one["opened_at"] + timedelta(minutes=random.randint(-5_000, 50_000))
            holder = f"staff{random.randint(1, 4000)}" if random.random() < 0.6 else None
            yield {**one, "id": f"bench{n:08d}{place_of}", "order_id": n, "unit_code": where[n], "state": "OPEN",
                   "role": random.choice(ROLES), "assignee": holder, "due_at": due if random.random() < 0.9 else None,
                   "urgent_at": due, "priority": random.choice((3, 3, 3, 3, 2, 1)),
                   "stage": random.choice(("SITE_SURVEY", "WORKS", "CONTRACT", "METER_INSTALLATION", ""))}  # fmt: skip


def _one(ours: Ours, table: Table) -> dict[str, Any]:
    with ours.engine.read() as view:
        return dict(view.connection.execute(table.select().limit(1)).mappings().one())


def _copy(ours: Ours, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    """Write rows as quickly as each database can: COPY, or many at a time."""
    names = [column.name for column in table.columns]
    with UnitOfWork(ours.engine.database) as uow:
        if uow.dialect == "sqlite":
            while some := list(islice(rows, 20_000)):
                uow.run(table.insert(), some)
        else:
            dialect = ours.engine.database.engine.dialect
            binds = {c.name: c.type.dialect_impl(dialect).bind_processor(dialect) for c in table.columns}
            driver: Any = uow.connection.connection.driver_connection
            with driver.cursor().copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row([bind(row.get(n)) if (bind := binds[n]) else row.get(n) for n in names])
        uow.finish()
