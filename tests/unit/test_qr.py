from __future__ import annotations

import re

import zxingcpp
from PIL import Image, ImageDraw

from engine.letters import portal_link, qr_of

LINK = "https://yikuo.example.cn/portal?order=334010226030200017"
SCALE = 4


def picture(drawing):
    """The path drawn as a browser would, module by module."""
    left, top, width, height = map(int, drawing["box"].split())
    found = Image.new("L", (width * SCALE, height * SCALE), 255)
    pen = ImageDraw.Draw(found)
    for x, y, n, back in re.findall(r"M(\d+) (\d+)h(\d+)v1H(\d+)z", drawing["path"]):
        assert x == back
        x0, y0 = (int(x) - left) * SCALE, (int(y) - top) * SCALE
        pen.rectangle((x0, y0, x0 + int(n) * SCALE - 1, y0 + SCALE - 1), fill=0)
    return found


def test_another_library_reads_what_was_drawn():
    drawing = qr_of(LINK)
    assert [each.text for each in zxingcpp.read_barcodes(picture(drawing))] == [LINK]
    assert re.fullmatch(r"(M\d+ \d+h\d+v1H\d+z)+", drawing["path"])


def test_a_stain_over_a_corner_of_the_data_does_no_harm():
    found = picture(qr_of(LINK))
    middle = found.width // 2
    ImageDraw.Draw(found).ellipse((middle - 14, middle - 14, middle + 14, middle + 14), fill=255)
    assert [each.text for each in zxingcpp.read_barcodes(found)] == [LINK]


def test_without_an_address_there_is_no_link():
    assert portal_link("", "1") == ""
    assert portal_link("https://a.cn/", "1") == "https://a.cn/portal?order=1"
