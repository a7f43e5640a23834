from __future__ import annotations

import html
import re

import pytest

from tests.missing import FILES, PARTS
from tests.orders import accept, deploy, tasks_of
from tests.site import COUNTY, Site


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def clerk(engine):
    """A clerk who holds the task, with its page open."""
    deploy(engine, *PARTS, files=FILES, manifest="")
    order = accept(engine, unit_code=COUNTY, hall_code=f"{COUNTY}H0")
    visitor = Site(engine).visitor("clerk")
    task_id = tasks_of(engine, order.order_id)["choose"].id
    visitor.get(f"/tasks/{task_id}")
    visitor.post(f"/tasks/{task_id}/claim", {"key": "claim"})
    visitor.get(f"/tasks/{task_id}")
    visitor.task_id = task_id
    return visitor


def hidden(page):
    return {html.unescape(n): html.unescape(v) for n, v in
            re.findall(r'<input type="hidden" name="(choices[^"]+)" value="([^"]*)"', page)}  # fmt: skip


def send(visitor, **changes):
    values = {"key": visitor.field("key"), **hidden(visitor.page), "choices[0].way": "COMMITMENT",
              "choices[0].due_on": "2026-03-18", "choices[1].way": "PAPER"}  # fmt: skip
    return visitor.post(f"/tasks/{visitor.task_id}/complete", values | changes)


def test_the_page_shows_a_row_for_each_missing_document(clerk):
    page = re.sub(r"\s+", " ", clerk.page)

    assert page.count("产权证明") >= 1 and "平台暂不可用" in page and "未接入平台" in page
    assert hidden(clerk.page) == {
        "choices[0].doc_type": "PROPERTY_CERT", "choices[0].name": "产权证明", "choices[0].reason": "PLATFORM_DOWN",
        "choices[1].doc_type": "TAX_QUALIFICATION", "choices[1].name": "一般纳税人资格",
        "choices[1].reason": "NOT_ON_PLATFORM",
    }  # fmt: skip
    first = page.split('name="choices[0].way"')[1].split("</select>")[0]
    assert re.findall(r'value="(\w+)"( selected)?', first) == [("COMMITMENT", " selected")]
    assert 'value="2026-03-20"' in page and 'aria-label="产权证明 最迟补交"' in page
    assert re.findall(r'name="scope" value="(\w+)"', page) == ["PROPERTY_CERT", "TAX_QUALIFICATION"]


def test_what_is_known_stands_above_the_form(clerk):
    summary = re.search(r'<dl class="summary">(.*?)</dl>', clerk.page, re.DOTALL)[1]

    assert re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", summary) == [
        ("申请容量（kW）", "630"),
        ("申请日期", "2026年3月2日"),
    ]


def test_rows_as_chosen_complete_the_task(clerk, engine):
    assert send(clerk).status_code == 303
    with engine.read() as view:
        from engine.store import tasks

        form = tasks.one(view.connection, clerk.task_id).form
    assert [(row["doc_type"], row["way"], row.get("due_on")) for row in form["choices"]] == [
        ("PROPERTY_CERT", "COMMITMENT", "2026-03-18"), ("TAX_QUALIFICATION", "PAPER", None)]  # fmt: skip


def test_a_way_that_the_row_does_not_offer_is_refused_in_its_row(clerk):
    answer = send(clerk, **{"choices[0].way": "PAPER"})

    assert answer.status_code == 422
    first, second = answer.text.split('name="choices[1].way"')
    assert "只能选：COMMITMENT" in first.split('name="choices[0].way"')[1]
    assert "is-invalid" not in second
    assert "产权证明 处理方式" in answer.text  # the list of faults on top names the row
    assert '<option value="PAPER" selected>' in second.split("</select>")[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [("choices[0].doc_type", "SUBJECT_CERT"), ("choices[0].reason", "NOT_FOUND"), ("choices[2].way", "PAPER"),
     ("choices[1].due_on", "31.3."), ("scope", "SUBJECT_CERT")],
)  # fmt: skip
def test_a_page_that_was_altered_is_refused(clerk, name, value):
    assert send(clerk, **{name: value}).status_code == 422


def test_the_pad_brings_its_script_and_nothing_inline(clerk):
    assert 'src="/static/vendor/signature.js"' in clerk.page
    assert "data-signature" in clerk.page and "<canvas" in clerk.page
    assert "承诺书尚未拟定" in clerk.page
