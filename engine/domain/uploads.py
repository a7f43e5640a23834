"""Files that customers send: what may be kept, and in which form. Pure; stores nothing, believes no name and no header.

A picture is drawn anew: what was hidden in it (place and time of the camera, other files) does not come along.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from engine.errors import Fault, Invalid

FIELD = "file"
JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
ENDINGS = {JPEG: "jpg", PNG: "png", PDF: "pdf"}
N_MAX_PIXELS = 60_000_000
"""A phone's best camera makes 50 million; a picture of few bytes and endless pixels ends here, before it is opened."""
MAX_SIDE = 4_000
_QUALITY = 88
_ACTIVE = (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA")
_N_TAIL = 2_048
_OPENABLE = {"JPEG": JPEG, "PNG": PNG}


@dataclass(frozen=True, slots=True)
class Clean:
    """A file as it may be kept; `cleaned` makes it."""

    media_type: str
    content: bytes


def cleaned(raw: bytes, n_max_bytes: int) -> Clean:
    """The file as it may be kept. Raises Invalid for whatever is neither a photo nor a plain PDF."""
    if not raw:
        raise _wrong("file_missing", "请选择文件")
    if len(raw) > n_max_bytes:
        raise _wrong("file_too_large", f"文件不得超过 {n_max_bytes // 1_000_000} MB")
    return _pdf(raw) if raw.startswith(b"%PDF-") else _picture(raw)


def _pdf(raw: bytes) -> Clean:
    if b"%%EOF" not in raw[-_N_TAIL:]:
        raise _wrong("file_broken", "PDF 文件不完整")
    if any(word in raw for word in _ACTIVE):
        raise _wrong("file_active", "PDF 中含有脚本或附件，请另存为普通 PDF 或改用照片")
    return Clean(PDF, raw)


def _picture(raw: bytes) -> Clean:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(raw), formats=tuple(_OPENABLE)) as found:
                if found.width * found.height > N_MAX_PIXELS:
                    raise _wrong("picture_too_large", "照片像素过大，请用较低的分辨率")
                return _drawn_anew(found)
    except UnidentifiedImageError as error:
        raise _wrong("file_unknown", "只接受照片（JPG、PNG）或 PDF") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _wrong("file_broken", "照片无法打开") from error


def _drawn_anew(found: Image.Image) -> Clean:
    media_type = _OPENABLE[str(found.format)]
    upright = ImageOps.exif_transpose(found)
    upright.thumbnail((MAX_SIDE, MAX_SIDE))
    plain = upright.convert("RGB")
    fresh = Image.new("RGB", plain.size)
    fresh.paste(plain)
    out = BytesIO()
    if media_type == JPEG:
        fresh.save(out, "JPEG", quality=_QUALITY)
    else:
        fresh.save(out, "PNG")
    return Clean(media_type, out.getvalue())


def _wrong(code: str, reason: str) -> Invalid:
    return Invalid(reason, field=FIELD, faults=[Fault(FIELD, code, reason)])
