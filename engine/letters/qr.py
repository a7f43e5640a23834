"""QR codes as one SVG path, for letters and pages: drawn from the modules, no markup of a library is trusted."""

from __future__ import annotations

from collections.abc import Iterator

import segno

_QUIET = 4
"""Modules of white around it, as ISO/IEC 18004 wants."""


def portal_link(address: str, order_no: str) -> str:
    """Where a customer asks for his order, its number filled in; "" where the portal has no address."""
    return f"{address.rstrip('/')}/portal?order={order_no}" if address else ""


def qr_of(text: str) -> dict[str, str]:
    """`path` for an SVG path to be filled, `box` for its view box; a third of the code may be stained."""
    rows = [bytes(row) for row in segno.make_qr(text, error="q", boost_error=False).matrix]
    size = len(rows) + 2 * _QUIET
    return {"path": "".join(_runs(rows)), "box": f"{-_QUIET} {-_QUIET} {size} {size}"}


def _runs(rows: list[bytes]) -> Iterator[str]:
    for y, row in enumerate(rows):
        start = None
        for x, dark in enumerate((*row, 0)):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                yield f"M{start} {y}h{x - start}v1H{start}z"
                start = None
