from __future__ import annotations

from io import BytesIO
from zlib import crc32

import pytest
from PIL import Image

from engine.domain.uploads import MAX_SIDE, N_MAX_PIXELS, PDF, cleaned
from engine.errors import Invalid
from tests.customers import photo

N_MAX = 8_000_000
PLAIN_PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def code_of(raw, n_max=N_MAX):
    with pytest.raises(Invalid) as refused:
        cleaned(raw, n_max)
    return refused.value.faults[0].code


def with_exif():
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "CAMERA-CANARY", 6
    exif.get_ifd(0x8825)[2] = (30.0, 15.0, 12.5)
    return photo(exif=exif.tobytes())


def test_what_a_camera_wrote_into_a_photo_does_not_stay():
    raw = with_exif()
    assert b"CAMERA-CANARY" in raw
    kept = cleaned(raw, N_MAX)

    assert b"CAMERA-CANARY" not in kept.content
    with Image.open(BytesIO(kept.content)) as found:
        assert not found.getexif()
        assert found.size == (40, 60)  # turned as the camera said


def test_what_stands_behind_a_photo_does_not_stay():
    for kind in ("JPEG", "PNG"):
        kept = cleaned(photo(kind=kind) + b"<script>alert(1)</script>PK\x03\x04", N_MAX)
        assert b"script" not in kept.content
        assert kept.media_type == f"image/{kind.lower()}"


def test_a_very_large_photo_is_made_smaller():
    kept = cleaned(photo(MAX_SIDE + 500, 100), N_MAX)
    with Image.open(BytesIO(kept.content)) as found:
        assert max(found.size) == MAX_SIDE


def test_pixels_without_end_are_refused_before_they_are_drawn():
    side = int(N_MAX_PIXELS**0.5) + 100
    out = BytesIO()
    Image.new("1", (side, side)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    assert code_of(out.getvalue()) == "picture_too_large"


def test_a_bomb_beyond_what_the_library_opens_is_refused():
    raw = photo(kind="PNG")
    head = raw[12:16] + (60_000).to_bytes(4, "big") * 2 + raw[24:29]
    huge = raw[:12] + head + crc32(head).to_bytes(4, "big") + raw[33:]
    assert code_of(huge) in ("file_broken", "picture_too_large")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "file_missing"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "file_unknown"),
        (b"<!doctype html><script>alert(1)</script>", "file_unknown"),
        (b"GIF89a" + b"\0" * 40, "file_unknown"),
        (b"MZ" + b"\0" * 400, "file_unknown"),
        (b"PK\x03\x04" + b"\0" * 400, "file_unknown"),
        (photo()[:200], "file_broken"),
        (b"\xff\xd8\xff" + b"\0" * 100, "file_unknown"),
        (b"%PDF-1.7 but nothing more", "file_broken"),
        (PLAIN_PDF.replace(b"/Root", b"/OpenAction<</S/JavaScript/JS (app.alert(1))>>/Root"), "file_active"),
        (PLAIN_PDF.replace(b"/Root", b"/Names<</EmbeddedFiles 3 0 R>>/Root"), "file_active"),
    ],
)
def test_what_is_neither_photo_nor_plain_pdf_is_refused(raw, code):
    assert code_of(raw) == code


def test_too_many_bytes_are_refused_and_a_plain_pdf_is_kept_as_it_is():
    assert code_of(b"\xff" * (N_MAX + 1)) == "file_too_large"
    kept = cleaned(PLAIN_PDF, N_MAX)
    assert (kept.media_type, kept.content) == (PDF, PLAIN_PDF)
