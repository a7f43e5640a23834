"""Looks into decision tables without inputs: what overlaps, what is missing, what can never be. It decides nothing.

Each input is cut into the regions that the table's own cells tell apart, within what its types and lists allow. Cells
that depend on more than their input are taken to match where that makes a finding less likely, so nothing found is
wrong, though not everything may be found. Null counts as an input only where a cell or a list of the column names it:
a table that forgets null everywhere would else have one gap more than its author means. Inputs are taken to vary by
themselves; only columns with the same head go together.

No rule for an input is no gap under COLLECT, RULE ORDER and OUTPUT ORDER, whose tables list what applies, nor where a
default output says what then holds: an author who means "no rule, no value" writes the default output null.
"""

from __future__ import annotations

from engine.kernel.dmn.check.tables import Finding, check_dmn, findings

__all__ = ["Finding", "check_dmn", "findings"]
