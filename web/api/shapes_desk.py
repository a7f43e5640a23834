"""JSON Schemas of the task list's part of the API. Pure data, like shapes.py."""

from __future__ import annotations

from engine.commands.remind_order import REASONS
from engine.commands.save_filter import N_MAX_TITLE
from engine.commands.stated import N_MAX_REASON
from engine.queries.tasklist import N_MAX_DAYS, N_MAX_QUERY, SORTS, WHOSE
from web.bulk import ACTS, N_MOST

Shape = dict[str, object]
TEXT: Shape = {"type": "string"}
FLAG: Shape = {"type": "boolean"}
COUNT: Shape = {"type": "integer", "minimum": 0}
LOGIN: Shape = {"type": "string", "pattern": "^[!-~]{1,64}$"}
_CODE: Shape = {"type": "string", "pattern": "^[0-9A-Za-z_]{0,64}$"}


def _maybe(shape: Shape) -> Shape:
    return {"anyOf": [shape, {"type": "null"}]}


def _listed(shape: Shape) -> Shape:
    return {"type": "array", "items": shape}


def _record(**fields: Shape) -> Shape:
    return {"type": "object", "additionalProperties": False, "properties": fields, "required": list(fields)}


def _given(required: list[str], **fields: Shape) -> Shape:
    return {"type": "object", "additionalProperties": False, "properties": fields, "required": required}


FILTER = _given(
    [],
    whose={"enum": list(WHOSE), "default": "me", "description": "`any`, `none`, `overdue`: of the caller's units"},
    sort={"enum": list(SORTS), "default": "urgent", "description": "`legal`: by the law's end, those without one last"},
    role=_CODE,
    stage=_CODE,
    category=_CODE,
    unit=_CODE | {"description": "This unit and all below it"},
    level={"type": "integer", "minimum": 0, "maximum": 3, "description": "This priority or one before it"},
    days={"type": "integer", "minimum": 0, "maximum": N_MAX_DAYS, "description": "The law's end is nearer than that"},
)
SEARCH = _given(
    ["q"],
    q={"type": "string", "minLength": 2, "maxLength": N_MAX_QUERY},
    filter=FILTER,
    after={"type": "string", "pattern": "^[ -~]{1,200}$", "description": "`next` of the page before"},
    limit={"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
)
BULK = _given(
    ["act", "tasks"],
    act={"enum": list(ACTS)},
    tasks={"type": "array", "minItems": 1, "maxItems": N_MOST, "items": {"type": "string", "pattern": "^[!-~]{1,64}$"}},
    to=LOGIN | {"description": "With `assign`: who shall do them"},
    reason={"enum": list(REASONS), "description": "With `remind`"},
    note={"type": "string", "maxLength": N_MAX_REASON, "description": "With `remind`; for colleagues, not sent"},
)
ASSIGNMENT = _given(["to"], to=LOGIN)
NEW_FILTER = _given(
    ["title", "filter"],
    title={"type": "string", "minLength": 1, "maxLength": N_MAX_TITLE},
    filter=FILTER,
    shared=FLAG | {"description": "Seen by the caller's unit and below; what it lists is each reader's own scope"},
)
FOLLOWING = _given(["following"], following=FLAG)
_OUTCOME = _record(task_id=TEXT, order_no=_maybe(TEXT), done=FLAG, code=_maybe(TEXT), title=_maybe(TEXT),
                   detail=_maybe(TEXT))  # fmt: skip
_KEPT = _record(filter_id=TEXT, title=TEXT, filter={"$ref": "#/components/schemas/TaskFilter"}, shared=FLAG,
                unit_code=TEXT, saved_at={"type": "string", "format": "date-time"}, is_mine=FLAG)  # fmt: skip

SHAPES: dict[str, Shape] = {
    "Assignment": ASSIGNMENT,
    "Bulk": BULK,
    "BulkOutcome": _record(items=_listed(_OUTCOME)),
    "FilterList": _record(items=_listed(_KEPT)),
    "FilterRemoved": _record(filter_id=TEXT),
    "FilterSaved": _record(filter_id=TEXT, title=TEXT, shared=FLAG),
    "Followed": _record(order_no=TEXT, following=FLAG),
    "Following": FOLLOWING,
    "NewFilter": NEW_FILTER,
    "TaskCounts": _record(**dict.fromkeys(WHOSE, COUNT)),
    "TaskFilter": FILTER,
    "TaskSearch": SEARCH,
    "TaskSearchPage": _record(items=_listed({"$ref": "#/components/schemas/TaskItem"}), next=_maybe(TEXT),
                              is_all=FLAG | {"description": "False: too wide a search, only a part is listed"}),
}  # fmt: skip
