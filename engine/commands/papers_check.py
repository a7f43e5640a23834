"""Whether documents that a person hands in may be taken: one fault for each that may not. Takes none itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.commands.paperwork import need_of, papers_of, queries_of
from engine.commands.tx import Tx
from engine.domain import documents as rules
from engine.domain.documents import NeedState, Way
from engine.errors import DocumentHeld, Fault, InvalidForm, PaperRefused
from engine.store.documents import NeedRow

_REASONS = {
    "paper_refused": "{}可由共享平台调取，近 24 小时内没有调取失败的记录，不得收取纸质或上传件",
    "not_deferrable": "{}不能以承诺书代替",
    "no_ecert": "{}没有电子证照",
}
_KINDS: dict[str, type[InvalidForm]] = {"paper_refused": PaperRefused, "document_held": DocumentHeld}


def checked(
    tx: Tx,
    row: Mapping[str, Any],
    ways: Mapping[str, Way],
    between: tuple[datetime, datetime],
    faults: list[Fault],
) -> tuple[NeedRow | None, Way | None]:
    """The need and way that a row names; None and a fault when it may not be. `between` is when the document came."""
    doc_type, papers = str(row.get("doc_type", "")), papers_of(tx)
    need, way = papers.need(doc_type), ways.get(str(row.get("way", "")))
    if need is None or need.state == NeedState.WAIVED:
        faults.append(Fault(doc_type or "doc_type", "unknown_document", "本工单不需要该材料"))
        return None, None
    if need.state == NeedState.HELD:
        faults.append(Fault(doc_type, "document_held", f"{need.name}已在档且有效，不得重复收取"))
        return None, None
    if way is None:
        faults.append(Fault(doc_type, "unknown_way", f"{need.name}的提供方式有误"))
        return None, None
    code = rules.refusal(need_of(tx, need), way, queries_of(papers), *between)
    if code:
        faults.append(Fault(doc_type, code, _REASONS[code].format(need.name)))
        return None, None
    return need, way


def refuse(faults: list[Fault]) -> None:
    """Raise what the faults amount to, the notice's own rules first; nothing when there are none."""
    if not faults:
        return
    first = min(faults, key=lambda fault: fault.code not in _KINDS)
    kind = _KINDS.get(first.code, InvalidForm)
    raise kind("；".join(fault.reason for fault in faults), field=first.field, faults=faults)
