from __future__ import annotations

import html
import re

import pytest

from tests.site import APPLICATION, CONFIRMED_PAGE, Site


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine):
    return Site(engine)


@pytest.fixture
def clerk(site):
    visitor = site.visitor("clerk")
    visitor.post(f"/tasks/{site.task_id}/claim", {"key": "claim"})
    return visitor


def text_of(answer):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


DRAFT = {"remark": "客户下午再来", "@late_reason": "系统断网"}


def test_a_draft_is_kept_restored_and_cleared(site, clerk):
    path = f"/tasks/{site.task_id}"
    clerk.get(path)
    saved = clerk.post(f"{path}/draft", DRAFT, headers={"HX-Request": "true"})
    assert saved.status_code == 200 and "草稿已于" in saved.text and "<html" not in saved.text

    page = clerk.get(path)
    assert "已恢复" in page.text and "客户下午再来" in page.text and 'value="系统断网"' in page.text
    assert "客户下午再来" not in site.visitor("leader").get(path).text
    assert clerk.post(f"{path}/draft/discard", {"key": "d"}).headers["Location"] == path
    page = clerk.get(path)
    assert "已恢复" not in page.text and "客户下午再来" not in page.text


def test_without_script_a_draft_is_saved_by_the_button(site, clerk):
    answer = clerk.post(f"/tasks/{site.task_id}/draft", DRAFT)
    assert answer.status_code == 303
    assert "客户下午再来" in clerk.get(answer.headers["Location"]).text


def test_a_completed_task_shows_no_draft(site, clerk):
    path = f"/tasks/{site.task_id}"
    clerk.post(f"{path}/draft", DRAFT)
    assert clerk.post(f"{path}/complete", CONFIRMED_PAGE | {"key": "k"}).status_code == 303
    assert "客户下午再来" not in clerk.get(path).text


def test_beside_a_task_stand_the_law_the_papers_and_other_orders_of_the_customer(site, clerk):
    other = APPLICATION | {"external_id": "OTHER-1", "capacity_kw": 12}
    same = site.program("clerk").hand_in(other, "k9").json["order_no"]
    page = text_of(clerk.get(f"/tasks/{site.task_id}"))
    assert "本环节的法定要求 时限详情 全流程 5 个工作日" in page and "已用" in page
    assert "居民身份证或其他有效身份证件 已有" in page
    assert re.search(rf"{same} 办理中 低压居民 · 12 kW · \S+ · 同一客户、 ?同一地址", page)


def test_a_comment_is_shown_masked_and_refused_when_empty(site):
    clerk = site.visitor("clerk")
    place = f"/orders/{site.order_no}"
    clerk.get(place)
    sent = clerk.post(f"{place}/comments", {"text": "<b>电话</b>13900138001", "key": "a"})
    assert sent.status_code == 303 and sent.headers["Location"] == f"{place}#comments"
    page = site.visitor("leader").get(place)
    assert "&lt;b&gt;电话&lt;/b&gt;139****8001" in page.text and "演示clerk" in page.text
    assert "写批注" in page.text
    clerk.post(f"{place}/comments", {"text": " ", "key": "b"})
    assert "批注未保存：请填写内容" in text_of(clerk.get(place))


def test_the_record_is_narrowed(site):
    clerk = site.visitor("clerk")
    clerk.get(f"/orders/{site.order_no}")
    clerk.post(f"/orders/{site.order_no}/comments", {"text": "一句", "key": "a"})

    def record(show):
        text = clerk.get(f"/orders/{site.order_no}", query_string={"show": show}).text
        return re.findall(r"<strong>([^<]+)</strong><span class=\"text-secondary small number\">", text)

    everything = record("")
    assert "写批注" in everything and "受理申请" in everything
    assert record("nonsense") == everything
    assert record("papers") and set(record("papers")) < set(everything) and "写批注" not in record("papers")
    assert "写批注" in record("people") and "写批注" not in record("automatic")
    assert len(record("people")) + len(record("automatic")) == len(everything)


def test_steps_to_come_are_marked(site):
    marks = site.visitor("clerk").get(f"/orders/{site.order_no}/marks.json").json
    assert marks["coming"] and not set(marks["coming"]) & {*marks["current"], *marks["passed"], *marks["waiting"]}


def test_the_print_view_bears_all_but_no_personal_data(site):
    page = site.visitor("clerk").get(f"/orders/{site.order_no}/print")
    text = text_of(page)
    assert f"工单 {site.order_no}" in text and "办理记录" in text and "受理申请" in text and "打印于" in text
    for secret in (
        APPLICATION["applicant"]["name"],
        APPLICATION["applicant"]["id_no"],
        APPLICATION["applicant"]["phone"],
    ):
        assert secret not in page.text


# ---- the counter -----------------------------------------------------------------------------------------------------


def test_reading_a_certificate_fills_the_page_and_tells_what_the_house_knows(site):
    clerk = site.visitor("clerk")
    number = APPLICATION["applicant"]["id_no"]
    assert site.order_no
    clerk.get("/applications/new")
    page = clerk.post("/applications/read", {"@scan": f"张试验,男,{number}", "capacity_kw": "8", "key": "k"})

    assert f'value="{number}"' in page.text and 'value="张试验"' in page.text and 'value="8"' in page.text
    assert '<option value="RESIDENT_ID" selected>' in page.text and '<option value="ID_CARD" selected>' in page.text
    assert f"该证件尚有在办工单： {site.order_no}" in text_of(page) and 'name="key" value="k"' in page.text
    said = re.search(r'id="scan-result".*?</div>\s*</div>', page.text, re.S)
    assert said and number not in said[0]
    elsewhere = site.visitor("stranger")
    elsewhere.get("/applications/new")
    assert site.order_no not in elsewhere.post("/applications/read", {"@scan": number, "key": "k"}).text


def test_a_misread_number_says_why_and_fills_nothing(site):
    clerk = site.visitor("clerk")
    clerk.get("/applications/new")
    page = clerk.post("/applications/read", {"@scan": "330102199003070018", "key": "k"})
    assert "居民身份证号校验位不符" in page.text and "330102199003070018" not in page.text
    assert "未读取" not in clerk.post("/applications/read", {"@scan": " ", "key": "k"}).text


def test_the_counter_page_refreshes_itself_until_the_platforms_have_answered(site):
    clerk = site.visitor("clerk")
    (number,) = [site.program("clerk").hand_in(APPLICATION, "k1").json["order_no"]]
    waiting = clerk.get(f"/orders/{number}/counter")
    assert 'hx-trigger="every 2s"' in waiting.text and "等待平台答复" in waiting.text and "不必等" in waiting.text

    assert site.order_no == number
    settled = clerk.get(f"/orders/{number}/counter")
    assert "every 2s" not in settled.text and "已答复" in settled.text
    assert "资料齐全，无须客户再交" in text_of(settled) and f'href="/tasks/{site.task_id}"' in settled.text


def test_acceptance_leads_to_the_counter_page(site):
    from tests.integration.test_pages_work import application_page

    clerk = site.visitor("clerk")
    clerk.get("/applications/new")
    answer = clerk.post("/applications", application_page() | {"key": "k"})
    assert re.fullmatch(r"/orders/\w+/counter", answer.headers["Location"])
    assert "已受理，工单号" in clerk.get(answer.headers["Location"]).text
