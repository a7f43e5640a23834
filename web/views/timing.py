"""When something happened, as a page asks for it and reads it back: beside the form of a task or a message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import request
from flask_babel import gettext

from engine.commands.stated import N_MAX_REASON
from engine.errors import Fault, Invalid
from web import forms


def labels_of(shown: Sequence[forms.Group], timing: Sequence[forms.Field]) -> dict[str, str]:
    """What the faults on top of a page call its fields; those of a row begin with what the row is about."""
    labels = {each.value: each.title for each in forms.every(shown) if each.widget == "hidden"}
    labels |= {each.name: f"{each.title} {each.label}".strip() for each in forms.every(shown)}
    return labels | {field.name.removeprefix("@"): field.label for field in timing}


def timing_posted() -> dict[str, str]:
    """Prefixed on the page, so that no form field of a process can stand in their place."""
    reason = request.form.get("@late_reason", "").strip()
    return {"occurred_at": request.form.get("@occurred_at", "").strip(), "late_reason": reason}


def instant_posted(text: str) -> datetime | None:
    """The instant of a posted wall time; None for a blank one. Raises Invalid for anything else."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(forms.instant(text))
    except ValueError:
        raise Invalid(faults=[Fault("occurred_at", "bad_instant", gettext("日期时间格式不符"))]) from None


def timing_fields(timing: dict[str, str], faults: Sequence[Fault]) -> list[forms.Field]:
    """The two inputs: when it happened, and why it is entered late."""
    errors = {fault.field: fault.reason for fault in faults}
    return [
        forms.Field("@occurred_at", gettext("实际办理时间"), "datetime", timing.get("occurred_at", ""), False,
                    hint=gettext("不填即为现在"), error=errors.get("occurred_at", "")),
        forms.Field("@late_reason", gettext("补录原因"), "text", timing.get("late_reason", ""), False,
                    hint=gettext("办理超过 24 小时后补录时必填"), error=errors.get("late_reason", ""),
                    attributes={"maxlength": N_MAX_REASON}),
    ]  # fmt: skip
