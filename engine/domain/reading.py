"""Take untrusted JSON apart field by field and remember every fault. Never raises for bad input, never shows values."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NoReturn

from engine.errors import Fault, Invalid

MAX_BYTES = 65_536
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_WIDE_BLANKS = {0x3000: " ", 0x00A0: " "}
_KINDS: Mapping[type, str] = {str: "文本", bool: "是/否", dict: "对象", Decimal: "数字"}


def parse_object(data: bytes | str) -> dict[str, Any]:
    """One JSON object in UTF-8; raises Invalid (code in its fault) for anything else.

    Repeated names, NaN and Infinity are refused: two readers would understand two different applications.
    """
    if len(data) > MAX_BYTES:
        _refuse("too_large", f"超过 {MAX_BYTES} 字节")
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant)
    except (UnicodeDecodeError, RecursionError, ValueError):
        _refuse("not_json", "不是合法的 JSON（UTF-8，字段不得重复）")
    if not isinstance(value, dict):
        _refuse("wrong_type", "应为 JSON 对象")
    return value


def canonical(raw: Mapping[str, Any]) -> bytes:
    """The one spelling of an application, whatever the order of its fields: equal bytes = delivered twice."""
    return json.dumps(raw, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str).encode()


class Reader:
    """Reads one object; all readers of one application share the list of faults."""

    def __init__(self, raw: Any, path: str, faults: list[Fault], known: Collection[str]) -> None:
        self._path = path
        self.faults = faults
        self.present = isinstance(raw, dict)
        self._raw: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
        for name in self._raw:
            if name not in known:
                self.fault(_printable(name), "unknown_field", "没有这个字段，请检查字段名")

    def fault(self, name: str, code: str, reason: str) -> None:
        """Remember one fault of a field of this object."""
        self.faults.append(Fault(f"{self._path}.{name}" if self._path else name, code, reason))

    def text(self, name: str, longest: int, *, required: bool = True, shape: str = "") -> str:
        """A trimmed text without control characters, or "" (with a fault unless it is optional and absent)."""
        value = self._typed(name, str, required)
        if value is None:
            return ""
        value = str(value).translate(_WIDE_BLANKS).strip()
        if not value and required:
            self.fault(name, "missing", "不能为空")
        elif len(value) > longest:
            self.fault(name, "too_long", f"不得超过 {longest} 个字符")
        elif not _is_clean(value) or (shape and value and not re.fullmatch(shape, value, re.ASCII)):
            self.fault(name, "bad_shape", "格式不符或含有不可见字符")
        else:
            return value
        return ""

    def choice(self, name: str, allowed: Collection[str]) -> str:
        """One of the allowed codes, or ""."""
        value = self._typed(name, str, True)
        if value is None:
            return ""
        if value not in allowed:
            self.fault(name, "unknown_value", "只能是 " + "、".join(allowed))
            return ""
        return str(value)

    def flag(self, name: str) -> bool:
        """true or false; numbers and texts are not taken for either."""
        return bool(self._typed(name, bool, True))

    def number(self, name: str, *, above: int, most: int, places: int) -> Decimal | None:
        """A finite number, above < n <= most, with at most `places` decimals."""
        value = self._typed(name, Decimal, True)
        if value is None:
            return None
        if not above < value <= most:
            self.fault(name, "out_of_range", f"应大于 {above} 且不超过 {most}")
        elif value != round(value, places):
            self.fault(name, "too_precise", f"最多 {places} 位小数" if places else "应为整数")
        else:
            return Decimal(value)
        return None

    def instant(self, name: str, *, earliest: datetime, latest: datetime) -> datetime | None:
        """An aware instant (RFC 3339 with offset) within the bounds, in UTC."""
        value = self._typed(name, str, True)
        if value is None:
            return None
        try:
            read = datetime.fromisoformat(value) if _INSTANT.fullmatch(value) else None
            instant = read.astimezone(UTC) if read is not None and read.tzinfo else None
        except (ValueError, OverflowError):
            read = instant = None
        if read is None:
            self.fault(name, "bad_instant", f"日期时间不存在或格式不符（例 2026-03-02T08:20:00+08:00）：{value[:40]!r}")
        elif instant is None:
            self.fault(name, "naive_instant", "缺少时区偏移（例 +08:00）")
        elif instant > latest:
            self.fault(name, "in_future", "晚于当前时间")
        elif instant < earliest:
            self.fault(name, "too_early", f"早于 {earliest.year} 年，不在受理范围内")
        else:
            return instant
        return None

    def inner(self, name: str, known: Collection[str], *, required: bool = True) -> Reader:
        """A nested object; `.present` is False if it is absent or null."""
        value = self._typed(name, dict, required)
        return Reader(value, f"{self._path}.{name}" if self._path else name, self.faults, known)

    def checked(self, name: str, value: str, find: Callable[[str], str | None], code: str, shown: str) -> str:
        """A text that another rule judges; the reason shows the value only as masked in `shown`."""
        reason = find(value) if value else None
        if reason:
            self.fault(name, code, f"{reason}（{shown}）")
        return value

    def _typed(self, name: str, kind: type, required: bool) -> Any:
        value = self._raw.get(name)
        if value is None:
            if required:
                self.fault(name, "missing", "缺少必填项")
            return None
        value = _as_decimal(value) if kind is Decimal else value
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            self.fault(name, "wrong_type", f"应为{_KINDS[kind]}")
            return None
        return value


def _as_decimal(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, float | Decimal) and math.isfinite(value):
        return Decimal(repr(value)) if isinstance(value, float) else value
    return None


def _is_clean(text: str) -> bool:
    # Not str.isprintable: it refuses rare characters of names that are younger than Python's Unicode table.
    return not any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in text)


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name[:40])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("repeated name")
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(name)


def _refuse(code: str, reason: str) -> NoReturn:
    raise Invalid(reason, faults=[Fault("", code, reason)])
