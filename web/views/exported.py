"""Tables as files: .xlsx by XlsxWriter, and CSV. No cell of a file is ever a formula (OWASP, CSV injection)."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import xlsxwriter
from flask import Response

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_STARTS_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_INVISIBLE = dict.fromkeys(n for n in range(32) if n not in (9, 10))
MAX_CELL = 32_767
"""The longest text that Excel keeps in a cell."""


def download(kind: str, name: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Response:
    """A table as a file to keep; `kind` is `xlsx` or `csv`."""
    data = to_xlsx(head, rows) if kind == "xlsx" else to_csv(head, rows)
    answer = Response(data, mimetype=XLSX if kind == "xlsx" else "text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f"attachment; filename=\"export.{kind}\"; filename*=UTF-8''" + quote(
        f"{name}.{kind}", safe=""
    )
    return answer


def to_csv(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """UTF-8 with the mark by which Excel knows it; a text that a program could read as a formula gets an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([harmless(cell) for cell in head])
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def to_xlsx(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook of one sheet: numbers as numbers, everything else as text, whatever it looks like."""
    out = io.BytesIO()
    options = {"constant_memory": True, "in_memory": False, "strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False}  # fmt: skip
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("yikuo")
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, len(head) - 1), 18)
        for column, title in enumerate(head):
            sheet.write_string(0, column, _text(title), bold)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, int | float) and not isinstance(cell, bool):
                    sheet.write_number(number, column, cell)
                else:
                    sheet.write_string(number, column, _text(cell))
    return out.getvalue()


def harmless(cell: Any) -> Any:
    """A cell of a CSV file: numbers as they are, text such that no spreadsheet takes it for a formula."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell
    text = _text(cell)
    seen = next((number for number, each in enumerate(text) if unicodedata.category(each)[0] not in "CZ"), len(text))
    return f"'{text}" if text[seen:].startswith(_STARTS_FORMULA) else text


def _text(value: Any) -> str:
    return ("" if value is None else str(value)).translate(_INVISIBLE)[:MAX_CELL]
