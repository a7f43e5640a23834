"""Checks a form that was filled in where an order waits: a task, or a message, and seals the signatures in it.

Stores nothing itself. A signature is personal: variables, rows and the record get the id of a sealed file in its place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from engine.commands.paperwork import keep_signature
from engine.commands.tx import Tx
from engine.errors import Fault, InvalidForm
from engine.kernel import spiff
from engine.kernel.forms import is_dynamic, signatures, uploads
from engine.letters import SignatureRefused, read_signature
from engine.store import desk


def checked(tx: Tx, form_key: str, place: str, form: Mapping[str, Any], *, of: str = "本环节") -> dict[str, Any]:
    """The form as it may be kept. Raises InvalidForm unless it is as the version wants it now; `place` is the id of the
    task or the element.

    Variables are read only for forms that depend on them: that costs to open the order's state once more.
    """
    version = tx.version
    known = version.process.forms.get(form_key)
    if known is None:
        if form:
            raise InvalidForm(faults=[Fault(name, "unknown_field", f"{of}没有表单") for name in sorted(map(str, form))])
        return {}
    state = tx.order.instance
    variables = spiff.scope(version.process, state, place) if state is not None and is_dynamic(known) else {}
    check = version.form_for(form_key, variables)
    assert check is not None
    check.check(form)
    if wanted := uploads(known):
        _require_uploaded(tx, place, form, wanted)
    return dict(form) | {name: _sealed(tx, name, form[name]) for name in signatures(known) if form.get(name)}


def _require_uploaded(tx: Tx, place: str, form: Mapping[str, Any], names: Collection[str]) -> None:
    """Raise InvalidForm for the id of a file that was not uploaded for this field of this task."""
    there = {(row["field"], row["attachment_id"]) for row in desk.uploads_of(tx.connection, place)}
    faults = []
    for name in names:
        value = form.get(name) or []
        if any((name, each) not in there for each in (value if isinstance(value, list) else [value])):
            faults.append(Fault(name, "not_uploaded", "文件未上传，请重新选择"))
    if faults:
        raise InvalidForm("；".join(fault.reason for fault in faults), faults=faults)


def _sealed(tx: Tx, name: str, drawn: str) -> str:
    try:
        return keep_signature(tx, read_signature(drawn))
    except SignatureRefused as error:
        fault = Fault(name, error.code, error.detail)
        raise InvalidForm(error.detail, field=name, faults=[fault]) from error
