"""Reads process folders and house data from the disk, as bytes. Understands only which folders a manifest calls."""

from __future__ import annotations

import tomllib
from pathlib import Path

from engine.errors import Fault, ModelRefused, NotFound

N_MAX_FILES = 200
MAX_FILE_BYTES = 2_000_000
_ASIDE = {"golden", "process.svg"}
"""Recorded instances for tests and the picture of the diagram lie beside a process and are no part of its versions."""


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every file of a process folder, path within it -> content; hidden ones, `golden/` and the picture are left out.

    Raises NotFound when there is no such folder, ModelRefused when it is too big.
    """
    if not folder.is_dir():
        raise NotFound(str(folder))
    found = [p for p in sorted(folder.rglob("*")) if p.is_file() and not _is_aside(p.relative_to(folder))]
    if len(found) > N_MAX_FILES:
        raise ModelRefused(faults=[Fault(folder.name, "too_many_files", f"文件多于 {N_MAX_FILES} 个")])
    for path in found:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ModelRefused(faults=[Fault(path.name, "too_large", f"文件大于 {MAX_FILE_BYTES} 字节")])
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def read_whole(folder: Path) -> dict[str, bytes]:
    """A process folder with the folders beside it that it calls, directly or not: their files stand under their names.

    A called folder that is not there, or a circle, is left for the kernel to refuse. Raises as `read_folder` does.
    """
    whole = read_folder(folder)
    known, waiting = {folder.name}, _calls(whole)
    while waiting:
        name = waiting.pop()
        if name in known or not (folder.parent / name / "manifest.toml").is_file():
            continue
        known.add(name)
        files = read_folder(folder.parent / name)
        whole |= {f"{name}/{path}": content for path, content in files.items()}
        waiting += _calls(files)
    return whole


def read_shared(processes_dir: Path) -> dict[str, bytes]:
    """The decision tables that several processes use, by file name."""
    return {path.name: path.read_bytes() for path in sorted((processes_dir / "shared").glob("*.dmn"))}


def read_calendars(processes_dir: Path) -> tuple[str, ...]:
    """The texts of the calendar files, a year each."""
    return tuple(path.read_text(encoding="utf-8") for path in sorted((processes_dir / "calendars").glob("*.toml")))


def process_folders(processes_dir: Path) -> list[Path]:
    """The folders that hold a process."""
    return sorted(path.parent for path in processes_dir.glob("*/manifest.toml"))


def _is_aside(path: Path) -> bool:
    return any(part in _ASIDE or part.startswith(".") for part in path.parts)


def _calls(files: dict[str, bytes]) -> list[str]:
    """What the manifest calls; nothing where it cannot be read, which is said when the folder is checked."""
    try:
        listed = tomllib.loads(files["manifest.toml"].decode()).get("calls", [])
    except (KeyError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return []
    return (
        [each for each in listed if isinstance(each, str) and each.isidentifier()] if isinstance(listed, list) else []
    )
