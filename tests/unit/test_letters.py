from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from engine.letters import (
    Authorisation,
    Item,
    Letter,
    LetterRefused,
    Part,
    Party,
    SignatureRefused,
    content_hash,
    on_screen,
    printed,
    read_signature,
    strokes_json,
    written,
)

TEMPLATE = (Path(__file__).parents[2] / "processes/acceptance/letters/commitment.html").read_bytes()
WAVE = [{"x": 50 + step * 4, "y": 60 + 30 * math.sin(step / 5), "time": step, "pressure": 0.5} for step in range(60)]
DRAWN = json.dumps([{"points": WAVE, "penColor": "black"}])
LETTER = Letter(
    commitment_no="CN20261124000001",
    order_no="26112433401010000018",
    template_version="演示 v1",
    business_type="NEW",
    category="LV_NONRES",
    customer=Party("䶮㛃𠮷演示商贸有限公司", "ENTERPRISE", "USCC", "91330106MA2CEXAMP1", "演示市演示路1号", "000"),
    items=(
        Item(
            "PROPERTY_CERT",
            "不动产权证",
            "PLATFORM_DOWN",
            date(2026, 12, 15),
            "METER_INSTALLATION",
            "ONSITE",
            asked_at=datetime(2026, 11, 24, 2, 1, tzinfo=UTC),
            outcome="DOWN",
        ),
        Item("TAX_QUALIFICATION", "一般纳税人资格", "NOT_ON_PLATFORM", date(2026, 12, 15), "FIRST_BILL"),
    ),
    agent=Party("王演示", proxy="授权委托书"),
    authorisation=Authorisation(("不动产权证",)),
    sign_method="ON_SCREEN",
    signed_at=datetime(2026, 11, 24, 2, 3, tzinfo=UTC),
    signer="王演示",
    received_by="张受理",
    signature=read_signature(DRAWN),
)
FORBIDDEN_NAMES = ("{{ 7 * 7 }}", "{{ ''.__class__.__mro__ }}", "{{ customer.__init__.__globals__ }}", "{{ nobody }}",
                   "{{ range(9) }}", "{{ 'a' * 99999999 }}", "{% include '/etc/passwd' %}", "{{ 9 ** 9 ** 9 }}",
                   "{{ customer.update({}) }}", "{{ items | map('x') }}", "{% for x in %}")  # fmt: skip


def text_of(pdf):
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


def outline(part):
    return [part.tag, part.attributes, [outline(inner) for inner in part.inside if isinstance(inner, Part)]]


def page_with(body):
    return f"<html><head>{body}</head><body><main>{body}</main></body></html>"


@pytest.fixture(scope="module")
def pdf():
    return printed(written(LETTER, TEMPLATE))


def test_the_pdf_holds_the_chinese_text_of_the_letter(pdf):
    text = text_of(pdf.data)

    for part in ("CN20261124000001", "䶮㛃𠮷演示商贸有限公司", "政务数据平台暂不可用", "2026年12月15日", "装表接电",
                 "客户经理上门收取", "王演示", "2026年11月24日10:03", "第1页，共"):  # fmt: skip
        assert part in text, part
    assert f"共{pdf.n_pages}页" in text


def test_its_type_is_embedded_in_parts(pdf):
    fonts = [font.get_object() for page in PdfReader(BytesIO(pdf.data)).pages
             for font in page["/Resources"]["/Font"].values()]  # fmt: skip
    described = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object() for font in fonts]

    assert all(re.fullmatch(r"/[A-Z]{6}\+Noto-.*CJK-SC.*", font["/BaseFont"]) for font in fonts)
    assert all("/FontFile3" in one for one in described)
    assert len(pdf.data) < 1_000_000


def test_the_same_content_gives_the_same_hash_and_any_change_another():
    changed = [
        replace(LETTER, order_no="x"),
        replace(LETTER, customer=replace(LETTER.customer, contact="1")),
        replace(LETTER, items=LETTER.items[:1]),
        replace(LETTER, signed_at=datetime(2026, 11, 24, 2, 4, tzinfo=UTC)),
        replace(LETTER, signature=read_signature(DRAWN.replace("50", "51", 1))),
    ]
    hashes = [content_hash(letter, TEMPLATE) for letter in changed] + [content_hash(LETTER, TEMPLATE + b" ")]

    assert content_hash(replace(LETTER), bytes(TEMPLATE)) == content_hash(LETTER, TEMPLATE)
    assert len({*hashes, content_hash(LETTER, TEMPLATE)}) == len(hashes) + 1


def test_an_instant_is_the_same_in_every_zone():
    there = replace(LETTER, signed_at=datetime.fromisoformat("2026-11-24T10:03:00+08:00"))

    assert content_hash(there, TEMPLATE) == content_hash(LETTER, TEMPLATE)
    assert written(there, TEMPLATE) == written(LETTER, TEMPLATE)


@pytest.mark.parametrize(
    "value",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><link rel=attachment href='file:///etc/x'>",
     "url(http://198.51.100.1/x)", "{{ 7 * 7 }}", "\u202e右到左\x07", "无" * 600],
    ids=["script", "attribute", "link", "css", "jinja", "control", "long"],
)  # fmt: skip
def test_hostile_values_stay_text(value):
    hostile = replace(LETTER, customer=replace(LETTER.customer, name=value, address=value), signer=value)
    document = written(hostile, TEMPLATE)
    plain = written(LETTER, TEMPLATE)

    assert document.count("<") == plain.count("<")
    assert outline(on_screen(document)) == outline(on_screen(plain))
    assert printed(document).n_pages < 10


def test_a_field_without_end_is_refused_and_not_cut():
    with pytest.raises(LetterRefused, match="过长"):
        written(replace(LETTER, signer="无" * 601), TEMPLATE)


@pytest.mark.parametrize("text", FORBIDDEN_NAMES)
def test_a_template_can_do_nothing_but_fill_in(text):
    with pytest.raises(LetterRefused):
        written(LETTER, f"<main>{text}</main>".encode())


def test_a_template_cannot_grow_without_end():
    with pytest.raises(LetterRefused, match="过多"):
        written(LETTER, b"{% for a in order_no %}" * 4 + b"x" * 200 + b"{% endfor %}" * 4)


@pytest.mark.parametrize(
    "body",
    ['<link rel="stylesheet" href="http://198.51.100.1/x.css">', '<img src="file:///etc/passwd">',
     '<link rel="attachment" href="file:///etc/passwd">', "<style>@import url(file:///etc/passwd)</style>",
     '<img src="HTTP://198.51.100.1/x.png">', "<style>@font-face{font-family:a;src:url(file:///a)}</style>"],
)  # fmt: skip
def test_nothing_outside_the_letter_is_fetched(body):
    with pytest.raises(LetterRefused, match="外部资源"):
        printed(page_with(body))


def test_what_is_inside_the_letter_may_be_shown():
    dot = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACADs="

    assert printed(page_with(f'<p>承诺</p><img src="{dot}">')).n_pages == 1


def test_the_page_gets_the_words_and_nothing_that_acts():
    body = (
        '<main onclick="x()"><p style="position:fixed" id="a" class="b">字</p><script>x()</script>'
        '<form action="/x"><input></form><a href="javascript:x()">y</a><iframe src="/"></iframe></main>'
    )

    letter = on_screen(f"<html><body>{body}</body></html>")
    assert letter == Part("div", (("class", "letter"),), (Part("p", (("class", "b"),), ("字",)),))
    with pytest.raises(LetterRefused, match="main"):
        on_screen("<p>x</p>")
    with pytest.raises(LetterRefused, match="过深"):
        on_screen(f"<main>{'<div>' * 40}</main>")


def test_the_signature_on_the_letter_is_drawn_by_us():
    document = written(LETTER, TEMPLATE)
    [path] = re.findall(r'<path d="([^"]+)"', document)

    assert re.fullmatch(r"[MQLh\d. -]+", path) and path.count("Q") == len(WAVE) - 2
    assert path in repr(on_screen(document))
    assert "<svg" not in written(replace(LETTER, signature=()), TEMPLATE)


def test_a_signature_is_read_and_kept_without_loss():
    strokes = read_signature(DRAWN)

    assert read_signature(strokes_json(strokes)) == strokes
    assert min(x for x, _ in strokes[0]) == min(y for _, y in strokes[0]) == 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "无法读取"),
        ("{", "无法读取"),
        ("\ud800", "无法读取"),
        ("{}", "格式不符"),
        ("[1]", "格式不符"),
        ('[{"points": "x"}]', "格式不符"),
        ('[{"points": [{"x": "1", "y": 2}]}]', "格式不符"),
        ('[{"points": [{"x": true, "y": 2}]}]', "格式不符"),
        ('[{"points": [{"x": 1}]}]', "格式不符"),
        ('[{"points": [[1, 2]]}]', "格式不符"),
        ('[{"points": [{"x": NaN, "y": 2}]}]', "无法读取"),
        ('[{"points": [{"x": 1e300, "y": 2}]}]', "超出画布"),
        ("[]", "尚未签名"),
        ('[{"points": []}]', "尚未签名"),
        ('[{"points": [{"x": 1, "y": 2}, {"x": 3, "y": 2}]}]', "过短"),
        (json.dumps([{"points": []}] * 201), "格式不符"),
        (json.dumps([{"points": [{"x": 1, "y": 1}] * 2_000}]), "过大"),
        ("[" * 5_000 + "]" * 5_000, "无法读取"),
        ('<svg onload="x()"/>', "无法读取"),
    ],
)
def test_what_is_no_signature_is_refused_with_a_reason(text, why):
    with pytest.raises(SignatureRefused, match=why):
        read_signature(text)
