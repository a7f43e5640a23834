"""An application as delivered becomes a checked, typed one, or is refused with all its faults at once.

A missing paper is never a fault (it is fetched or promised later), nor is refusing to share data. Stores nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from engine.clock import SHANGHAI
from engine.domain import identifiers as ids
from engine.domain.organisation import OPERATING_KINDS, Organisation
from engine.domain.reading import Reader, canonical, parse_object
from engine.errors import Invalid

__all__ = ["Application", "Contact", "Personal", "WishEvidence", "canonical", "check_application", "parse_object"]

CHANNELS = ("HALL", "WSGW", "ZLB", "95598")
BUSINESS_TYPES = ("NEW", "CAPACITY_INCREASE")
USAGES = ("RESIDENTIAL", "NON_RESIDENTIAL")
VOLTAGES = ("LV", "HV")
NATURAL_PERSON = "NATURAL_PERSON"
FIRMS = ("ENTERPRISE", "INDIVIDUAL_BUSINESS", "PUBLIC_INSTITUTION", "SOCIAL_ORGANISATION")
RESIDENT_ID = "RESIDENT_ID"
USCC = "USCC"
PERSON_IDS = (RESIDENT_ID, "PASSPORT", "HK_MACAO_PERMIT", "TAIWAN_PERMIT", "FOREIGN_PERMANENT_ID", "MILITARY_ID")
PERSON_METHODS = ("ID_CARD", "KIOSK_SLIP", "E_ID_ZLB", "E_ID_ALIPAY", "E_ID_GOV")
FIRM_METHODS = ("BUSINESS_LICENCE",)

CLOCK_TOLERANCE = timedelta(minutes=5)
EARLIEST = datetime(2019, 1, 1, tzinfo=SHANGHAI)
"""First day of our working-day calendar: what is older can have no deadline."""
MAX_CAPACITY_KW = 1_000_000

_TOP = ("external_id", "channel", "submitted_at", "business_type", "usage", "charging_pile", "unit_code", "hall_code",
        "applicant", "agent", "address", "capacity_kw", "requested_voltage", "power_sources", "sme_park_code",
        "needs_external_line_works", "identity_check", "authorises_data_sharing", "hv_wish_evidence")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contact:
    """A person or firm with a number to check and a phone; numbers are normalised."""

    name: str
    id_no: str
    phone: str


@dataclass(frozen=True, slots=True)
class Personal:
    """All that names the customer. Kept sealed; never in variables, logs or audit bodies."""

    applicant: Contact
    agent: Contact | None
    address: str
    real_estate_unit_no: str
    identity_reference: str


@dataclass(frozen=True, slots=True)
class WishEvidence:
    """Record in 办电e助手 that the customer himself asked for high voltage."""

    record_id: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Application:
    """A checked application. `facts` are what the process may know: JSON, nothing personal. `external_id` may be ""."""

    external_id: str
    channel: str
    submitted_at: datetime
    unit_code: str
    hall_code: str
    area_code: str
    subject_type: str
    id_type: str
    capacity_kw: Decimal
    hv_wish_evidence: WishEvidence | None
    personal: Personal
    facts: Mapping[str, Any]

    @property
    def applied_on(self) -> date:
        """The day of submission in Shanghai: it picks the limits, and the whole-process clock starts on it."""
        return self.submitted_at.astimezone(SHANGHAI).date()


def check_application(raw: Any, organisation: Organisation, now: datetime) -> Application:
    """Check one application (the same text in a JSON line and an HTTP body).

    Raises Invalid with one Fault per wrong field; personal values appear masked. `now` bounds instants and births.
    """
    read = Reader(raw, "", [], _TOP)
    if not read.present:
        read.fault("", "wrong_type", "应为 JSON 对象")
        raise Invalid("申请不是 JSON 对象", faults=read.faults)
    application = _read(read, organisation, now)
    if read.faults:
        raise Invalid("申请资料有误：" + "；".join(f"{f.field} {f.reason}" for f in read.faults), faults=read.faults)
    return application


def _read(read: Reader, organisation: Organisation, now: datetime) -> Application:
    latest = now + CLOCK_TOLERANCE
    submitted_at = read.instant("submitted_at", earliest=EARLIEST, latest=latest) or now.astimezone(UTC)
    today = now.astimezone(SHANGHAI).date()
    capacity = read.number("capacity_kw", above=0, most=MAX_CAPACITY_KW, places=3) or Decimal(1)
    sources = read.number("power_sources", above=0, most=2, places=0)
    unit_code, hall_code = _place(read, organisation)
    applicant, subject_type, id_type = _applicant(read, today)
    address, area_code, estate_no = _address(read)
    method, reference = _identity(read, subject_type)
    personal = Personal(applicant, _agent(read, today), address, estate_no, reference)
    evidence = _wish(read, latest)
    facts: dict[str, Any] = {
        "channel": read.choice("channel", CHANNELS),
        "submitted_at": submitted_at.astimezone(SHANGHAI).isoformat(),
        "business_type": read.choice("business_type", BUSINESS_TYPES),
        "usage": read.choice("usage", USAGES),
        "charging_pile": read.flag("charging_pile"),
        "unit_code": unit_code,
        "hall_code": hall_code,
        "area_code": area_code,
        "subject_type": subject_type,
        "has_agent": personal.agent is not None,
        "capacity_kw": int(capacity) if capacity == int(capacity) else float(capacity),
        "requested_voltage": read.choice("requested_voltage", VOLTAGES),
        "power_sources": int(sources or 1),
        "sme_park_code": _park(read, organisation, unit_code, submitted_at),
        "needs_external_line_works": read.flag("needs_external_line_works"),
        "identity_method": method,
        "authorises_data_sharing": read.flag("authorises_data_sharing"),
        "hv_wish": evidence is not None,
    }
    # At our own counter the order number is the first number there is; every other channel has one of its own.
    by_hand = facts["channel"] == "HALL"
    external_id = read.text("external_id", 64, required=not by_hand, shape=r"[A-Za-z0-9][A-Za-z0-9._:/-]*")
    return Application(
        external_id, facts["channel"], submitted_at, unit_code, hall_code, area_code, subject_type, id_type,
        capacity, evidence, personal, facts,
    )  # fmt: skip


def _place(read: Reader, organisation: Organisation) -> tuple[str, str]:
    unit_code, hall_code = read.text("unit_code", 20), read.text("hall_code", 20)
    unit, hall = organisation.units.get(unit_code), organisation.halls.get(hall_code)
    if unit_code and unit is None:
        read.fault("unit_code", "unknown_unit", f"供电单位 {unit_code} 不存在")
    elif unit is not None and unit.kind not in OPERATING_KINDS:
        read.fault("unit_code", "unit_cannot_accept", f"{unit.name} 不受理用电申请，应填市、县供电公司")
    if hall_code and hall is None:
        read.fault("hall_code", "unknown_hall", f"营业厅 {hall_code} 不存在")
    elif hall is not None and unit is not None and not organisation.is_related(hall.unit, unit_code):
        read.fault("hall_code", "hall_of_other_unit", f"{hall.name} 不属于 {unit.name} 及其上下级单位")
    return unit_code, hall_code


def _applicant(read: Reader, today: date) -> tuple[Contact, str, str]:
    part = read.inner("applicant", ("subject_type", "name", "id_type", "id_no", "phone"))
    if not part.present:
        return Contact("", "", ""), "", ""
    subject_type = part.choice("subject_type", (NATURAL_PERSON, *FIRMS))
    id_type = part.choice("id_type", (*PERSON_IDS, USCC))
    if subject_type and id_type and (id_type == USCC) != (subject_type in FIRMS):
        part.fault("id_type", "id_type_mismatch", "自然人应使用个人证件，单位应使用统一社会信用代码")
    return _contact(part, id_type, today), subject_type, id_type


def _agent(read: Reader, today: date) -> Contact | None:
    part = read.inner("agent", ("name", "id_no", "phone"), required=False)
    return _contact(part, RESIDENT_ID, today) if part.present else None


def _contact(part: Reader, id_type: str, today: date) -> Contact:
    id_no = ids.normalise_id(part.text("id_no", 40))
    if id_type == RESIDENT_ID:
        part.checked("id_no", id_no, lambda no: ids.resident_id_fault(no, today), "bad_resident_id", ids.mask_id(id_no))
    elif id_type == USCC:
        part.checked("id_no", id_no, ids.uscc_fault, "bad_uscc", ids.mask_id(id_no))
    elif id_type:
        part.checked("id_no", id_no, ids.other_id_fault, "bad_id_no", ids.mask_id(id_no))
    phone = ids.normalise_phone(part.text("phone", 40))
    part.checked("phone", phone, ids.phone_fault, "bad_phone", ids.mask_phone(phone))
    return Contact(part.text("name", 100), id_no, phone)


def _address(read: Reader) -> tuple[str, str, str]:
    part = read.inner("address", ("text", "area_code", "real_estate_unit_no"))
    if not part.present:
        return "", "", ""
    area_code = part.text("area_code", 6, shape=r"[1-9][0-9]{5}")
    # Houses in villages often have no certificate: the unit number is welcome, not demanded.
    return part.text("text", 200), area_code, part.text("real_estate_unit_no", 40, required=False, shape=r"[0-9A-Z]*")


def _identity(read: Reader, subject_type: str) -> tuple[str, str]:
    part = read.inner("identity_check", ("method", "reference"))
    if not part.present:
        return "", ""
    method = part.choice("method", (*PERSON_METHODS, *FIRM_METHODS))
    if method and subject_type and (method in FIRM_METHODS) != (subject_type in FIRMS):
        part.fault("method", "method_mismatch", "核验方式与用电主体类型不符：自然人用身份核验，单位用营业执照")
    return method, part.text("reference", 64)


def _park(read: Reader, organisation: Organisation, unit_code: str, submitted_at: datetime) -> str | None:
    code = read.text("sme_park_code", 40, required=False)
    if not code:
        return None
    park = organisation.parks.get(code)
    if park is None:
        read.fault("sme_park_code", "unknown_park", f"小微企业园 {code} 未登记")
    elif unit_code in organisation.units and not organisation.is_related(park.unit, unit_code):
        read.fault("sme_park_code", "park_of_other_unit", f"{park.name} 不在该供电单位辖区")
    elif not park.is_valid(submitted_at.astimezone(SHANGHAI).date()):
        read.fault("sme_park_code", "park_not_valid", f"{park.name} 在申请日期不在有效期内")
    return code


def _wish(read: Reader, latest: datetime) -> WishEvidence | None:
    part = read.inner("hv_wish_evidence", ("record_id", "signed_at"), required=False)
    if not part.present:
        return None
    signed_at = part.instant("signed_at", earliest=EARLIEST, latest=latest)
    return WishEvidence(part.text("record_id", 64), signed_at or latest)
