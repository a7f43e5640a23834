"""JSON Schemas of what the API answers about figures. Pure data."""

from __future__ import annotations

from web.api.shapes import COUNT, INSTANT, TEXT, Shape, listed, maybe, page, record

_SHARE: Shape = maybe({"type": "number", "minimum": 0, "maximum": 1})
_SECONDS: Shape = maybe({"type": "number", "minimum": 0})
_DAY: Shape = {"type": "string", "format": "date"}
_NAMES = ("accepted", "papered", "identified", "face", "archived", "late", "open", "overdue", "promised", "kept")
_NUMBERS = record(
    **dict.fromkeys(_NAMES, COUNT), rates=record(on_time=_SHARE, unpapered=_SHARE, face=_SHARE, kept=_SHARE)
)
_PLACE = record(unit=TEXT, hall=TEXT, name=TEXT, kind=TEXT, level=TEXT)
_PAIRS = listed(record(code=TEXT, n=COUNT))
_DAYS = {"from": _DAY, "to": _DAY}

SHAPES: dict[str, Shape] = {
    "FigureOrder": record(order_no=TEXT, unit_code=TEXT, hall_code=TEXT, category=TEXT, status=TEXT, customer=TEXT,
                          accepted_at=INSTANT, completed_at=maybe(INSTANT), legal_due_at=maybe(INSTANT),
                          why=maybe(TEXT)),
    "FigureOrders": page("FigureOrder"),
    "Figures": record(place=_PLACE, total=_NUMBERS, below=listed(record(place=_PLACE, numbers=_NUMBERS)), steps=_PAIRS,
                      left=_PAIRS, reasons=_PAIRS, late_stages=_PAIRS,
                      categories=listed(record(category=TEXT, archived=COUNT, late=COUNT)),
                      levels=listed(record(level=TEXT, identified=COUNT, face=COUNT, n_halls=COUNT, n_with_face=COUNT)),
                      **_DAYS),
    "Heat": record(version=maybe(COUNT), versions=listed(record(id=COUNT, key=TEXT, title=TEXT, version=COUNT,
                                                                n_orders=COUNT)),
                   spots=listed(record(element_id=TEXT, name=TEXT, diagram=TEXT, n_open=COUNT, n_done=COUNT,
                                       open_seconds=_SECONDS, done_seconds=_SECONDS, n_late=COUNT)), **_DAYS),
}  # fmt: skip
