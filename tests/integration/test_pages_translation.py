from __future__ import annotations

from io import BytesIO

from babel.messages.mofile import write_mo

from web import translate


def test_every_text_has_finished_english():
    assert translate.unfinished() == []


def test_the_compiled_catalogue_is_that_of_the_sources():
    compiled = BytesIO()
    write_mo(compiled, translate.stored())

    assert translate.CATALOGUE.with_suffix(".mo").read_bytes() == compiled.getvalue()


def test_texts_are_found_in_pages_in_code_and_in_errors():
    found = {str(message.id) for message in translate.texts()}

    assert {"办结任务", "任务已办结", "该任务已办结", "请以 application/json 提交"} <= found
    assert len(found) > 150
