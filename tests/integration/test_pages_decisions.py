from __future__ import annotations

import hashlib
import html
import re

import pytest

from tests.orders import accept, complete, deploy, tasks_of
from tests.quotes import BRANCHING, QUOTE, asking
from tests.site import APPLICATION, TABLE_DIGEST, Site

DIGEST = hashlib.sha256(QUOTE).hexdigest()


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine):
    return Site(engine)


def text_of(part):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", part)))


def decisions_on(page):
    """Anchor -> text of each decision of an order's page."""
    parts = re.findall(r'<details class="list-group-item decision" id="([^"]+)">(.*?)</details>', page, re.DOTALL)
    return {anchor: text_of(part) for anchor, part in parts}


def decided(engine, decision, model=QUOTE):
    deploy(engine, *asking(decision), files={"quote.dmn": model})
    order = accept(engine)
    complete(engine, tasks_of(engine, order.order_id)["a"].id)
    return order


def test_the_order_page_tells_by_which_rule_it_was_classified(site):
    page = site.visitor("clerk").get(f"/orders/{site.order_no}").text
    first = decisions_on(page)["decision-1-0"]

    capacity = f"合计容量（kW） {APPLICATION['capacity_kw']} <= 160"
    for part in ("客户分类与流程", "受理申请", "规则 9", "客户分类 LV_RES", "流程 lv_residential", capacity,
                 "依据 通知：低压居民，含160千瓦", "公用决策表 v1", "classification.dmn"):  # fmt: skip
        assert part in first, part


def test_each_clock_leads_to_the_row_that_gave_its_limit(site):
    clerk = site.visitor("clerk")
    page = clerk.get(f"/orders/{site.order_no}").text
    link = re.search(r'href="([^"]+)">依据：办理时限 规则 1<', page)[1]
    table = clerk.get(link)

    assert table.status_code == 200
    [row] = re.findall(r'<tr id="time_limits_table-(\d+)" class="is-matched">', table.text)
    assert row == "1"
    assert f"工单 {site.order_no} · 核定时限：全流程" in text_of(table.text)
    [place] = set(re.findall(rf'href="/orders/{site.order_no}#(decision-1-\d+)"', table.text))
    assert f'id="{place}"' in page


def test_the_timeline_leads_to_the_decisions_of_each_step(site):
    page = site.visitor("clerk").get(f"/orders/{site.confirm()}").text
    timeline = page.split('class="timeline-plain"')[1].split("</ol>")[0]
    anchors = re.findall(r'href="#(decision-\d+-\d+)"', timeline)

    assert sorted(anchors) == sorted(decisions_on(page))
    assert "决策：环节目标" in text_of(timeline)


def test_required_decisions_and_rows_of_knowledge_models_are_shown(engine, site):
    order = decided(engine, "deposit")
    found = decisions_on(site.visitor("supervisor").get(f"/orders/{order.order_no}").text)
    grade, deposit = (text for text in found.values() if "quote.dmn" in text)

    assert "为决策“押金”先行作出" in grade and "大容量从高" in grade
    assert "是否居民 false" in grade
    assert "rate of · 规则 1" in deposit and "rate of(Grade) * capacity_kw" in deposit
    assert "试验 v1" in deposit


def test_that_no_rule_matched_is_said(engine, site):
    order = decided(engine, "grade", QUOTE.replace(b"&gt;= 1<", b"&gt;= 9000<").replace(b"&gt;= 500", b"&gt;= 9000"))
    page = site.visitor("supervisor").get(f"/orders/{order.order_no}").text
    last = list(decisions_on(page).values())[-1]

    assert last.count("没有规则命中") >= 2
    assert "空值" in last


def test_warnings_of_a_decision_that_gave_a_value_are_shown(site):
    found = decisions_on(site.visitor("clerk").get(f"/orders/{site.confirm()}").text)

    assert any("没有给出输入“stage”" in text for text in found.values())


def test_a_table_of_any_version_is_shown_whole_to_anybody_with_an_account(engine, site):
    decided(engine, "grade")
    deploy(engine, *asking("grade"), files={"quote.dmn": QUOTE.replace(b"&gt;= 500", b"&gt;= 900")})
    old = site.visitor("owner").get(f"/decisions/{DIGEST}/grade").text
    text = text_of(old)

    for part in ("用电等级", "由用电等级得出押金。", "FIRST", "自上而下取第一条", DIGEST, "试验 v1",
                 "容量 capacity_kw number", ">= 500", "大容量从高"):  # fmt: skip
        assert part in text, part
    assert "is-matched" not in old and "现行" not in text
    assert "现行" in text_of(site.visitor("surveyor").get(f"/decisions/{TABLE_DIGEST}/time_limits").text)
    assert site.visitor("clerk").get(f"/decisions/{DIGEST}/deposit").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/decisions/{d}/nowhere", "/decisions/" + "0" * 64 + "/grade", "/orders/{o}/decisions/9/0",
     "/orders/{o}/decisions/1/99"],
)  # fmt: skip
def test_a_table_that_is_not_there_is_not_found(site, path):
    assert site.visitor("clerk").get(path.format(d=TABLE_DIGEST, o=site.order_no)).status_code == 404


def test_tables_in_force_are_listed(site):
    visitor = site.visitor("owner")
    page = visitor.get("/decisions").text

    assert f'href="/decisions/{TABLE_DIGEST}/time_limits"' in page
    assert 'href="/decisions"' in visitor.get("/admin/processes").text
    assert 'href="/decisions"' not in site.visitor("surveyor").get("/orders").text


def test_an_incident_shows_the_expression_with_the_place_at_fault(engine, site):
    deploy(engine, *BRANCHING)
    order = accept(engine)
    complete(engine, tasks_of(engine, order.order_id)["a"].id)
    for page in (site.visitor("admin").get("/admin/incidents").text,
                 site.visitor("supervisor").get(f"/orders/{order.order_no}").text):  # fmt: skip
        assert "<code><mark>approved_kw</mark> * 1.2 &gt; 100</code>" in page
        assert "条件不是真或假" in page and "没有名为“approved_kw”的变量" in page and "第 1 个字符" in page


def test_an_incident_of_a_decision_shows_how_far_it_had_come(engine, site):
    order = decided(engine, "deposit", QUOTE.replace(b"rate of(Grade)", b"rate of(grade)"))
    page = site.visitor("admin").get("/admin/incidents").text

    assert order.order_no in page
    assert "决策没有结果" in page
    assert "rate of(<mark>grade</mark>) * capacity_kw" in page
    text = text_of(page)
    assert "用电等级" in text and "规则 1" in text and "容量 630 >= 500" in text


def test_what_an_author_wrote_is_text_and_no_markup(engine, site):
    evil = QUOTE.replace("大容量从高".encode(), b"&lt;script&gt;alert(1)&lt;/script&gt;")
    order = decided(engine, "grade", evil)
    visitor = site.visitor("supervisor")
    pages = [visitor.get(f"/orders/{order.order_no}").text]
    pages += [visitor.get(f"/decisions/{hashlib.sha256(evil).hexdigest()}/grade").text]

    for page in pages:
        assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page
