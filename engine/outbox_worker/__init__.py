"""The outbox worker: what processes want of the outside, operator by operator. Only its users import it."""

from __future__ import annotations

from engine.outbox_worker.worker import Round, deliver_due, deliver_one

__all__ = ["Round", "deliver_due", "deliver_one"]
