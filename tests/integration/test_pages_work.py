from __future__ import annotations

import html
import re

import pytest

from tests.site import APPLICATION, CONFIRMED, CONFIRMED_PAGE, PASSWORD, WAITING, Site


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine):
    return Site(engine)


def text_of(answer):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def application_page(**changes):
    flat = {}
    for name, value in (APPLICATION | changes).items():
        inner = value.items() if isinstance(value, dict) else [(None, value)]
        flat |= {f"{name}.{key}" if key else name: item for key, item in inner if item is not None}
    flat.pop("unit_code")
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in flat.items()}


def test_a_task_is_claimed_and_completed_on_pages(site):
    clerk = site.visitor("clerk")
    clerk.get("/tasks")
    path = f"/tasks/{site.task_id}"
    assert clerk.post(f"{path}/claim", {"key": "c"}).headers["Location"] == path
    page = clerk.get(path)
    assert "办结任务" in page.text
    key = clerk.field("key")

    first = clerk.post(f"{path}/complete", CONFIRMED_PAGE | {"key": key})
    second = clerk.post(f"{path}/complete", CONFIRMED_PAGE | {"key": key})

    assert [answer.headers["Location"] for answer in (first, second)] == [f"/orders/{site.order_no}"] * 2
    record = text_of(clerk.get(f"/orders/{site.order_no}"))
    assert record.count("办结任务：受理确认") == 1
    assert "转入：现场勘查" in record


def test_a_wrong_form_comes_back_as_typed_with_the_reason_beside_the_field(site):
    clerk = site.visitor("clerk")
    clerk.post(f"/tasks/{site.task_id}/claim", {"key": "c"})
    answer = clerk.post(
        f"/tasks/{site.task_id}/complete",
        CONFIRMED_PAGE | {"policy_notice_version": "", "remark": "<b>x</b>" * 70, "key": "the-key"},
    )

    assert answer.status_code == 422
    assert 'id="f-remark-error"' in answer.text
    assert "最多 500 个字符" in answer.text
    assert "&lt;b&gt;x&lt;/b&gt;" in answer.text
    assert "<b>x</b>" not in answer.text
    assert 'name="key" value="the-key"' in answer.text


def test_a_late_entry_needs_its_reason_and_shows_both_times(site, clock):
    clerk = site.visitor("clerk")
    path = f"/tasks/{site.task_id}"
    clerk.post(f"{path}/claim", {"key": "c"})
    clock.advance(hours=30)
    clerk.log_in("clerk")
    timing = {"@occurred_at": "2026-03-02T10:00", "key": "k"}
    refused = clerk.post(f"{path}/complete", CONFIRMED_PAGE | timing)
    done = clerk.post(f"{path}/complete", CONFIRMED_PAGE | timing | {"@late_reason": "现场无网络"})

    assert refused.status_code == 422
    assert 'id="f-@late_reason-error"' in refused.text
    assert done.status_code == 303
    record = text_of(clerk.get(f"/orders/{site.order_no}"))
    assert "2026年3月2日 10:00" in record
    assert "登记于 2026年3月3日 15:00" in record
    assert "现场无网络" in record


def test_who_lost_the_race_is_told_on_the_page(site):
    clerk, leader = site.visitor("clerk"), site.program("clerk")
    clerk.post(f"/tasks/{site.task_id}/claim", {"key": "c"})
    leader.post(f"/tasks/{site.task_id}/complete", {"form": CONFIRMED})
    answer = clerk.post(f"/tasks/{site.task_id}/complete", CONFIRMED_PAGE | {"key": "k"})

    assert answer.status_code == 409
    assert "该任务已办结" in answer.text


def test_an_application_typed_in_becomes_an_order(site):
    clerk = site.visitor("clerk")
    clerk.get("/applications/new")
    key = clerk.field("key")
    answers = [clerk.post("/applications", application_page() | {"key": key}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    page = clerk.get(answers[0].headers["Location"])
    assert "许**" in page.text
    assert APPLICATION["applicant"]["id_no"] not in page.text


def test_an_application_without_a_foreign_number_is_accepted_by_its_key(site):
    clerk = site.visitor("clerk")
    page = application_page()
    del page["external_id"]

    assert clerk.post("/applications", page | {"key": "k"}).status_code == 303


def test_a_wrong_application_names_each_field(site):
    clerk = site.visitor("clerk")
    page = application_page() | {"applicant.id_no": "330122196612281981", "capacity_kw": "1e3", "key": "k"}
    answer = clerk.post("/applications", page)

    assert answer.status_code == 422
    for field in ("applicant-id_no", "capacity_kw"):
        assert f'id="f-{field}-error"' in answer.text
    assert "申请人 证件号码" in answer.text
    assert site.program("clerk").get("/orders").json["items"] == []


def test_only_halls_of_the_own_unit_are_offered_and_others_are_refused(site):
    clerk = site.visitor("stranger")
    page = clerk.get("/applications/new").text
    answer = clerk.post("/applications", application_page() | {"key": "k"})

    assert APPLICATION["hall_code"] not in page
    assert answer.status_code == 422
    assert "不能受理其他单位的申请" in answer.text


def test_the_order_page_explains_its_clock_and_lists_its_timers(site):
    page = text_of(site.visitor("clerk").get(f"/orders/{site.confirm()}"))

    for part in ("全流程", "5 个工作日", "自 2026-03-02 次日起第5个工作日为 2026-03-09", "2026年3月9日 24:00",
                 "总时限预警", "待领取", "受理申请", "流程启动"):  # fmt: skip
        assert part in page, part


def test_the_diagram_is_the_orders_own_and_marks_where_it_stands(site):
    clerk = site.visitor("clerk")
    diagram = clerk.get(f"/orders/{site.order_no}/diagram.xml")
    before = clerk.get(f"/orders/{site.order_no}/marks.json").json
    site.confirm()
    marks = clerk.get(f"/orders/{site.order_no}/marks.json").json

    assert diagram.mimetype == "application/xml"
    assert b"BPMNDiagram" in diagram.data and b'id="accept_order"' in diagram.data
    assert before["current"] == ["acc_confirm"]
    assert {"accept_order", "withdrawal_asked"} <= set(before["waiting"])
    assert marks["current"] == ["survey"]
    assert "accept_order" in marks["passed"]
    assert "total_warning" in marks["waiting"]
    assert "set_limits" in marks["passed"]
    assert not set(marks["current"]) & set(marks["passed"])


def test_the_page_offers_the_diagrams_of_called_folders_on_which_the_order_is_or_was(site):
    clerk = site.visitor("clerk")
    page = clerk.get(f"/orders/{site.order_no}").text
    called = clerk.get(f"/orders/{site.order_no}/diagram.xml?of=acceptance")

    assert _offered(page) == [("lv_residential", False), ("acceptance", True)]
    assert b'id="acc_confirm"' in called.data and b'id="accept_order"' not in called.data
    assert clerk.get(f"/orders/{site.order_no}/diagram.xml?of=order_suspension").status_code == 200
    for other in ("hv_single", "../acceptance", ""):
        assert clerk.get(f"/orders/{site.order_no}/diagram.xml", query_string={"of": other}).status_code == 404
    site.confirm()
    assert _offered(clerk.get(f"/orders/{site.order_no}").text) == [("lv_residential", True), ("acceptance", False)]


def _offered(page):
    """The folders whose diagrams may be chosen, and whether the order stands there."""
    buttons = re.findall(r'<button[^>]*data-diagram-of="diagram"[^>]*\?of=(\w+)"[^>]*>(.*?)</button>', page, re.S)
    return [(key, "current" in inside) for key, inside in buttons]


def test_orders_are_found_on_the_page_and_nonsense_finds_nothing(site):
    clerk = site.visitor("clerk")
    found = clerk.get(f"/orders?q={site.order_no[:12]}").text

    assert site.order_no in found
    for q in ("%", "' or 1=1", "\x00", "9" * 40):
        assert site.order_no not in clerk.get("/orders", query_string={"q": q}).text.replace('value="', "")
    assert site.order_no not in clerk.get("/orders?state=COMPLETED").text


def test_an_order_without_a_process_is_shown_as_waiting(site):
    leader = site.program("leader")
    number = leader.hand_in(WAITING).json["order_no"]
    visitor = site.visitor("leader")

    assert number in visitor.get("/admin/waiting").text
    page = visitor.get(f"/orders/{number}").text
    assert "待流程部署" in page
    assert 'id="diagram"' not in page
    assert visitor.get(f"/orders/{number}/diagram.xml").status_code == 404


def test_the_published_processes_are_listed_for_those_who_own_them(site):
    page = site.visitor("owner").get("/").headers["Location"]

    assert page == "/admin/processes"
    assert "lv_residential" in site.visitor("owner").get(page).text


def test_another_password_ends_every_session(site):
    one, other = site.visitor("clerk"), site.visitor("clerk")
    wrong = one.post("/password", {"old": "x", "new": "another long one", "again": "another long one", "key": "1"})
    unlike = one.post("/password", {"old": PASSWORD, "new": "another long one", "again": "typo", "key": "2"})
    weak = one.post("/password", {"old": PASSWORD, "new": "short", "again": "short", "key": "3"})
    assert [answer.status_code for answer in (wrong, unlike, weak)] == [422, 422, 422]

    good = {"old": PASSWORD, "new": "another long one", "again": "another long one", "key": "4"}
    assert one.post("/password", good).status_code == 303
    assert other.get("/tasks").status_code == 303
    assert site.visitor().log_in("clerk", "another long one").status_code == 303


def test_the_language_is_kept_through_login(site):
    visitor = site.visitor()
    visitor.get("/login")
    visitor.post("/language", {"locale": "en", "back": "/login"})
    visitor.log_in(site.account("clerk"))
    page = text_of(visitor.get(f"/orders/{site.order_no}"))

    assert "Time limits" in page
    assert "2 Mar 2026, 09:00" in page
    assert "5 working days" in page
    visitor.post("/language", {"locale": "xx", "back": "https://evil.example"})
    assert "时限" in visitor.get(f"/orders/{site.order_no}").text


def test_an_htmx_request_without_a_session_is_sent_to_the_login_page(site):
    answer = site.visitor().get("/tasks/rows", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/login")


def test_an_unknown_page_is_a_page(site):
    answer = site.visitor("clerk").get("/nowhere")

    assert answer.status_code == 404
    assert "未找到" in answer.text
    assert site.visitor().get("/api/v1/nowhere").json["code"] == "not_found"
