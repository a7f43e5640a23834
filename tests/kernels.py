"""Drives small processes in the kernel, for its tests: every step is taken on a state that went through its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.kernel.loader import Process, bundle, load
from engine.kernel.model import Advance, Complete, Deliver, Env, Fire, Reply, Retry, Step
from engine.kernel.spiff import Standing, advance, inspect, start
from tests.diagrams import folder

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ENV = Env(NOW)


def loaded(*parts: str, **options: Any) -> Process:
    return load(bundle(folder(*parts, **options), {}))


class Case:
    """One instance. Each step must succeed, and leave a state that is read and written again without a change."""

    def __init__(self, process: Process, variables: Mapping[str, Any] | None = None, env: Env = ENV) -> None:
        self.process, self.env = process, env
        self.last = self._checked(start(process, variables or {}, env))

    def step(self, step: Step, env: Env | None = None) -> Advance:
        self.last = self._checked(advance(self.process, self.last.state, step, env or self.env))
        return self.last

    def _checked(self, moved: Advance) -> Advance:
        assert moved.trouble is None
        idle = advance(self.process, moved.state, Retry(), self.env)
        assert idle.state == moved.state
        assert (idle.opened, idle.armed, idle.calls, idle.closed) == ((), (), (), ())
        return moved

    @property
    def standing(self) -> Standing:
        return inspect(self.process, self.last.state)

    @property
    def open(self) -> list[str]:
        """Elements of the open tasks."""
        return sorted(task.element_id for task in self.standing.tasks.values())

    @property
    def timers(self) -> list[str]:
        return sorted(timer.element_id for timer in self.standing.timers.values())

    @property
    def messages(self) -> list[str]:
        return sorted(message.element_id for message in self.standing.messages)

    @property
    def variables(self) -> Mapping[str, Any]:
        return self.standing.variables

    def task(self, element: str) -> str:
        return next(i for i, task in self.standing.tasks.items() if task.element_id == element)

    def timer(self, element: str) -> str:
        return next(i for i, timer in self.standing.timers.items() if timer.element_id == element)

    def finish(self, *elements: str, **values: Any) -> Advance:
        for element in elements:
            self.step(Complete(self.task(element), values))
        return self.last

    def fire(self, element: str) -> Advance:
        return self.step(Fire(self.timer(element)))

    def reply(self, result: Any = None) -> Advance:
        return self.step(Reply(next(iter(self.standing.calls)), result))

    def deliver(self, name: str, element_id: str = "", **payload: Any) -> Advance:
        return self.step(Deliver(name, payload, element_id))
