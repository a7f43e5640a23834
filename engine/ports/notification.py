"""Messages to customers and staff. The platform knows the words; we name the template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from engine.ports.failures import BadAnswer, DeliveryFailed
from engine.ports.line import Errand, Line

__all__ = ["CUSTOMER", "DeliveryFailed", "HttpNotifications", "Message", "Notifications", "Outside"]

CUSTOMER = "CUSTOMER"


class Outside(Protocol):
    """Takes any call of a process and answers it, or raises DeliveryFailed; the same key is the same message."""

    def deliver(self, key: str, message: dict[str, Any]) -> Any: ...


@dataclass(frozen=True, slots=True)
class Message:
    """`to` is CUSTOMER or a role of the unit's staff; only the customer's message carries a phone number."""

    template: str
    to: str
    order_no: str
    unit_code: str
    phone: str | None
    detail: Any = None


class Notifications(Protocol):
    """Sends a message once per key; raises DeliveryFailed."""

    def send(self, errand: Errand, message: Message) -> bool:
        """True when it was taken now, False when it had been before."""
        ...


@dataclass(frozen=True, slots=True)
class HttpNotifications:
    """The platform of contracts/notification.yaml."""

    line: Line

    def send(self, errand: Errand, message: Message) -> bool:
        """See Notifications. A receipt for another key is a BadAnswer."""
        body = {
            "template": message.template,
            "to": message.to,
            "order_no": message.order_no,
            "unit_code": message.unit_code,
            "phone": message.phone,
            "detail": message.detail,
        }
        about = {"template": message.template, "to": message.to}
        receipt = self.line.ask("sendNotification", errand, body, about=about)
        if receipt["key"] != errand.key:
            raise BadAnswer("key: another than sent")
        return bool(receipt["status"] == "accepted")
