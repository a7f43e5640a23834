"""A file that somebody hands in becomes one that may be kept and served: known by its bytes, never by its name.

A picture is decoded and written anew, so that nothing hides behind it and no camera data stays in it; when it was taken
is read before. Stores nothing.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from PIL import Image, ImageOps

from engine.clock import SHANGHAI
from engine.errors import Fault, Invalid

N_MAX_BYTES = 8_000_000
N_MAX_PIXELS = 40_000_000
N_MAX_SIDE = 2560
"""Longest side of what is kept, in pixels: a meter plate can be read, a floor plan too."""
QUALITY = 85
JPEG, PDF = "image/jpeg", "application/pdf"
ENDINGS = {JPEG: "jpg", PDF: "pdf"}
_FORMATS = ("JPEG", "PNG", "WEBP", "MPO")
_EXIF_IFD, _TAKEN, _TAKEN_ZONE = 0x8769, 0x9003, 0x9011
_ZONE = re.compile(r"[+-]\d{2}:\d{2}")
_ACTIVE = (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/OpenAction", b"/AA", b"/RichMedia", b"/XFA")


class UploadRefused(Exception):
    """Why it cannot be kept: a code, and a reason in Chinese."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept. `taken_at` as the camera wrote it: without a zone (`is_zoned` false) Shanghai is meant."""

    content: bytes
    media_type: str
    taken_at: datetime | None = None
    is_zoned: bool = False
    width: int | None = None
    height: int | None = None


def checked(content: bytes, *, pictures_only: bool = False, n_max_bytes: int = N_MAX_BYTES) -> Kept:
    """Raises UploadRefused for what is empty, too big, no picture (or PDF), broken, or active."""
    if not content:
        raise UploadRefused("empty", "文件是空的")
    if len(content) > n_max_bytes:
        raise UploadRefused("too_big", f"文件不得超过 {n_max_bytes // 1_000_000} MB")
    if content.startswith(b"%PDF-") and not pictures_only:
        return _document(content)
    return _picture(content, "不是可以识别的图片（JPEG、PNG、WebP）" + ("" if pictures_only else "，也不是 PDF"))


def of_customer(content: bytes, n_max_bytes: int) -> Kept:
    """What a customer sends. Raises Invalid, with the field that he chose the file in."""
    try:
        return checked(content, n_max_bytes=n_max_bytes)
    except UploadRefused as error:
        raise Invalid(error.reason, field="file", faults=[Fault("file", error.code, error.reason)]) from error


def _document(content: bytes) -> Kept:
    """Names in a PDF may be written with #xx; what then still hides is served as a download in a sandbox."""
    if b"%%EOF" not in content[-1024:]:
        raise UploadRefused("broken", "PDF 文件不完整")
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), content)
    if any(re.search(re.escape(name) + rb"(?![A-Za-z])", plain) for name in _ACTIVE):
        raise UploadRefused("active", "PDF 文件含有脚本、附件或自动动作，请另存为普通 PDF")
    return Kept(content, PDF)


def _picture(content: bytes, unknown: str) -> Kept:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=_FORMATS) as image:
                if image.width * image.height > N_MAX_PIXELS:
                    raise UploadRefused("too_many_pixels", "图片尺寸过大")
                image.load()  # a PNG may say when it was taken behind its picture
                taken_at, is_zoned = _taken(image)
                upright = ImageOps.exif_transpose(image).convert("RGB")
    except UploadRefused:
        raise
    except Exception as error:  # a decoder fed with hostile bytes may raise anything
        raise UploadRefused("no_picture", unknown) from error
    upright.thumbnail((N_MAX_SIDE, N_MAX_SIDE))
    clean = Image.new("RGB", upright.size)
    clean.paste(upright)
    out = BytesIO()
    clean.save(out, "JPEG", quality=QUALITY)
    return Kept(out.getvalue(), JPEG, taken_at, is_zoned, clean.width, clean.height)


def _taken(image: Image.Image) -> tuple[datetime | None, bool]:
    """DateTimeOriginal of EXIF; what is no such time is none."""
    told = image.getexif().get_ifd(_EXIF_IFD)
    text, zone = str(told.get(_TAKEN, "")).strip("\0 "), str(told.get(_TAKEN_ZONE, "")).strip("\0 ")
    try:
        at = datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=SHANGHAI)
        if _ZONE.fullmatch(zone):
            return datetime.fromisoformat(f"{at:%Y-%m-%dT%H:%M:%S}{zone}"), True
        return at, False
    except ValueError:
        return None, False
