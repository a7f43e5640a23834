"""`python -m web.translate`: brings the English catalogue up to date with the Chinese texts of pages and errors.

The msgid is the Chinese text itself. With `--check` nothing is written; exit 1 if a text has no finished English.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from engine import (
    errors,
    rotation,  # noqa: F401  with it and the application every error that there is
)
from web import app as loaded
from web import problems

HERE = Path(loaded.__file__).resolve().parent
CATALOGUE = HERE / "translations" / "en" / "LC_MESSAGES" / "messages.po"
METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def texts() -> Catalog:
    """Every Chinese text that a page may show of its own accord; what processes and data say is theirs."""
    catalogue = Catalog(charset="utf-8")
    found = extract_from_dir(HERE, METHODS, keywords=KEYWORDS, directory_filter=_own)
    for place, _, message, _, _ in found:
        catalogue.add(message, locations=[(place, 0)])
    for text in _error_texts(errors.EngineError):
        catalogue.add(text, locations=[("errors", 0)])
    for text in (problems.CSRF_TEXT, *(text for _, text in problems.HTTP_TEXTS.values())):
        catalogue.add(text, locations=[("problems.py", 0)])
    return catalogue


def _own(folder: str) -> bool:
    return Path(folder).name not in ("frontend", "static", "sandbox", "translations", "__pycache__")


def _error_texts(family: type[errors.EngineError]) -> Iterator[str]:
    yield family.text
    for kind in family.__subclasses__():
        yield from _error_texts(kind)


def stored() -> Catalog:
    """The English catalogue as it lies in the repository."""
    if not CATALOGUE.exists():
        return Catalog(locale="en", charset="utf-8")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def unfinished() -> list[str]:
    """Texts without finished English, and English without a text."""
    wanted, have = texts(), stored()
    missing = [str(message.id) for message in wanted if message.id and not _finished(have, message.id)]
    stale = [str(message.id) for message in have if message.id and message.id not in wanted]
    return [*missing, *stale]


def _finished(catalogue: Catalog, text: str | tuple[str, ...]) -> bool:
    message = catalogue.get(text)
    if message is None or message.fuzzy:
        return False
    said = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(said)


def update() -> None:
    """Merge the texts of today into the catalogue and compile it."""
    catalogue = stored()
    catalogue.update(texts(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = "# English texts of the pages. Each msgid is the Chinese text itself."
    catalogue.project, catalogue.version = "yikuo", "1.0"
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = "yikuo"
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=110, sort_output=True, no_location=True, omit_header=False)
    with CATALOGUE.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)


if __name__ == "__main__":
    if "--check" not in sys.argv[1:]:
        update()
    faults = unfinished()
    sys.stdout.writelines(f"{text}\n" for text in faults)
    sys.exit(bool(faults))
