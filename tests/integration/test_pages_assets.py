from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"
VENDOR = WEB / "static" / "vendor"
MANIFEST = json.loads((VENDOR / "MANIFEST.json").read_text(encoding="utf-8"))
PACKAGES = {package["name"]: package["version"] for package in MANIFEST["packages"]}


def test_every_built_file_is_the_one_of_the_manifest():
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name not in ("MANIFEST.json", "THIRD_PARTY_LICENSES.txt")
    }

    assert found == MANIFEST["files"]


def test_every_package_is_there_with_its_version_and_its_licence():
    licences = (VENDOR / "THIRD_PARTY_LICENSES.txt").read_text(encoding="utf-8")

    assert re.findall(r"^==== (\S+) (\S+) ====$", licences, re.MULTILINE) == list(PACKAGES.items())
    assert "must stay fully visible" in licences
    assert {"bpmn-js": "18.31.1", "htmx.org": "2.0.11", "@tabler/core": "1.6.1"}.items() <= PACKAGES.items()


def test_the_lock_pins_each_package_and_names_no_registry():
    lock = json.loads((WEB / "frontend" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = json.loads((WEB / "frontend" / "package.json").read_text(encoding="utf-8"))["devDependencies"]

    assert {name: lock[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert [name for name, entry in lock.items() if "resolved" in entry] == []
    assert all(entry.get("integrity") for name, entry in lock.items() if name)


def test_no_page_loads_anything_from_elsewhere():
    loaded = re.compile(r'(?:src|href|action|hx-get|hx-post)="(?!\{\{|#)([^"]*)"')
    found = {
        str(path): wrong
        for path in (WEB / "templates").rglob("*.html")
        if (wrong := loaded.findall(path.read_text(encoding="utf-8")))
    }

    assert found == {}


def test_no_page_holds_script_or_style_of_its_own():
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:", re.IGNORECASE)
    pages = list((WEB / "templates").rglob("*.html"))

    assert [str(path) for path in pages if inline.search(path.read_text(encoding="utf-8"))] == []
    assert len(pages) > 15
