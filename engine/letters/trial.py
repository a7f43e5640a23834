"""Tries a template on invented letters, so that a broken one is refused when it is published. Keeps nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from engine.letters.content import Authorisation, Item, Letter, Party
from engine.letters.template import written

_AT = datetime(2026, 3, 2, 2, tzinfo=UTC)
_DRAFT = Letter(
    commitment_no="TRIAL",
    order_no="TRIAL",
    template_version="TRIAL",
    business_type="NEW",
    category="LV_NONRES",
    customer=Party("试填客户", "ENTERPRISE", "USCC", "TRIAL", "试填地址", "000"),
    items=(
        Item("PROPERTY_CERT", "试填资料", "PLATFORM_DOWN", _AT.date(), "CONTRACT", "ONSITE", "试填依据", _AT, "DOWN"),
        Item("EQUIPMENT_LIST", "试填资料", "NOT_ON_PLATFORM", date(2026, 3, 3), "CONTRACT"),
    ),
)
_SIGNED = replace(
    _DRAFT,
    agent=Party("试填代办人", proxy="授权委托书"),
    authorisation=Authorisation(("试填资料",), _AT.date()),
    sign_method="ON_SCREEN",
    signed_at=_AT,
    signer="试填代办人",
    received_by="试填受理员",
    signature=(((12.0, 30.0), (80.0, 44.0)),),
)


def tried(template: bytes) -> None:
    """Write a draft without and a signed letter with everything that may be there. Raises LetterRefused."""
    for letter in (_DRAFT, _SIGNED):
        written(letter, template, "" if letter is _DRAFT else "https://example.invalid/portal?order=TRIAL")
