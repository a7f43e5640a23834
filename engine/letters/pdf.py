"""Prints a letter: WeasyPrint with nothing to fetch from anywhere, and Chinese type that is known to be there.

WeasyPrint is loaded at the first letter: it needs Pango, which only the process that prints must have.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import Any

from engine.errors import Unavailable
from engine.letters.errors import LetterRefused

FAMILY = "CJK"
"""Part of the name of the embedded type; without a Chinese font Pango draws empty boxes and says nothing."""
N_MAX_PAGES = 40
_one_at_a_time = threading.Lock()
logging.getLogger("weasyprint").setLevel(logging.CRITICAL)  # it quotes what it could not read, which may be personal


@dataclass(frozen=True, slots=True)
class Printed:
    """A letter as PDF."""

    data: bytes
    n_pages: int


def printed(document: str) -> Printed:
    """The PDF of a whole HTML document.

    Raises:
        Unavailable: this machine lacks Pango or the Noto CJK fonts.
        LetterRefused: the document asks for something outside itself, or is too long.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import FatalURLFetchingError
    except OSError as error:
        raise Unavailable("缺少 Pango，无法生成 PDF") from error
    try:
        with _one_at_a_time:
            pages = HTML(string=document, url_fetcher=_fetch).render()
            if len(pages.pages) > N_MAX_PAGES:
                raise LetterRefused("页数过多")
            data = bytes(pages.write_pdf())
    except FatalURLFetchingError as error:
        raise LetterRefused("模板引用了外部资源") from error
    if not any(FAMILY in str(font.family) for font in pages.fonts.values()):
        raise Unavailable("缺少中文字体 Noto CJK，无法生成 PDF")
    return Printed(data, len(pages.pages))


def _fetch(url: str) -> Any:
    """What is inside the document already; anything else ends the printing."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    if url[:5].lower() != "data:":
        raise FatalURLFetchingError("only data: URLs")
    return URLFetcher(allowed_protocols=("data",)).fetch(url)
