"""The folders that a process version consists of: its own, and those whose processes it calls. Reads manifests only.

A version is whole: the files of a called folder stand in it under `<key>/…`, whoever calls it, so that an order runs to
its end on what was published together.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from engine.errors import Fault, ModelRefused

MANIFEST = "manifest.toml"


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of a version: `prefix` stands before its files, "" for the main one."""

    key: str
    prefix: str
    manifest: Mapping[str, Any]

    @property
    def calls(self) -> tuple[str, ...]:
        """Keys of the folders whose processes its diagrams call."""
        return tuple(self.manifest.get("calls", ()))

    @property
    def shared(self) -> tuple[str, ...]:
        """File names of the shared decision tables that it uses."""
        return tuple(self.manifest.get("shared", ()))

    @property
    def lanes(self) -> Mapping[str, str]:
        """Lane name -> role."""
        return dict(self.manifest.get("lanes", {}))

    @property
    def four_eyes(self) -> frozenset[str]:
        """Every step that its pairs of approval and work name."""
        pairs = self.manifest.get("four_eyes", {})
        return frozenset(pairs).union(*pairs.values())


def folders_of(files: Mapping[str, bytes]) -> tuple[Folder, ...]:
    """The main folder and every one that it calls, directly or not, in the order of the calls.

    Raises:
        ModelRefused: a manifest is missing or broken, a called folder does not say that it may be called, or folders
            call each other in a circle.
    """
    main = _folder(files, "")
    found: dict[str, Folder] = {main.key: main}
    _follow(files, main, (main.key,), found)
    return tuple(found.values())


def home_of(name: str, folders: Sequence[Folder]) -> Folder:
    """The folder in which a file of the version stands."""
    return next((each for each in folders[1:] if name.startswith(each.prefix)), folders[0])


def merged_lanes(folders: Sequence[Folder]) -> dict[str, str]:
    """The lanes of all folders. Raises ModelRefused where one name stands for two roles."""
    lanes: dict[str, str] = {}
    for each in folders:
        for lane, role in each.lanes.items():
            if lanes.setdefault(lane, role) != role:
                reason = f"泳道“{lane}”在此处是角色 {role}，在其他文件夹中是 {lanes[lane]}；同名泳道须对应同一角色"
                _refuse(f"{each.prefix}{MANIFEST}", "lane_conflict", reason)
    return lanes


def _follow(files: Mapping[str, bytes], caller: Folder, path: tuple[str, ...], found: dict[str, Folder]) -> None:
    for key in caller.calls:
        where = f"{caller.prefix}{MANIFEST}"
        if key in path:
            _refuse(where, "folder_cycle", f"文件夹循环调用：{' → '.join((*path, key))}")
        if key in found:
            continue
        if f"{key}/{MANIFEST}" not in files:
            _refuse(where, "folder_missing", f"被调用的文件夹“{key}”不存在")
        called = _folder(files, f"{key}/")
        if called.manifest.get("called") is not True:
            _refuse(f"{key}/{MANIFEST}", "folder_not_called", f"“{key}”没有写明 called = true，不供其他流程调用")
        found[key] = called
        _follow(files, called, (*path, key), found)


def _folder(files: Mapping[str, bytes], prefix: str) -> Folder:
    where = f"{prefix}{MANIFEST}"
    try:
        manifest = tomllib.loads(files[where].decode())
    except KeyError:
        _refuse(where, "manifest_missing", "缺少 manifest.toml")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        _refuse(where, "manifest_broken", str(error))
    key = manifest.get("key")
    if not isinstance(key, str) or not key.isidentifier():
        _refuse(where, "key_missing", "manifest.toml 缺少合法的 key")
    if prefix and prefix != f"{key}/":
        _refuse(where, "key_other", f"key“{key}”与文件夹“{prefix[:-1]}”不同名")
    for name in ("calls", "shared", "operators"):
        listed = manifest.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            _refuse(where, "manifest_broken", f"{name} 应为文字的列表")
    lanes = manifest.get("lanes", {})
    if not isinstance(lanes, dict) or not all(isinstance(role, str) for role in lanes.values()):
        _refuse(where, "manifest_broken", "[lanes] 应为 泳道名称 = 角色编号")
    pairs = manifest.get("four_eyes", {})
    if not isinstance(pairs, dict) or not all(isinstance(steps, list) and steps for steps in pairs.values()):
        _refuse(where, "manifest_broken", "[four_eyes] 应为 环节 = [由他人办理的环节]")
    bad = next((each for each in manifest.get("calls", []) if not each.isidentifier()), None)
    if bad is not None:
        _refuse(where, "folder_missing", f"“{bad}”不是文件夹名称")
    return Folder(key, prefix, manifest)


def _refuse(where: str, code: str, reason: str) -> NoReturn:
    raise ModelRefused(faults=[Fault(where, code, reason)])
