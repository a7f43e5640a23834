"""Checks BPMN and DMN files as they come, before anything is deployed. It runs none and keeps none."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lxml import etree

from engine.errors import Fault, ModelRefused
from engine.kernel.dmn import Model, check_dmn, load_dmn
from engine.kernel.lint import Finding, lint
from engine.kernel.lint.diagram import GATEWAYS, TASKS, Diagram, bpmn, read
from engine.kernel.loader import TIMER_FUNCTIONS, list_decisions
from engine.kernel.repair import repair
from engine.kernel.xml_door import open_xml

_BESIDE = (".toml", ".json", ".html", ".md", ".txt")
"""Files of a process folder that hold no model."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One finding in one file. As text: `file:element: reason`, as `check-process` prints it."""

    file: str
    element: str
    code: str
    reason: str
    severity: str
    hint: str = ""

    def __str__(self) -> str:
        mark = "" if self.severity == "error" else "提醒："
        return f"{self.file}:{self.element}: {mark}{self.reason}{self.hint}"

    def as_dict(self) -> dict[str, str]:
        """For programs that read JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Summary:
    """What an accepted BPMN file holds; the counts are over all its executable processes, sub-processes included."""

    process_id: str
    name: str
    n_processes: int
    n_tasks: int
    n_gateways: int
    n_timers: int
    n_events: int
    n_subprocesses: int
    n_calls: int
    n_flows: int
    lanes: tuple[str, ...]
    repairs: tuple[str, ...]

    def __str__(self) -> str:
        parts = [
            f"{self.n_tasks} 个任务",
            f"{self.n_gateways} 个网关",
            f"{self.n_events} 个事件",
            f"{self.n_timers} 个定时器",
        ]
        parts += [f"{self.n_subprocesses} 个子流程"] * bool(self.n_subprocesses)
        parts += [f"{self.n_calls} 个调用"] * bool(self.n_calls)
        parts += [f"泳道 {'、'.join(self.lanes)}"] * bool(self.lanes)
        return f"流程 {self.process_id}（{self.name}）：{'，'.join(parts)}，{self.n_flows} 条顺序流"


def check_files(files: Mapping[str, bytes], *, functions: frozenset[str] | None = TIMER_FUNCTIONS) -> list[Checked]:
    """All findings in all files, file by file, errors first.

    Beside or below a manifest.toml the files are taken for a process folder: operators, lanes, forms, decisions and
    called processes must exist among them; what stands in a folder of another manifest is checked by that one. Without
    a manifest each file stands by itself: names from outside it are not checked.
    `functions`: the FEEL functions of the business, None: not checked.
    """
    found: list[Checked] = []
    manifests = _manifests(files, found)
    models: dict[str, Model] = {}
    roots: dict[str, etree._Element] = {}
    for name, data in files.items():
        try:
            if name.endswith(".dmn"):
                models[name] = load_dmn(data, name)
                found += [_doubt(name, fault) for fault in check_dmn(models[name])]
            elif not name.endswith(_BESIDE):
                roots[name] = open_xml(data, name)
                repair(roots[name])
        except ModelRefused as refusal:
            found += [_refused(name, fault) for fault in _faults(refusal)]
    for name, root in roots.items():
        for one in _lint(name, root, roots, models, files, manifests, functions):
            found.append(Checked(name, one.element, one.code, one.reason, one.severity, one.hint))
    order = {name: number for number, name in enumerate(files)}
    return sorted(found, key=lambda one: (order[one.file], one.severity != "error"))


def summarise(data: bytes, name: str) -> Summary:
    """The summary of a BPMN file that `check_files` found free of errors.

    Raises ModelRefused when the file cannot even be opened or holds no process.
    """
    root = open_xml(data, name)
    repairs = repair(root)
    diagram = read(root)
    if not diagram.processes:
        raise ModelRefused(faults=[Fault(name, "no_process", "文件中没有可执行的流程。")])
    main = diagram.processes[0]
    return Summary(
        process_id=main.id,
        name=main.element.get("name") or _participant(diagram, main.id) or main.id,
        n_processes=len(diagram.processes),
        n_tasks=_n(diagram, TASKS),
        n_gateways=_n(diagram, GATEWAYS),
        n_timers=sum(1 for process in diagram.processes for _ in bpmn(process.element, "timerEventDefinition")),
        n_events=sum(1 for node in diagram.nodes() if node.tag.endswith("Event")),
        n_subprocesses=_n(diagram, ("subProcess",)),
        n_calls=_n(diagram, ("callActivity",)),
        n_flows=sum(len(scope.flows) for scope in diagram.scopes),
        lanes=tuple(lane.get("name") or "" for process in diagram.processes for lane in bpmn(process.element, "lane")),
        repairs=tuple(repairs),
    )


def summary(name: str, data: bytes) -> str:
    """One line about an accepted file, for people.

    Raises ModelRefused as `summarise` and `load_dmn` do.
    """
    if name.endswith(".dmn"):
        names = dict.fromkeys(decision.name for decision in load_dmn(data, name).decisions.values())
        return f"{name}: {len(names)} 个决策（{'、'.join(names)}）"
    if name.endswith(_BESIDE):
        return f"{name}: {len(data):,} 字节"
    return f"{name}: {summarise(data, name)}"


def _lint(
    name: str,
    root: etree._Element,
    roots: Mapping[str, etree._Element],
    models: Mapping[str, Model],
    files: Mapping[str, bytes],
    manifests: Mapping[str, Mapping[str, Any]],
    functions: frozenset[str] | None,
) -> list[Finding]:
    home = _home(name, manifests)
    if home is None:
        nothing: dict[str, Any] = dict.fromkeys(("operators", "decisions", "forms", "called"))
        return lint(root, name=name, functions=functions, **nothing)
    manifest = manifests[home]
    others = {
        process.id: other
        for other in roots.values()
        if other is not root
        for process in reversed(read(other).processes)
    }
    own = {file for file in files if _home(file, manifests) == home}
    decisions = frozenset(key for file, model in models.items() if file in own for key in model.decisions)
    rules = frozenset(key for file, model in models.items() if file in own for key in list_decisions(model))
    forms = (file.rsplit("/", 1)[-1] for file in own if file.endswith(".json"))
    lanes = manifest.get("lanes")
    near = {f"{each}/" for each in manifest.get("calls", [])}
    is_whole = all(any(place.endswith(each) for place in manifests) for each in near)
    return lint(
        root,
        name=name,
        functions=functions,
        operators=frozenset(map(str, manifest.get("operators", []))),
        # Shared tables stand outside the folder, and so may the folders that it calls.
        decisions=None if manifest.get("shared") else decisions,
        forms=frozenset(form.removesuffix(".json") for form in forms),
        called=others if is_whole else None,
        lanes=frozenset(lanes) if isinstance(lanes, dict) else None,
        rules=None if manifest.get("shared") else rules,
    )


def _manifests(files: Mapping[str, bytes], found: list[Checked]) -> dict[str, Mapping[str, Any]]:
    """The manifests by the place in which they stand: "" or a path that ends in a slash."""
    manifests: dict[str, Mapping[str, Any]] = {}
    for name, data in files.items():
        place, slash, last = name.rpartition("/")
        if last == "manifest.toml":
            try:
                manifests[place + slash] = tomllib.loads(data.decode())
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
                reason = f"manifest.toml 写法有误：{str(broken)[:120]}。"
                found.append(Checked(name, "manifest", "manifest_broken", reason, "error", "请按 TOML 语法改正。"))
    return manifests


def _home(name: str, manifests: Mapping[str, Any]) -> str | None:
    """The place of the nearest manifest at or above a file."""
    return max((place for place in manifests if name.startswith(place)), key=len, default=None)


def _faults(refusal: ModelRefused) -> Iterable[Fault]:
    return refusal.faults or [Fault("", refusal.code, refusal.detail or refusal.text)]


def _refused(name: str, fault: Fault) -> Checked:
    """The door names `file:line`; a decision model names its element."""
    return Checked(name, fault.field.removeprefix(f"{name}:") or "1", fault.code, _sentence(fault.reason), "error")


def _doubt(name: str, fault: Fault) -> Checked:
    """A table with overlaps or gaps runs; its author should know before the order that meets one."""
    return Checked(name, fault.field, fault.code, _sentence(fault.reason), "warning")


def _sentence(text: str) -> str:
    return text if text.endswith(("。", "！", "？")) else f"{text}。"


def _n(diagram: Diagram, tags: Iterable[str]) -> int:
    wanted = frozenset(tags)
    return sum(1 for node in diagram.nodes() if node.tag in wanted)


def _participant(diagram: Diagram, process_id: str) -> str:
    pools = (pool for pool in bpmn(diagram.root, "participant") if pool.get("processRef") == process_id)
    return next((pool.get("name") or "" for pool in pools), "")
