"""From the files of a process folder to something that runs: open, repair, lint, compile, parse; cached by digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
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
from engine.kernel.package import Folder, folders_of, home_of, merged_lanes
from engine.kernel.repair import repair
from engine.kernel.xml_door import open_xml

TIMER_FUNCTIONS = frozenset(
    "limit warn workdays before after at day_end workhours business_end escalation promise_step".split()
)


@dataclass(frozen=True, slots=True)
class Process:
    """A process version, ready to run. Holds no instance and never changes.

    Forms and letters of a called folder stand under `<folder>/<name>`, as its elements name them.
    """

    key: str
    title: str
    digest: str
    manifest: Mapping[str, Any]
    called: Mapping[str, Mapping[str, Any]]
    """Keys of the folders that are called, directly or not, with their manifests."""
    roles: Mapping[str, str]
    operators: frozenset[str]
    """Every operator that this version may ask for, those of called folders included."""
    forms: Mapping[str, dict[str, Any]]
    letters: Mapping[str, str]
    """The HTML templates in `letters/`."""
    models: Mapping[str, Model]
    index: Index
    net: spiff.Net
    xml: bytes
    diagrams: Mapping[str, bytes]
    """The main diagram of each folder, by its key; that of this process is `xml`."""
    free_texts: frozenset[str]
    """Names of form fields in which people write in their own words."""

    def model_of(self, decision: str) -> Model:
        """The DMN model that holds the decision (lint has seen to it that there is one)."""
        return next(model for model in self.models.values() if decision in model.decisions)

    def while_suspended(self, element_id: str) -> bool:
        """Whether work on this element goes on while its order is suspended: its folder says so."""
        folder = self.index.elements[element_id].process
        return (self.called.get(folder) or self.manifest).get("while_suspended") is True

    def notices_outlive(self, element_id: str) -> bool:
        """Whether a message that waits to be sent from this element is sent although its step was cut off: its folder
        says so."""
        folder = self.index.elements[element_id].process
        return (self.called.get(folder) or self.manifest).get("notices_outlive") is True

    def done_by_others(self, element_id: str) -> tuple[str, ...]:
        """The elements that whoever decides at this one may not have done himself: `[four_eyes]` of its folder."""
        folder = self.index.elements[element_id].process
        return tuple((self.called.get(folder) or self.manifest).get("four_eyes", {}).get(element_id, ()))


def bundle(files: Mapping[str, bytes], shared: Mapping[str, bytes]) -> Bundle:
    """A folder's files, those of the folders it calls (under their keys), and the shared tables that any of their
    manifests names, as one content-addressed whole.

    Raises:
        ModelRefused: a manifest is missing, broken, or names a folder or a shared file that does not exist.
    """
    folders = folders_of(files)
    absent = [(each, name) for each in folders for name in each.shared if name not in shared]
    if absent:
        raise ModelRefused(
            faults=[Fault(f"{f.prefix}manifest.toml", "shared_missing", f"公用决策表不存在：{n}") for f, n in absent]
        )
    whole = {**files, **{name: shared[name] for each in folders for name in each.shared}}
    parts = (f"{name}\0{hashlib.sha256(whole[name]).hexdigest()}\n" for name in sorted(whole))
    return Bundle(folders[0].key, whole, hashlib.sha256("".join(parts).encode()).hexdigest())


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
    folders = folders_of(source.files)
    main = folders[0]
    roles = merged_lanes(folders)
    models = {name: load_dmn(data, name) for name, data in source.files.items() if name.endswith(".dmn")}
    forms = _forms(source.files, folders)
    roots = {name: open_xml(data, name) for name, data in source.files.items() if name.endswith(".bpmn")}
    for each in folders:
        if _main_of(each) not in roots:
            raise ModelRefused(
                faults=[Fault(f"{each.prefix}manifest.toml", "main_missing", f"主流程文件不存在：{_main_of(each)}")]
            )
    for root in roots.values():
        repair(root)
    faults = [f for name in roots for f in _faults(name, folders, models, forms, roots)]
    if faults:
        raise ModelRefused(faults=faults)
    found = index(roots, {name: home_of(name, folders) for name in roots})
    _refuse_ambiguous(found, models)
    _refuse_unknown_steps(found, folders)
    _refuse_unknown_milestones(found, main)
    diagrams = {
        each.key: etree.tostring(roots[_main_of(each)], xml_declaration=True, encoding="UTF-8") for each in folders
    }
    return Process(
        key=main.key,
        title=main.manifest.get("title", main.key),
        digest=source.digest,
        manifest=main.manifest,
        called={each.key: each.manifest for each in folders[1:]},
        roles=roles,
        operators=frozenset(name for each in folders for name in each.manifest.get("operators", [])),
        forms=forms,
        letters=_letters(source.files, folders),
        models=models,
        index=found,
        net=spiff.build(roots, _process_ids(roots[_main_of(main)])[0]),
        xml=diagrams[main.key],
        diagrams=diagrams,
        free_texts=_free_texts(forms, found),
    )


def _refuse_unknown_steps(found: Index, folders: Sequence[Folder]) -> None:
    """A misspelt step of `[four_eyes]` would let everybody approve."""
    faults = [
        Fault(f"{each.prefix}manifest.toml", "four_eyes_unknown", f"[four_eyes] 中的“{step}”不是本文件夹的人工任务")
        for each in folders
        for step in each.four_eyes
        if (drawn := found.elements.get(step)) is None or drawn.tag != "userTask" or drawn.process != each.key
    ]
    if faults:
        raise ModelRefused(faults=faults)


def _refuse_unknown_milestones(found: Index, main: Folder) -> None:
    """A misspelt element of `[[milestones]]` would never be reached."""
    named = [e for each in main.manifest.get("milestones", ()) for e in (*each["done"], *each.get("shown_if", ()))]
    faults = [
        Fault(f"{main.prefix}manifest.toml", "milestone_unknown", f"[[milestones]] 中的“{name}”不在流程图中")
        for name in named
        if name not in found.elements
    ]
    if faults:
        raise ModelRefused(faults=faults)


def _main_of(folder: Folder) -> str:
    return f"{folder.prefix}{folder.manifest.get('main', 'process.bpmn')}"


def _faults(
    name: str,
    folders: Sequence[Folder],
    models: Mapping[str, Model],
    forms: Mapping[str, Any],
    roots: Mapping[str, etree._Element],
) -> list[Fault]:
    """What lint says of one diagram, by what its own folder offers: a called folder is also published alone."""
    home, root = home_of(name, folders), roots[name]
    offered = list(_offered(home, folders, models))
    near = {home.prefix, *(f"{key}/" for key in home.calls)}
    within = {one: home_of(file, folders).prefix for file, other in roots.items() for one in _process_ids(other)}
    found: list[Finding] = lint(
        root,
        name=name,
        functions=TIMER_FUNCTIONS,
        operators=frozenset(home.manifest.get("operators", [])),
        decisions=frozenset(key for model in offered for key in model.decisions),
        forms=frozenset(key.removeprefix(home.prefix) for key in forms if key.startswith(home.prefix)),
        called={one: other for other in roots.values() if other is not root for one in _process_ids(other)},
        lanes=frozenset(home.lanes),
        rules=frozenset(key for model in offered for key in list_decisions(model)),
    )
    faults = [Fault(f"{name}:{f.element}", f.code, f"{f.reason}{f.hint}") for f in found if f.severity == "error"]
    for call in root.iter(f"{{{BPMN}}}callActivity"):
        callee = call.get("calledElement", "")
        if within.get(callee, home.prefix) not in near:
            reason = f"流程“{callee}”所在的文件夹没有列在本文件夹 manifest.toml 的 calls 中"
            faults.append(Fault(f"{name}:{call.get('id')}", "call_undeclared", reason))
    return faults


def _offered(home: Folder, folders: Sequence[Folder], models: Mapping[str, Model]) -> Iterator[Model]:
    """The models of a folder: its own, and the shared ones that it names."""
    foreign = {name for each in folders for name in each.shared} - set(home.shared)
    for name, model in models.items():
        if name in home.shared or (home_of(name, folders) is home and name not in foreign):
            yield model


def list_decisions(model: Model) -> Iterator[str]:
    """The decisions of a model that give a list by what they are: a table that collects, or a type that is a list."""
    for key, decision in model.decisions.items():
        table = decision.table
        collects = table is not None and table.policy == "COLLECT" and not table.aggregation
        if collects or (table is None and model.graph.types.kind_of(decision.type_ref).name == "list"):
            yield key


def _refuse_ambiguous(found: Index, models: Mapping[str, Model]) -> None:
    """Two files may each hold a decision of the same name, but none that a diagram asks for."""
    faults = []
    asked = [(e.id, decision) for e in found.elements.values() for decision in (e.decision, e.rule) if decision]
    for element_id, decision in asked:
        files = [name for name, model in models.items() if decision in model.decisions]
        if len(files) > 1:
            faults.append(Fault(element_id, "decision_twice", f"决策“{decision}”在 {'、'.join(files)} 中都有"))
    if faults:
        raise ModelRefused(faults=faults)


def _free_texts(forms: Mapping[str, dict[str, Any]], found: Index) -> frozenset[str]:
    """Where people write in their own words, and lists into which that is gathered."""
    names = {name for form in forms.values() for name in free_texts(form)}
    lists = {each.many.results for each in found.elements.values() if each.many and each.many.result.names & names}
    return frozenset(names | lists)


def _named(files: Mapping[str, bytes], folders: Sequence[Folder], place: str, ending: str) -> Iterator[tuple[str, str]]:
    """(key, file) of everything in the sub-folder `place` of each folder."""
    for name in files:
        prefix = home_of(name, folders).prefix
        if name.startswith(f"{prefix}{place}/") and name.endswith(ending):
            yield prefix + name.removeprefix(f"{prefix}{place}/").removesuffix(ending), name


def _forms(files: Mapping[str, bytes], folders: Sequence[Folder]) -> dict[str, dict[str, Any]]:
    forms: dict[str, dict[str, Any]] = {}
    for key, name in _named(files, folders, "forms", ".json"):
        if key in forms:
            raise ModelRefused(faults=[Fault(name, "form_twice", f"表单“{key}”在两处都有")])
        forms[key] = _form(name, files[name])
    return forms


def _letters(files: Mapping[str, bytes], folders: Sequence[Folder]) -> dict[str, str]:
    try:
        return {key: files[name].decode() for key, name in _named(files, folders, "letters", ".html")}
    except UnicodeDecodeError as error:
        raise ModelRefused(faults=[Fault("letters", "letter_broken", f"文书模板不是 UTF-8：{error}")]) from error


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
