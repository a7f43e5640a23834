"""`make pictures`: draws processes/*/process.bpmn with the viewer of our pages, in Debian's Chromium, as process.svg.

The picture carries the SHA-256 of its diagram: one that is up to date is left alone, and a test finds one that is not.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path
from typing import Any

from lxml import etree
from playwright.sync_api import Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
VENDOR = ROOT / "web" / "static" / "vendor"
SITE = "http://pictures.invalid"
PAGE = b"""<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="viewer.css">
<div id="diagram" data-diagram-viewer data-xml="process.bpmn" data-marks="marks.json" style="width:1600px;height:900px">
</div><p id="diagram-failed" hidden></p><script src="viewer.js"></script>"""
MARKS = b'{"stopped": [], "current": [], "waiting": [], "passed": []}'
FONTS = "Arial, 'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"
MARGIN = 12
POINTER = re.compile(r"url\([\"']?#([^)\"']+)[\"']?\)")

# As bpmn-js's own saveSVG does: what is on the active layer, its markers, and the box round both.
TAKE = """() => {
  const svg = document.querySelector('#diagram svg');
  const layer = [...svg.querySelectorAll('.viewport > g')].find((each) => each.querySelector('.djs-element'));
  const { x, y, width, height } = layer.getBBox();
  const defs = svg.querySelector(':scope > defs')?.innerHTML ?? '';
  return { box: [x, y, width, height], defs, drawn: layer.innerHTML };
}"""
SVG = "http://www.w3.org/2000/svg"
UNSEEN = ("djs-hit", "djs-outline", "djs-dragger")


def main(names: list[str]) -> int:
    """Draw the folders of these names, or all; 1 if a diagram could not be shown whole."""
    files = sorted((ROOT / "processes").glob("*/process.bpmn"))
    stale = [file for file in files if _wanted(file, names)]
    failed = 0
    if stale:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1600, "height": 900}, locale="zh-CN")
            for file in stale:
                failed += _draw(page, file)
            browser.close()
    print(f"{len(stale) - failed} drawn, {len(files) - len(stale)} left as they are, {failed} failed")
    return 1 if failed else 0


def _wanted(file: Path, names: list[str]) -> bool:
    if names:
        return file.parent.name in names
    picture = file.with_suffix(".svg")
    return not picture.is_file() or _digest(file) not in picture.read_text("utf-8")[:2000]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _draw(page: Page, file: Path) -> bool:
    """Whether it failed, which is said."""
    answers = {"/": PAGE, "/process.bpmn": file.read_bytes(), "/marks.json": MARKS}
    answers |= {f"/{name}": (VENDOR / name).read_bytes() for name in ("viewer.js", "viewer.css")}
    page.unroute_all()
    page.route("**/*", lambda route: _answer(route, answers))
    page.goto(f"{SITE}/")
    page.wait_for_selector("#diagram[data-state]")
    state = page.get_attribute("#diagram", "data-state")
    if state != "shown":
        print(f"{file.parent.name}: the viewer says {state}", file=sys.stderr)
        return True
    text = _standalone(page.evaluate(TAKE), _digest(file))
    file.with_suffix(".svg").write_text(text, "utf-8")
    print(f"{file.parent.name}/process.svg: {len(text.encode()) // 1024} KB")
    return False


def _answer(route: Route, answers: dict[str, bytes]) -> None:
    body = answers.get(route.request.url.removeprefix(SITE))
    if body is None:
        route.abort()
    else:
        kind = "text/html" if body is PAGE else "text/javascript" if route.request.url.endswith(".js") else None
        route.fulfill(body=body, content_type=kind)


def _standalone(taken: dict[str, Any], digest: str) -> str:
    x, y, width, height = taken["box"]
    box = [round(x) - MARGIN, round(y) - MARGIN, round(width) + 2 * MARGIN, round(height) + 2 * MARGIN]
    head = f'<svg xmlns="{SVG}" width="{box[2]}" height="{box[3]}" viewBox="{" ".join(map(str, box))}">'
    source = f"<metadata>process.bpmn sha256 {digest}</metadata>"
    white = f'<rect x="{box[0]}" y="{box[1]}" width="{box[2]}" height="{box[3]}" fill="white"/>'
    whole = f"{head}{source}<defs>{taken['defs']}</defs>{white}{taken['drawn']}</svg>"
    root = etree.fromstring(whole.replace("&nbsp;", "&#160;"))
    _strip(root)
    _rename(root)
    text = etree.tostring(root, encoding="unicode")
    return f"<!-- created with bpmn-js / https://bpmn.io -->\n{re.sub(r'(?<=>)(?=<g )', chr(10), text)}\n"


def _strip(root: etree._Element) -> None:
    """Without what only a pointer feels, what only the viewer's style sheet knows, and digits nobody sees."""
    for element in list(root.iter(f"{{{SVG}}}*")):
        classes = set((element.get("class") or "").split())
        if classes & set(UNSEEN) or element.get("visibility") == "hidden":
            element.getparent().remove(element)
            continue
        for name in ("class", "data-element-id", "data-container-id", "lineHeight"):
            element.attrib.pop(name, None)
        for name, value in element.attrib.items():
            if name in ("d", "points", "transform", "x", "y", "width", "height", "style"):
                element.set(name, re.sub(r"\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}", value))
        if "font-family" in (style := element.get("style", "")):
            element.set("style", re.sub(r"font-family:[^;]*", f"font-family: {FONTS}", style))


def _rename(root: etree._Element) -> None:
    """One marker of each look, by number: the viewer makes one for every flow, with a new name each time."""
    kept: dict[bytes, str] = {}
    names: dict[str, str] = {}
    for marker in list(root.iter(f"{{{SVG}}}marker", f"{{{SVG}}}clipPath")):
        old = marker.attrib.pop("id")
        look, n_before = etree.tostring(marker, with_tail=False), len(kept)
        names[old] = kept.setdefault(look, f"m{len(kept) + 1}")
        if len(kept) == n_before:
            marker.getparent().remove(marker)
        else:
            marker.set("id", names[old])
    for element in root.iter(f"{{{SVG}}}*"):
        for name, value in element.attrib.items():
            element.set(
                name, re.sub(r"url\([\"']?#([^)\"']+)[\"']?\)", lambda m: f"url(#{names.get(m[1], m[1])})", value)
            )
    for empty in [each for each in root.iter(f"{{{SVG}}}defs") if len(each) == 0]:
        empty.getparent().remove(empty)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
