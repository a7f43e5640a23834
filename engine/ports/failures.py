"""Why a platform gave no answer. Reasons are codes without personal data; what was asked is never repeated in them."""

from __future__ import annotations


class DeliveryFailed(Exception):
    """The outside did not take it. `final` when asking again cannot help."""

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class Outage(DeliveryFailed):
    """Unreachable, too slow or busy: the next try may succeed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, final=False)


class BadAnswer(DeliveryFailed):
    """It answered, but not what its contract says. Counts against the platform; asking at once would give the same."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"BAD_ANSWER {reason}", final=False)


class Refused(DeliveryFailed):
    """It understood and refuses: our message or our credentials are wrong. The platform is well."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, final=True)


class CircuitOpen(DeliveryFailed):
    """Not asked: the platform failed so often lately that it is left in peace for a while."""

    def __init__(self) -> None:
        super().__init__("CIRCUIT_OPEN", final=False)


class NotConfigured(DeliveryFailed):
    """Not asked: the installation names no address of this platform."""

    def __init__(self) -> None:
        super().__init__("NOT_CONFIGURED", final=False)
