"""What goes into the kernel and what comes out: plain frozen data, no SpiffWorkflow type among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from engine.kernel.feel.runtime import Note

Json: TypeAlias = Any
"""None, bool, int, float, str, list, or dict with str keys; FEEL values that JSON lacks are tagged: `feel.values`."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of one process version, complete: file name within the folder -> content. Content-addressed."""

    key: str
    files: Mapping[str, bytes]
    digest: str


@dataclass(frozen=True, slots=True)
class Env:
    """What a step may know of the world: the instant of the command and the FEEL functions of the business."""

    now: datetime
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


# ---- steps -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Complete:
    """A user task is done; `values` (checked against its form) become variables of its scope, or one variable named by
    the task's `yikuo:result`. A `yikuo:rule` may read `occurred_at` (now, if None) and `actor_roles` besides.

    `then` is the user task that it was returned from and goes straight back to, instead of the drawn way."""

    task_id: str
    values: Mapping[str, Json]
    occurred_at: datetime | None = None
    actor_roles: tuple[str, ...] = ()
    then: str = ""


@dataclass(frozen=True, slots=True)
class Return:
    """The token of an open user task goes back to another user task of the same scope; what was begun in parallel since
    is taken back with it. Variables stay as they are."""

    task_id: str
    element_id: str


@dataclass(frozen=True, slots=True)
class Fire:
    """A timer is due. Nothing else makes a timer fire."""

    timer_id: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A service call was answered; `result` goes into the operator's result variable."""

    call_id: str
    result: Json


@dataclass(frozen=True, slots=True)
class Deliver:
    """A message arrived for this instance. `element_id` says which event is meant where several wait for the name; of
    several tokens at one event that which has waited longest gets it. The rest is as with `Complete`."""

    message: str
    payload: Mapping[str, Json]
    element_id: str = ""
    occurred_at: datetime | None = None
    actor_roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again what an incident stopped."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The clocks of these stages stand: timers that hang on them (`why.stage`) are put aside."""

    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rearm:
    """The clocks of these stages go on: timers that were put aside are due anew, under new ids."""

    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Redate:
    """These armed timers are due at other instants than was thought, each with its reason; they get new ids."""

    dues: Mapping[str, tuple[datetime, Json]]


Step: TypeAlias = Complete | Return | Fire | Reply | Deliver | Retry | Hold | Rearm | Redate


# ---- effects ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A user task that waits for a person. `role` comes from the lane by the manifest, `stage` from `yikuo:stage`;
    `around` are the stages of the calls and sub-processes that it stands in, innermost first."""

    task_id: str
    element_id: str
    name: str
    role: str
    form_key: str
    stage: str
    around: tuple[str, ...] = ()

    @property
    def stages(self) -> tuple[str, ...]:
        """Every stage whose clock runs against it."""
        return (self.stage, *self.around) if self.stage else self.around


@dataclass(frozen=True, slots=True)
class AwaitedMessage:
    """A message that the instance waits for, and who may register it with which form."""

    message: str
    element_id: str
    name: str
    role: str
    form_key: str


@dataclass(frozen=True, slots=True)
class ArmedTimer:
    """A timer that waits. `due_at` is aware and absolute, fixed when the token arrived (or its clock went on, see
    `Rearm`); `why` explains it (FEEL value of the timer function, JSON) or None for plain ISO timers."""

    timer_id: str
    element_id: str
    name: str
    due_at: datetime
    interrupting: bool
    why: Json


@dataclass(frozen=True, slots=True)
class Call:
    """A service task that waits for the outside: operator by its registered name, parameters evaluated."""

    call_id: str
    element_id: str
    operator: str
    params: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision taken on the way, with all that is needed to explain it.

    `decision` is its key in the file `file`, whose SHA-256 is `digest`; `matched` the rules (from 1) of its own table,
    `rules` their element ids, `asked` what its columns (from 1) asked where that is no input as it stands; `within` the
    rules of other tables that its logic evaluated, by table; `notes` why something in it is null; `required_by` the
    decision for which it was taken, "" if it was asked for itself.
    """

    element_id: str
    decision: str
    digest: str
    inputs: Mapping[str, Json]
    matched: tuple[int, ...]
    output: Json
    name: str = ""
    file: str = ""
    rules: tuple[str, ...] = ()
    asked: tuple[tuple[int, Json], ...] = ()
    within: tuple[tuple[str, tuple[int, ...]], ...] = ()
    notes: tuple[Note, ...] = ()
    required_by: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A variable or parameter that became null because something in its expression has no value. It does not stop."""

    element_id: str
    name: str
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the automatic part of a step could not be done. The instance stands where it stood before that part.

    `notes` say where in which expression the fault is, `decisions` how far a decision had come.
    """

    element_id: str
    code: str
    message: str
    notes: tuple[Note, ...] = ()
    decisions: tuple[Decided, ...] = ()


@dataclass(frozen=True, slots=True)
class Advance:
    """The outcome of a step. `opened`/`armed`/`calls` are new since the step began, `closed`/`disarmed`/`recalled` gone
    (ids); `pending` is when each timer that is armed now is due; `passed` lists the element ids that tokens left during
    the step, `branches` the flows taken where a gateway left a choice (`Index.branches`), both in order. `stages` are
    those marked on called processes, sub-processes and flows into a join that are open now, `entered`/`left` what of
    them is new or gone since the step began; the stages of tasks are the tasks' own."""

    state: bytes
    completed: bool
    opened: tuple[OpenTask, ...] = ()
    closed: tuple[str, ...] = ()
    armed: tuple[ArmedTimer, ...] = ()
    disarmed: tuple[str, ...] = ()
    pending: Mapping[str, datetime] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    recalled: tuple[str, ...] = ()
    decisions: tuple[Decided, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    passed: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    stages: frozenset[str] = frozenset()
    entered: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()
    trouble: Trouble | None = None
