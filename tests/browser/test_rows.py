from __future__ import annotations

import pytest
from playwright.sync_api import expect

from engine.letters import read_signature
from engine.store import attachments, tasks
from tests.missing import FILES, PARTS
from tests.orders import accept, deploy, tasks_of
from tests.screens import draw, fits, log_in, picture
from tests.site import COUNTY, Site


@pytest.fixture
def site(engine) -> Site:
    deploy(engine, *PARTS, files=FILES)
    site = Site(engine)
    site.account("clerk")
    order = accept(engine, unit_code=COUNTY, hall_code=f"{COUNTY}H0")
    site.task = tasks_of(engine, order.order_id)["choose"].id
    return site


def test_a_clerk_chooses_for_each_document_and_the_customer_signs(visit, site, address, engine):
    page, said, size = visit
    log_in(page, "clerk")
    page.goto(f"{address}/tasks/{site.task}")
    page.get_by_role("button", name="领取任务").click()
    expect(page.get_by_label("产权证明 处理方式")).to_have_value("COMMITMENT")
    picture(page, size, "rows")
    assert fits(page)

    page.get_by_role("button", name="办结任务").click()
    expect(page.get_by_label("一般纳税人资格 处理方式")).to_be_focused()
    picture(page, size, "rows-refused")
    page.get_by_label("一般纳税人资格 处理方式").select_option("COMMITMENT")
    page.get_by_label("一般纳税人资格 最迟补交").fill("2026-03-20")

    page.locator("canvas").scroll_into_view_if_needed()
    draw(page)
    page.get_by_role("button", name="清除重签").click()
    assert page.locator("input[name=signature]").input_value() == ""
    draw(page)
    expect(page.get_by_text("已签名")).to_be_visible()
    picture(page, size, "signed")
    assert fits(page)

    page.get_by_role("button", name="办结任务").click()
    expect(page.get_by_text("任务已办结")).to_be_visible()
    with engine.read() as view:
        form = tasks.one(view.connection, site.task).form
        kept = attachments.one(view.connection, form["signature"])
    assert len(read_signature(attachments.opened(engine.vault, kept).decode())[0]) > 8
    assert [row["way"] for row in form["choices"]] == ["COMMITMENT", "COMMITMENT"]
    known = ("status of 422", "no diagram to display")  # the refusal above, and a process drawn without a picture
    assert [line for line in said if not any(word in line for word in known)] == []


def test_it_can_be_filled_in_with_the_keyboard_alone(visit, site, address):
    page, _, _ = visit
    log_in(page, "clerk")
    page.goto(f"{address}/tasks/{site.task}")
    page.get_by_role("button", name="领取任务").press("Enter")
    page.get_by_label("产权证明 处理方式").focus()
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.name || document.activeElement.tagName"))

    assert {"choices[0].due_on", "choices[1].way", "choices[1].due_on", "scope", "CANVAS"} <= set(reached)
