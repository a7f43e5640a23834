"""A browser for the tests of pages: sizes, pictures, logging in."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.site import PASSWORD

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES = Path(__file__).parents[1] / "var" / "screenshots"
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


def picture(page: Page, size: str, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}-{size}.png", full_page=True)


def log_in(page: Page, login: str) -> None:
    page.fill("#name", login)
    page.fill("#password", PASSWORD)
    page.click("form.card button")


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def draw(page: Page) -> None:
    """Write on the signature pad."""
    box = page.locator("canvas").bounding_box() or {}
    page.mouse.move(box["x"] + 30, box["y"] + 60)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(box["x"] + 30 + step * 18, box["y"] + 60 + (step % 3) * 20, steps=3)
    page.mouse.up()
