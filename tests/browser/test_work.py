from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.screens import fits, log_in, picture
from tests.site import APPLICATIONS, CONFIRMED, TABLE, TABLE_DIGEST, Site


@pytest.fixture
def site(engine) -> Site:
    site = Site(engine)
    site.handed_in(APPLICATIONS[:3])
    return site


def test_a_clerk_logs_in_claims_completes_and_sees_where_the_order_stands(visit, site):
    page, said, size = visit
    picture(page, size, "login")
    log_in(page, "clerk")
    expect(page.locator("h2.page-title")).to_have_text("我的任务")
    picture(page, size, "tasks")
    assert fits(page)

    page.locator("tbody").get_by_role("button", name="领取").first.click()
    expect(page.get_by_role("button", name="办结任务")).to_be_visible()
    name = page.locator("h2.page-title").inner_text()
    page.get_by_role("button", name="办结任务").click()
    expect(page.locator(".invalid-feedback").first).to_be_visible()
    picture(page, size, "task-refused")
    assert fits(page)

    for field, value in CONFIRMED.items():
        if isinstance(value, bool):
            page.locator(f"input[type=radio][name={field}][value={str(value).lower()}]").check()
        else:
            page.locator(f"input[name={field}]").fill(value)
    page.get_by_role("button", name="办结任务").dblclick()
    expect(page.locator("#diagram")).to_have_attribute("data-state", "shown")
    assert name in page.locator(".timeline-plain").inner_text()

    expect(page.locator(".djs-shape.is-current")).to_have_count(page.locator(".list-group-item a.fw-bold").count())
    expect(page.locator(".djs-shape.is-passed").first).to_be_attached()
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    assert page.evaluate(
        "() => { const mark = document.querySelector('.bjs-powered-by'); "
        "mark.scrollIntoView({block: 'center', behavior: 'instant'});"
        " const box = mark.getBoundingClientRect();"
        " return mark.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)); }"
    )
    picture(page, size, "order")
    assert fits(page)
    assert [line for line in said if "status of 422" not in line] == []


def test_the_diagram_of_a_called_process_is_chosen_and_left_again(visit, site):
    page, said, size = visit
    log_in(page, "clerk")
    page.goto(f"{page.url.split('/tasks')[0]}/orders/{site.order_no}")
    diagram, current = page.locator("#diagram"), page.locator(".djs-shape.is-current")
    expect(diagram).to_have_attribute("data-state", "shown")
    expect(current).to_have_count(0)  # the task is inside what is called
    main, called = page.locator("[data-diagram-of=diagram]").all()
    called.click()
    expect(current).to_have_count(1)
    expect(called).to_have_attribute("aria-pressed", "true")
    expect(diagram).to_have_attribute("data-state", "shown")
    diagram.scroll_into_view_if_needed()
    picture(page, size, "order-called")
    assert fits(page)
    main.click()
    expect(page.locator("[data-element-id=accept_order]").first).to_be_attached()
    expect(current).to_have_count(0)
    assert said == []


def test_every_other_page_is_readable_and_silent(visit, site, address):
    page, said, size = visit
    log_in(page, site.account("leader"))
    tables = ("decisions", f"orders/{site.order_no}/decisions/1/0", f"decisions/{TABLE_DIGEST}/{TABLE}")
    for path in ("orders", "applications/new", "admin/waiting", "admin/incidents", "password", *tables):
        page.goto(f"{address}/{path}")
        picture(page, size, path.replace("/", "-"))
        assert fits(page), path
    page.goto(f"{address}/orders")
    page.fill("#q", site.order_no[:-1])
    page.wait_for_url("**/orders?q=*")
    expect(page.locator("#rows tbody tr").first).to_be_visible()

    assert said == []


def test_a_decision_is_opened_from_the_timeline_and_leads_to_its_row(visit, site, address):
    page, said, size = visit
    log_in(page, site.account("leader"))
    page.goto(f"{address}/orders/{site.order_no}")
    page.locator(".timeline-plain a", has_text="决策：客户分类与流程").click()
    expect(page.locator("#decision-1-0 .table-met")).to_be_visible()
    picture(page, size, "order-decisions")
    assert fits(page)

    page.locator("#decision-1-0 a", has_text="查看整张决策表").click()
    expect(page.locator("tr.is-matched")).to_have_count(1)
    page.locator(".table-met a").first.click()
    expect(page.locator("tr.is-matched")).to_be_in_viewport()
    picture(page, size, "decision")
    assert fits(page)
    assert said == []


def test_the_pages_speak_english_when_asked(visit, site):
    page, _, size = visit
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    log_in(page, "clerk")
    expect(page.locator("h2.page-title")).to_have_text("My tasks")
    picture(page, size, "tasks-english")
