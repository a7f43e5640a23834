"""From the files of a process folder to something that runs: open, repair, lint, compile, parse; cached by digest."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree

from engine.errors import Fault, ModelRefused
from engine.kernel import spiff
from engine.kernel.dmn import Model, load_dmn
from engine.kernel.elements import BPMN, Index, index
from engine.kernel.forms import free_texts
from engine.kernel.lint import Finding, lint
from engine.kernel.model import Bundle
from engine.kernel.repair import repair
from engine.kernel.xml_door import open_xml

TIMER_FUNCTIONS = frozenset({"limit", "warn", "workdays", "before", "at"})


@dataclass(frozen=True, slots=True)
class Process:
    """A process version, ready to run. Holds no instance and never changes."""

    key: str
    title: str
    digest: str
    manifest: Mapping[str, Any]
    roles: Mapping[str, str]
    forms: Mapping[str, dict[str, Any]]
    models: Mapping[str, Model]
    index: Index
    net: spiff.Net
    xml: bytes
    free_texts: frozenset[str]
    """Names of form fields in which people write in their own words."""

    def model_of(self, decision: str) -> Model:
        """The DMN model that holds the decision (lint has seen to it that there is one)."""
        return next(model for model in self.models.values() if decision in model.decisions)


def bundle(files: Mapping[str, bytes], shared: Mapping[str, bytes]) -> Bundle:
    """A folder's files and the shared tables that its manifest names, as one content-addressed whole.

    Raises:
        ModelRefused: the manifest is missing, broken, or names a shared file that does not exist.
    """
    manifest = _manifest(files)
    absent = [name for name in manifest.get("shared", []) if name not in shared]
    if absent:
        raise ModelRefused(faults=[Fault("manifest.toml", "shared_missing", f"公用决策表不存在：{n}") for n in absent])
    whole = {**files, **{name: shared[name] for name in manifest.get("shared", [])}}
    parts = (f"{name}\0{hashlib.sha256(whole[name]).hexdigest()}\n" for name in sorted(whole))
    return Bundle(manifest["key"], whole, hashlib.sha256("".join(parts).encode()).hexdigest())


def load(source: Bundle) -> Process:
    """The process of these files; parsed once per digest and process of the operating system.

    Raises:
        ModelRefused: what the files ask for cannot be run as drawn; every fault names its element.
    """
    return _load(_ByDigest(source))


class _ByDigest:
    """Hashes a bundle by what it contains, so that the cache never compares files."""

    def __init__(self, source: Bundle) -> None:
        self.source = source

    def __hash__(self) -> int:
        return hash(self.source.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByDigest) and other.source.digest == self.source.digest


@lru_cache(maxsize=256)
def _load(key: _ByDigest) -> Process:
    source = key.source
    manifest = _manifest(source.files)
    models = {name: load_dmn(data, name) for name, data in source.files.items() if name.endswith(".dmn")}
    forms = {
        n.removeprefix("forms/").removesuffix(".json"): _form(n, d) for n, d in source.files.items() if _is_form(n)
    }
    roots = {name: open_xml(data, name) for name, data in source.files.items() if name.endswith(".bpmn")}
    main = manifest.get("main", "process.bpmn")
    if main not in roots:
        raise ModelRefused(faults=[Fault("manifest.toml", "main_missing", f"主流程文件不存在：{main}")])
    for root in roots.values():
        repair(root)
    faults = [f for name, root in roots.items() for f in _faults(name, root, manifest, models, forms, roots)]
    if faults:
        raise ModelRefused(faults=faults)
    return Process(
        key=manifest["key"],
        title=manifest.get("title", manifest["key"]),
        digest=source.digest,
        manifest=manifest,
        roles=dict(manifest.get("lanes", {})),
        forms=forms,
        models=models,
        index=index(roots),
        net=spiff.build(roots, _process_ids(roots[main])[0]),
        xml=etree.tostring(roots[main], xml_declaration=True, encoding="UTF-8"),
        free_texts=frozenset(name for form in forms.values() for name in free_texts(form)),
    )


def _faults(
    name: str,
    root: etree._Element,
    manifest: Mapping[str, Any],
    models: Mapping[str, Model],
    forms: Mapping[str, Any],
    roots: Mapping[str, etree._Element],
) -> list[Fault]:
    found: list[Finding] = lint(
        root,
        name=name,
        functions=TIMER_FUNCTIONS,
        operators=frozenset(manifest.get("operators", [])),
        decisions=frozenset(key for model in models.values() for key in model.decisions),
        forms=frozenset(forms),
        called={one: other for other in roots.values() if other is not root for one in _process_ids(other)},
        lanes=frozenset(manifest.get("lanes", {})),
    )
    return [Fault(f"{name}:{f.element}", f.code, f"{f.reason}{f.hint}") for f in found if f.severity == "error"]


def _manifest(files: Mapping[str, bytes]) -> dict[str, Any]:
    try:
        manifest = tomllib.loads(files["manifest.toml"].decode())
    except KeyError:
        raise ModelRefused(faults=[Fault("manifest.toml", "manifest_missing", "缺少 manifest.toml")]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelRefused(faults=[Fault("manifest.toml", "manifest_broken", str(error))]) from error
    if not isinstance(manifest.get("key"), str) or not manifest["key"].isidentifier():
        raise ModelRefused(faults=[Fault("manifest.toml", "key_missing", "manifest.toml 缺少合法的 key")])
    return manifest


def _is_form(name: str) -> bool:
    return name.startswith("forms/") and name.endswith(".json")


def _form(name: str, data: bytes) -> dict[str, Any]:
    try:
        form = json.loads(data)
        form["schema"]["properties"]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelRefused(faults=[Fault(name, "form_broken", f"表单文件不可用：{error}")]) from error
    return form  # type: ignore[no-any-return]


def _process_ids(root: etree._Element) -> list[str]:
    """The executable processes of a file; a missing `isExecutable` counts as true."""
    found = [p for p in root.iter(f"{{{BPMN}}}process") if p.get("isExecutable", "true") != "false"]
    if not found:
        raise ModelRefused(faults=[Fault("", "no_process", "文件中没有可执行的流程")])
    return [p.get("id", "") for p in found]
