from __future__ import annotations

from datetime import datetime
from io import BytesIO

import pytest
from PIL import Image

from engine.clock import SHANGHAI
from engine.domain import uploads
from engine.domain.uploads import UploadRefused, checked

GPS, EXIF_IFD, TAKEN, ZONE, ORIENTATION = 0x8825, 0x8769, 0x9003, 0x9011, 0x0112
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def photo(kind="JPEG", size=(60, 40), zone="", taken="2026:03:01 09:08:07", turned=0):
    exif = Image.Exif()
    exif.get_ifd(EXIF_IFD)[TAKEN] = taken
    if zone:
        exif.get_ifd(EXIF_IFD)[ZONE] = zone
    exif.get_ifd(GPS)[2] = (30.0, 15.0, 9.0)
    if turned:
        exif[ORIENTATION] = turned
    out = BytesIO()
    Image.new("RGB", size, "red").save(out, kind, exif=exif.tobytes())
    return out.getvalue()


def code(content, pictures_only=True):
    with pytest.raises(UploadRefused) as found:
        checked(content, pictures_only=pictures_only)
    return found.value.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_written_anew_without_what_the_camera_said(kind):
    kept = checked(photo(kind), pictures_only=True)
    again = Image.open(BytesIO(kept.content))
    assert (again.format, kept.media_type, again.size) == ("JPEG", "image/jpeg", (60, 40))
    assert not again.getexif() and b"Exif" not in kept.content and b"2026:03:01" not in kept.content
    assert kept.taken_at == datetime(2026, 3, 1, 9, 8, 7, tzinfo=SHANGHAI) and not kept.is_zoned


def test_the_zone_of_the_camera_counts_and_what_is_no_time_is_none():
    kept = checked(photo(zone="+09:00"), pictures_only=True)
    assert kept.is_zoned and kept.taken_at == datetime(2026, 3, 1, 8, 8, 7, tzinfo=SHANGHAI)
    assert checked(photo(taken="0000:00:00 00:00:00"), pictures_only=True).taken_at is None


def test_a_turned_picture_stands_upright_and_a_large_one_is_made_smaller():
    assert (
        checked(photo(turned=6), pictures_only=True).width,
        checked(photo(turned=6), pictures_only=True).height,
    ) == (
        40,
        60,
    )
    kept = checked(photo(size=(5200, 100)), pictures_only=True)
    assert (kept.width, kept.height) == (uploads.N_MAX_SIDE, 49)


def test_what_hides_behind_a_picture_is_gone():
    assert b"<script>" not in checked(photo() + b"<script>alert(1)</script>", pictures_only=True).content


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"x" * (uploads.N_MAX_BYTES + 1), "too_big"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "no_picture"),
        (b"<html><body>", "no_picture"),
        (photo()[:200], "no_picture"),
        (b"GIF89a" + b"\0" * 40, "no_picture"),
        (PDF, "no_picture"),
    ],
)
def test_what_is_no_picture_is_refused(content, why):
    assert code(content) == why


def test_a_flood_of_pixels_is_refused_before_it_is_decoded():
    bomb = BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < uploads.N_MAX_BYTES
    assert code(bomb.getvalue()) in ("too_many_pixels", "no_picture")


def test_a_plain_pdf_is_kept_as_it_is_and_an_active_one_refused():
    assert checked(PDF, pictures_only=False) == uploads.Kept(PDF, "application/pdf")
    assert code(PDF[:-8], pictures_only=False) == "broken"
    assert code(PDF.replace(b"/Type", b"/OpenAction 3 0 R/Type"), pictures_only=False) == "active"
    assert code(PDF.replace(b"/Type", b"/J#61vaScript 3 0 R/Type"), pictures_only=False) == "active"
