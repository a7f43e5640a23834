"""Invented applications that intake accepts: of every category, from every unit. No name or number is anybody's."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from engine.clock import SHANGHAI
from engine.domain.classification import DECISION, inputs_of
from engine.domain.identifiers import resident_id_fault, uscc_fault
from engine.domain.intake import check_application
from engine.domain.organisation import OPERATING_KINDS, Organisation
from engine.errors import NotFound
from engine.queries.view import View

SURNAMES, GIVEN = "赵钱孙李周吴郑王", "安宁清和明远思齐"
TRADES = ("包装", "机械", "食品", "纺织", "电子")
RESIDENT_METHODS = ("ID_CARD", "KIOSK_SLIP", "E_ID_ZLB", "E_ID_ALIPAY", "E_ID_GOV")
USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
KINDS = ("low", "low", "park", "high", "wish", "dual")
"""What a business wishes for: low voltage, low voltage in a park, high voltage, that as a wish, two sources."""
N_TRIES = 5_000


def application_for(view: View, process_key: str, rng: Random, now: datetime) -> dict[str, Any]:
    """An application that the classification in force sends to this process.

    Raises:
        NotFound: after 5,000 draws none was.
    """
    organisation, tables = view.world.organisation(view.connection), view.world.shared(view.connection)
    model = next(model for model in tables.models.values() if DECISION in model.decisions)
    for _ in range(N_TRIES):
        raw = application(organisation, rng, now)
        facts = check_application(raw, organisation, now).facts
        value = model.decide(DECISION, inputs_of(facts)).value
        if isinstance(value, dict) and value.get("process_key") == process_key:
            return raw
    raise NotFound(f"没有任何申请归入流程 {process_key}")


def application(organisation: Organisation, rng: Random, now: datetime) -> dict[str, Any]:
    """One application as a channel would deliver it, submitted at `now`; its external number is drawn at random."""
    home = rng.random() < 0.4
    kind = "home" if home else rng.choice(KINDS)
    parks_of = {
        u: [p.code for p in organisation.parks.values() if p.unit == u.code and p.is_valid(now.date())]
        for u in organisation.units.values()
        if u.kind in OPERATING_KINDS
    }
    unit = rng.choice([u for u, parks in parks_of.items() if parks or kind != "park"])
    halls = [h.code for h in organisation.halls.values() if organisation.is_related(h.unit, unit.code)]
    area = unit.area_code or "330100"
    capacity, voltage, sources, park = _wish(rng, kind, parks_of[unit])
    asked_for_hv = voltage == "HV" and capacity <= 160 and rng.random() < 0.8
    evidence = {"record_id": f"EV{rng.randrange(10**8):08d}", "signed_at": _before(rng, now)} if asked_for_hv else None
    return {
        "external_id": f"REHEARSAL-{rng.getrandbits(64):016x}",
        "channel": rng.choice(("HALL", "WSGW", "ZLB", "95598")),
        "submitted_at": now.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "business_type": "NEW" if rng.random() < 0.8 else "CAPACITY_INCREASE",
        "usage": "RESIDENTIAL" if home else "NON_RESIDENTIAL",
        "charging_pile": rng.random() < 0.15,
        "unit_code": unit.code,
        "hall_code": rng.choice(halls),
        "applicant": _person(rng, area) if home else _firm(rng, area),
        "agent": _agent(rng, area) if rng.random() < 0.2 else None,
        "address": {
            "text": f"浙江省排练市样例路{rng.randint(1, 999)}号",
            "area_code": area,
            "real_estate_unit_no": f"{area}{rng.randrange(10**13):013d}F{rng.randrange(10**8):08d}",
        },
        "capacity_kw": capacity,
        "requested_voltage": voltage,
        "power_sources": sources,
        "sme_park_code": park,
        "needs_external_line_works": rng.random() < 0.5,
        "identity_check": {
            "method": rng.choice(RESIDENT_METHODS) if home else "BUSINESS_LICENCE",
            "reference": f"{rng.randrange(10**10):010d}",
        },
        "authorises_data_sharing": rng.random() < 0.85,
        "hv_wish_evidence": evidence,
    }


def _wish(rng: Random, kind: str, parks: list[str]) -> tuple[float, str, int, str | None]:
    """Capacity (kW), voltage, number of sources, park: on both sides of every line that the notice draws."""
    if kind == "home":
        return rng.choice((4, 8, 12, 16, 160)), "LV", 1, None
    if kind == "park":
        return rng.choice((160.01, 200, 250, 300)), "LV", 1, rng.choice(parks)
    if kind == "high":
        return rng.choice((160.01, 315, 630, 1250, 3150, 8000, 20000)), "HV", 1, None
    if kind == "wish":
        return rng.choice((50, 100, 160)), "HV", rng.choice((1, 1, 2)), None
    if kind == "dual":
        return rng.choice((400, 1600, 5000, 16000)), "HV", 2, None
    return rng.choice((10, 30, 80, 100, 160)), "LV", 1, None


def _before(rng: Random, now: datetime) -> str:
    return (now - timedelta(minutes=rng.randint(5, 5000))).astimezone(SHANGHAI).isoformat(timespec="seconds")


def _agent(rng: Random, area: str) -> dict[str, Any]:
    person = _person(rng, area)
    return {name: person[name] for name in ("name", "id_no", "phone")}


def _person(rng: Random, area: str) -> dict[str, Any]:
    born = f"{rng.randint(1950, 2004)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    stem = f"{area}{born}{rng.randrange(1000):03d}"
    number = next(stem + c for c in "0123456789X" if resident_id_fault(stem + c, date(2026, 1, 1)) is None)
    name = rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, 2))
    return _applicant("NATURAL_PERSON", name, "RESIDENT_ID", number, rng)


def _firm(rng: Random, area: str) -> dict[str, Any]:
    stem = f"91{area}MA{''.join(rng.choice(USCC_LETTERS) for _ in range(6))}"
    checks = (stem + a + b for a in "0123456789X" for b in USCC_LETTERS)
    number = next(code for code in checks if uscc_fault(code) is None)
    name = f"排练{''.join(rng.sample(GIVEN, 2))}{rng.choice(TRADES)}有限公司"
    return _applicant("ENTERPRISE", name, "USCC", number, rng)


def _applicant(subject: str, name: str, id_type: str, number: str, rng: Random) -> dict[str, Any]:
    phone = f"139{rng.randrange(10**8):08d}"
    return {"subject_type": subject, "name": name, "id_type": id_type, "id_no": number, "phone": phone}
