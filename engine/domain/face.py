"""刷脸办电: which identity checks are face routes, and whose checks are counted (domain dossier 6.2). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.domain.intake import NATURAL_PERSON

FACE_ROUTES = ("E_ID_ALIPAY", "E_ID_GOV", "E_ID_ZLB", "KIOSK_SLIP")
"""Supervision rules, table of fields: face routes = KIOSK_SLIP and the three E_ID."""


def identity_route(facts: Mapping[str, Any]) -> str | None:
    """How a residential natural person proved who he is; None for whoever is not in the denominator of 刷脸办电率."""
    if facts["usage"] != "RESIDENTIAL" or facts["subject_type"] != NATURAL_PERSON:
        return None
    return str(facts["identity_method"])
