from __future__ import annotations

import re

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from tests.customers import Customer, all_promised, phones, photo
from tests.handled import Handled
from tests.integration.test_runner_high_voltage import replied
from tests.orders import ADMIN, KEY, PERSONAL
from tests.screens import PICTURES, draw, fits, log_in, picture
from tests.site import Site


@pytest.fixture
def order(engine, clock):
    engine.deploy(engine.settings.processes_dir / KEY, ADMIN)
    return Handled(engine, clock)


@pytest.fixture
def site(engine, order) -> Site:
    site = Site(engine)
    site.customer = Customer(site, phones(engine))
    return site


def scanned(name):
    """What a phone reads off a picture."""
    with Image.open(PICTURES / f"{name}.png") as shot:
        return [code.text for code in zxingcpp.read_barcodes(shot.convert("L"))]


def enter(page, address, site, number):
    page.goto(f"{address}/portal?order={number}")
    page.get_by_role("button", name="获取验证码").click()
    page.get_by_label("验证码").fill(site.customer.read())
    page.get_by_role("button", name="进入").click()
    expect(page.get_by_role("heading", name=number)).to_be_visible()


def test_a_customer_sends_signs_answers_and_withdraws_on_the_phone(visit, site, address, order):
    page, said, size = visit
    site.engine.settings.portal_url = "https://portal.example"
    enter(page, address, site, order.order.order_no)
    order.do("acc_supplement", choices=all_promised(order))
    page.reload()
    page.get_by_role("link", name="阅读并签署").click()
    expect(page.locator(".letter")).to_contain_text(PERSONAL["name"])
    page.locator("canvas").scroll_into_view_if_needed()
    draw(page)
    picture(page, size, "portal-signing")
    page.locator(".letter .qr").screenshot(path=PICTURES / f"letter-qr-{size}.png")
    assert scanned(f"letter-qr-{size}") == [f"https://portal.example/portal?order={order.order.order_no}"]
    assert fits(page)
    page.get_by_role("button", name="确认签署").click()
    expect(page.get_by_text("承诺书已签署")).to_be_visible()
    order.answered()

    order.do("acc_confirm", application_changed=False)
    page.reload()
    row = page.locator("#missing .list-group-item").filter(has_text="前补交").first
    name = row.locator("strong").inner_text()
    row.locator("input[type=file]").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    picture(page, size, "portal-missing")
    assert fits(page)
    row.get_by_role("button", name="上传").click()
    expect(page.get_by_text("已收到", exact=True)).to_be_visible()
    expect(page.locator("#missing strong").filter(has_text=name)).to_have_count(0)
    order.answered()

    replied(order)
    page.reload()
    expect(page.locator(".milestones > li.done")).to_have_count(2)
    picture(page, size, "portal-plan")
    assert fits(page)
    page.get_by_role("button", name="认可方案").click()
    expect(page.get_by_text("您的答复已登记")).to_be_visible()
    order.answered()

    page.get_by_role("link", name="撤回申请").click()
    page.get_by_role("button", name="确认撤回").click()
    expect(page.get_by_text("终止申请正在审批")).to_be_visible()
    order.do("ter_approve", by=1, termination_approved=True)
    page.reload()
    page.get_by_label("满意", exact=True).check()
    page.get_by_label("办得快").check()
    picture(page, size, "portal-rating")
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_text("感谢您的评价")).to_be_visible()
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_label("工单号")).to_be_visible()
    assert said == []


def test_the_receipt_is_scanned_and_leads_to_the_portal(visit, site, address, order):
    page, said, size = visit
    site.account("supervisor")
    log_in(page, "supervisor")
    page.goto(f"{address}/orders/{order.order.order_no}")
    page.get_by_role("link", name="受理回执").click()
    expect(page.locator(".receipt")).to_be_visible()
    assert fits(page)
    picture(page, size, "receipt")
    found = scanned(f"receipt-{size}")
    assert found == [f"{address}/portal?order={order.order.order_no}"]
    page.goto(found[0])
    expect(page.get_by_label("工单号")).to_have_value(order.order.order_no)
    assert not re.search("任务|工单池", page.locator("header").inner_text())
    assert said == []
