"""S12: personal values planted through the API and the pages are found nowhere in the clear, but where they were asked
for with a reason."""

from __future__ import annotations

import json
import logging
import re

import pytest

from engine import rotation
from engine.store.types import meta
from tests.outside import answered_all
from tests.site import APPLICATION, CONFIRMED, Site

N_CUSTOMERS = 12
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
FAMILY, GIVEN = "欧阳司马诸葛上官", "鑫淼焱垚犇骉羴猋毳赑"


def id_no(number):
    first = f"33010219900101{number:03d}"
    return first + "10X98765432"[sum(int(d) * w for d, w in zip(first, WEIGHTS, strict=True)) % 11]


def customer(number):
    name = FAMILY[number % 4 * 2 :][:2] + GIVEN[number % 10] + GIVEN[number // 10]
    return {"name": name, "id_no": id_no(number), "phone": f"1397777{number:04d}"}


CUSTOMERS = [customer(number) for number in range(N_CUSTOMERS)]
STREETS = [f"金丝雀路{number}号附{number}室" for number in range(N_CUSTOMERS)]
CANARIES = [value for one in CUSTOMERS for value in one.values()] + STREETS


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine, caplog):
    caplog.set_level(logging.DEBUG)
    return Site(engine)


def application(number):
    one = json.loads(json.dumps(APPLICATION)) | {"external_id": f"CANARY-{number}"}
    one["applicant"] |= CUSTOMERS[number]
    one["address"]["text"] = "浙江省杭州市淳安县" + STREETS[number]
    return one


def handed_in(site):
    program = site.program("clerk")
    answers = [program.hand_in(application(number), f"k{number}") for number in range(N_CUSTOMERS)]
    assert {answer.status_code for answer in answers} == {201}
    numbers = [answer.json["order_no"] for answer in answers]
    answered_all(site.engine)
    return numbers


def worked(site, order_no):
    program = site.program("clerk")
    [task] = program.get(f"/tasks?order_no={order_no}").json["items"][:1]
    program.post(f"/tasks/{task['id']}/claim")
    program.post(f"/tasks/{task['id']}/complete", {"form": CONFIRMED})
    answered_all(site.engine)


def clear(texts):
    whole = "\n".join(texts)
    escaped = {canary: json.dumps(canary)[1:-1] for canary in CANARIES}
    return [canary for canary in CANARIES if canary in whole or escaped[canary] in whole]


def stored(engine):
    """Every value of every table as text, and the bytes of the files of SQLite."""
    with engine.read() as view:
        for table in meta.sorted_tables:
            for row in view.connection.execute(table.select()):
                for value in row:
                    raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    yield raw.decode("utf-8", errors="ignore")
    path = engine.settings.database_url.removeprefix("sqlite:///")
    for suffix in ("", "-wal"):
        with open(path + suffix, "rb") as file:
            yield file.read().decode("utf-8", errors="ignore")


def test_the_canaries_would_be_found():
    assert clear([f"x{json.dumps(CUSTOMERS[3])}"]) == list(CUSTOMERS[3].values())
    assert len(set(CANARIES)) == 4 * N_CUSTOMERS


def test_nothing_personal_is_in_database_logs_pages_errors_and_addresses(site, caplog):
    numbers = handed_in(site)
    worked(site, numbers[0])
    clerk, leader, said = site.visitor("clerk"), site.visitor("leader"), []
    program = site.program("clerk")
    pages = ["/orders", "/tasks", "/supervision-orders", "/admin/waiting", "/applications/new"]
    for number in numbers:
        pages += [f"/orders/{number}", f"/orders/{number}/clocks", f"/orders/{number}/marks.json",
                  f"/orders/{number}/personal", f"/orders/{number}/reminder"]  # fmt: skip
    for path in pages:
        said += [visitor.get(path).text for visitor in (clerk, leader)]
    for path in ("/orders", "/tasks", *(f"/orders/{number}" for number in numbers)):
        said.append(program.get(path).text)
    said += [site.visitor().get("/metrics").text, site.visitor().get("/readyz").text]

    # refused: what was wrong is said, never the value itself
    for field, value in (("id_no", CUSTOMERS[1]["id_no"][:-1] + "?"), ("phone", CUSTOMERS[2]["phone"] + "9")):
        wrong = application(1)
        wrong["applicant"][field] = value
        said.append(program.hand_in(wrong, f"wrong-{field}").text)
    said.append(program.hand_in(application(2), "k1").text)
    answer = clerk.post("/applications", {"applicant.name": "只填了一项", "key": "k"})
    said.append(str(answer.headers))

    assert len(said) > 100
    assert clear(said) == []
    assert clear([caplog.text, *(str(record.__dict__) for record in caplog.records)]) == []
    assert clear(stored(site.engine)) == []


def test_what_is_unmasked_stays_out_of_record_logs_and_addresses(site, caplog):
    numbers = handed_in(site)
    clerk = site.visitor("clerk")
    for number in numbers[:3]:
        path = f"/orders/{number}/personal"
        clerk.get(path)
        sent = {"key": clerk.field("key"), "fields": ["name", "id_no", "phone", "address"], "reason": "VISIT"}
        answer = clerk.post(path, sent)
        assert len(clear([answer.text])) == 4
        assert clear([str(answer.headers)]) == []
    rotation.rotate(site.engine)

    assert clear(stored(site.engine)) == []
    assert clear([caplog.text]) == []
    assert clear([clerk.get(f"/orders/{number}").text for number in numbers]) == []


def test_a_search_for_a_person_leaves_no_trace_and_sends_nobody_on_with_it(site, caplog):
    handed_in(site)
    clerk = site.visitor("clerk")
    for value in CUSTOMERS[0].values():
        answer = clerk.get("/orders", query_string={"q": value})
        assert answer.status_code == 200
        assert not re.search(rf'href="[^"]*{value}', answer.text)

    assert clear([caplog.text]) == []


def test_pages_with_data_are_kept_by_no_browser(site):
    order_no = handed_in(site)[0]
    clerk = site.visitor("clerk")
    for path in (f"/orders/{order_no}", f"/orders/{order_no}/personal", "/tasks", "/account/sessions"):
        headers = clerk.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "same-origin"
