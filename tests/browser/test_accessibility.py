from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.screens import log_in
from tests.site import APPLICATIONS, Site

GRAVE = ("serious", "critical")
NO_PAGES = ("/api/", "/static/", "/healthz", "/readyz", "/metrics", "/language")
WHO = ("clerk", "leader", "admin")


@pytest.fixture
def site(engine) -> Site:
    site = Site(engine)
    site.handed_in(APPLICATIONS[:3])
    return site


def addresses(site: Site) -> list[str]:
    """Every page that there is, by the routes themselves."""
    rules = sorted(str(rule) for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ()))
    return [site.address(rule) for rule in rules if not rule.startswith(NO_PAGES)]


@pytest.mark.parametrize("who", WHO)
def test_no_page_has_a_grave_accessibility_fault(visit, site, address, who):
    page, *_ = visit
    faults = found(page) if who == WHO[0] else []
    log_in(page, site.account(who))
    expect(page.locator(".navbar").first).to_be_visible()
    n_seen = 0
    for path in addresses(site):
        if is_page(page, address + path):
            n_seen += 1
            faults += found(page)

    assert not faults, "\n".join(sorted(set(faults)))
    assert n_seen > 8


def is_page(page, url: str) -> bool:
    """Is it a page that he may see? What is downloaded is none, nor is a part of a page."""
    answer = page.request.get(url)
    if answer.status != 200 or not answer.headers.get("content-type", "").startswith("text/html"):
        return False
    if "<!doctype html>" not in answer.text()[:100]:
        return False
    page.goto(url)
    return True


def found(page) -> list[str]:
    result = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{page.url.partition('//')[2].partition('/')[2]}: {each['id']} {node['target']} {node['html'][:90]}"
        for each in result
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]
