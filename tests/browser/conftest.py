from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from tests.screens import FLAGS, SIZES
from tests.site import Site


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=SIZES)
def visit(request, chromium, address):
    """A page of one size, and all that its console and network said."""
    context = chromium.new_context(viewport=SIZES[request.param], locale="zh-CN", timezone_id="Asia/Shanghai")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda asked: said.append(asked.url) if not asked.url.startswith((address, "data:")) else None)
    page.goto(address)
    yield page, said, request.param
    context.close()
