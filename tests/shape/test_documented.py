from __future__ import annotations

import importlib
import pkgutil
from dataclasses import is_dataclass

import pytest

import engine.commands
from engine.crashpoints import Point
from engine.policy import Permission
from engine.settings import Settings
from tests.shape.source import ROOT


def commands() -> list[str]:
    """The verbs: frozen dataclasses with an idempotency key, one or more a module."""
    found = set()
    for module in pkgutil.iter_modules(engine.commands.__path__, "engine.commands."):
        for name, thing in vars(importlib.import_module(module.name)).items():
            if is_dataclass(thing) and "key" in thing.__dataclass_fields__ and thing.__module__ == module.name:
                found.add(name)
    return sorted(found)


NAMES = [
    *commands(),
    *(permission.value for permission in Permission),
    *(f"YIKUO_{name.upper()}" for name in Settings.model_fields),
    *(point.value for point in Point),
]


@pytest.mark.parametrize("name", NAMES)
def test_named_thing_is_documented(name):
    assert f"`{name}`" in (ROOT / "engine" / "README.md").read_text(encoding="utf-8")


def test_commands_are_found():
    assert {"AcceptApplication", "CompleteTask", "FireTimer"} <= set(commands())
