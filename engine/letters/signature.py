"""A signature drawn on a screen: read from signature_pad's points, drawn again by us as one SVG path. Trusts nothing
but numbers within bounds; a picture sent by a client is never used."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, TypeAlias

import orjson

from engine.letters.errors import SignatureRefused

Strokes: TypeAlias = tuple[tuple[tuple[float, float], ...], ...]
"""Strokes of points (x right, y down, one tenth of a CSS pixel kept), moved so that the drawing begins at 0, 0."""

N_MAX_TEXT = 20_000
N_MAX_STROKES = 200
N_MAX_POINTS = 4_000
MAX_COORDINATE = 20_000
MIN_LENGTH = 40.0
"""Pixels of ink: a dot or a slip of the finger is no signature."""


def read_signature(text: str) -> Strokes:
    """The strokes of `toData()`. Raises SignatureRefused, saying why, for everything that is no signature."""
    if len(text) > N_MAX_TEXT:
        raise SignatureRefused("签名数据过大")
    try:
        data = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise SignatureRefused("签名数据无法读取") from error
    if not isinstance(data, list) or len(data) > N_MAX_STROKES:
        raise SignatureRefused("签名数据格式不符")
    strokes = tuple(tuple(_points(stroke)) for stroke in data)
    if sum(map(len, strokes)) > N_MAX_POINTS:
        raise SignatureRefused("签名数据过大")
    if sum(map(_length, strokes)) < MIN_LENGTH:
        raise SignatureRefused("尚未签名，或签名过短")
    return _moved(tuple(stroke for stroke in strokes if stroke))


def strokes_json(strokes: Strokes) -> str:
    """The strokes as text to be sealed; `read_signature` reads it again and finds the same."""
    return orjson.dumps([{"points": [{"x": x, "y": y} for x, y in stroke]} for stroke in strokes]).decode()


def path_of(strokes: Strokes) -> str:
    """The `d` of an SVG path: curves through the middles between points, a short dash for a dot."""
    return " ".join(_curve(stroke) for stroke in strokes)


def size_of(strokes: Strokes) -> tuple[float, float]:
    """Width and height of the drawing."""
    points = [point for stroke in strokes for point in stroke]
    return max(x for x, _ in points), max(y for _, y in points)


def drawing_of(strokes: Strokes) -> dict[str, str]:
    """What a template needs to draw it: `path` for an SVG path, `box` for its view box; nothing but numbers."""
    width, height = size_of(strokes)
    return {"path": path_of(strokes), "box": f"-4 -4 {width + 8:.1f} {height + 8:.1f}"}


def _points(stroke: Any) -> Iterator[tuple[float, float]]:
    points = stroke.get("points") if isinstance(stroke, dict) else None
    if not isinstance(points, list) or len(points) > N_MAX_POINTS:
        raise SignatureRefused("签名数据格式不符")
    for point in points:
        if not isinstance(point, dict):
            raise SignatureRefused("签名数据格式不符")
        yield _coordinate(point.get("x")), _coordinate(point.get("y"))


def _coordinate(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise SignatureRefused("签名数据格式不符")
    if abs(value) > MAX_COORDINATE:
        raise SignatureRefused("签名数据超出画布")
    return float(value)


def _length(stroke: tuple[tuple[float, float], ...]) -> float:
    return sum(math.dist(one, other) for one, other in pairwise(stroke))


def _moved(strokes: Strokes) -> Strokes:
    left = min(x for stroke in strokes for x, _ in stroke)
    top = min(y for stroke in strokes for _, y in stroke)
    return tuple(tuple((round(x - left, 1), round(y - top, 1)) for x, y in stroke) for stroke in strokes)


def _curve(stroke: tuple[tuple[float, float], ...]) -> str:
    (x, y), rest = stroke[0], stroke[1:]
    if not rest:
        return f"M{x:.1f} {y:.1f}h0.1"
    parts = [f"M{x:.1f} {y:.1f}"]
    for (ax, ay), (bx, by) in pairwise(rest):
        parts.append(f"Q{ax:.1f} {ay:.1f} {(ax + bx) / 2:.1f} {(ay + by) / 2:.1f}")
    return " ".join([*parts, f"L{rest[-1][0]:.1f} {rest[-1][1]:.1f}"])
