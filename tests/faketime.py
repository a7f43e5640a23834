"""A host whose time of day is wrong: libfaketime over a process, its offset in a file that may change while it runs.

The steady clock stays true, as on a real machine whose time of day is set.
"""

from __future__ import annotations

from pathlib import Path

PLACES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/local/lib/faketime/libfaketimeMT.so.1")


class WrongClock:
    """Give `environment` to a process; `ahead` moves its time of day from then on, by seconds."""

    def __init__(self, file: Path, ahead: float = 0.0) -> None:
        self._file = file
        self.ahead(ahead)

    def ahead(self, seconds: float) -> None:
        """So many seconds ahead of the true time; negative behind."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+.1f}\n", encoding="ascii")
        new.replace(self._file)  # nobody reads half an offset
        self._file.chmod(0o644)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process believe the file."""
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        }


def library() -> Path:
    """Debian's libfaketime, which `make test` installs."""
    for place in PLACES:
        if found := sorted(Path("/").glob(place.lstrip("/"))):
            return found[0]
    raise FileNotFoundError("libfaketime is not installed: run `make test`, or apt-get install libfaketime")
