from __future__ import annotations

import pytest
from playwright.sync_api import expect

from engine.outbox_worker import deliver_due
from tests.lettered import begin
from tests.orders import PERSONAL, tasks_of
from tests.screens import draw, fits, log_in, picture
from tests.site import Site


@pytest.fixture
def site(engine) -> Site:
    site = Site(engine)
    site.account("clerk")
    site.order = begin(engine)
    return site


def open_task(page, address, site, engine, element):
    task_id = tasks_of(engine, site.order.order_id)[element].id
    page.goto(f"{address}/tasks/{task_id}")
    page.get_by_role("button", name="领取任务").click()


def finish(page):
    page.get_by_role("button", name="办结任务").click()
    expect(page.get_by_text("任务已办结")).to_be_visible()


def test_a_letter_from_the_missing_papers_to_their_delivery(visit, site, address, engine):
    page, said, size = visit
    log_in(page, "clerk")
    open_task(page, address, site, engine, "choose")
    for name in ("用电设备清单", "双电源必要性说明"):
        page.get_by_label(f"{name} 处理方式").select_option("COMMITMENT")
    finish(page)

    open_task(page, address, site, engine, "sign")
    expect(page.locator(".letter")).to_contain_text(PERSONAL["name"])
    page.get_by_label("屏上签署").check()
    page.locator("canvas").scroll_into_view_if_needed()
    draw(page)
    picture(page, size, "letter-signing")
    assert fits(page)
    finish(page)
    deliver_due(engine)

    page.goto(f"{address}/orders/{site.order.order_no}")
    for card in ("#papers", "#letters", "#awaited"):
        expect(page.locator(card)).to_be_visible()
    picture(page, size, "order-papers")
    assert fits(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 PDF").click()
    assert download.value.suggested_filename == f"{site.order.order_no}C01.pdf"
    page.locator("#letters a.number").click()
    expect(page.locator(".letter")).to_contain_text("欧阳*试甲")
    picture(page, size, "letter")
    assert fits(page)

    open_task(page, address, site, engine, "contract")
    page.get_by_role("button", name="办结任务").click()
    expect(page.get_by_role("alert")).to_contain_text("尚未补交")
    picture(page, size, "gate-closed")
    assert fits(page)

    page.goto(f"{address}/orders/{site.order.order_no}")
    page.locator("#awaited a").press("Enter")
    page.get_by_label("用电设备清单 方式").select_option("POST")
    page.get_by_label("双电源必要性说明 方式").select_option("ONSITE")
    picture(page, size, "message")
    assert fits(page)
    page.get_by_role("button", name="登记").click()
    expect(page.locator("#letters")).to_contain_text("已补齐")
    assert [line for line in said if "status of 4" not in line and "no diagram" not in line] == []
