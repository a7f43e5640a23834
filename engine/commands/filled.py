"""Checks a form that was filled in where an order waits: a task, or a message. Stores nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.commands.tx import Tx
from engine.errors import Fault, InvalidForm
from engine.kernel import spiff
from engine.kernel.forms import is_dynamic


def check(tx: Tx, form_key: str, place: str, form: Mapping[str, Any], *, of: str = "本环节") -> None:
    """Raise InvalidForm unless the form is as the version wants it now; `place` is the id of the task or the element.

    Variables are read only for forms that depend on them: that costs to open the order's state once more.
    """
    version = tx.version
    known = version.process.forms.get(form_key)
    if known is None:
        if form:
            raise InvalidForm(faults=[Fault(name, "unknown_field", f"{of}没有表单") for name in sorted(map(str, form))])
        return
    state = tx.order.instance
    variables = spiff.scope(version.process, state, place) if state is not None and is_dynamic(known) else {}
    checked = version.form_for(form_key, variables)
    assert checked is not None
    checked.check(form)
