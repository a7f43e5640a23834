"""`python -m web --host 127.0.0.1 --port 8000`: serves the pages and the API; on the loopback unless told otherwise."""

from __future__ import annotations

import argparse
import os

from engine import logs
from engine.settings import Settings


def main() -> None:
    """Read the command line, then serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m web", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--threads", type=int, default=16, help="threads of each process")
    parser.add_argument("--database", help="database URL; default from YIKUO_DATABASE_URL")
    chosen = parser.parse_args()
    if chosen.database:
        os.environ["YIKUO_DATABASE_URL"] = chosen.database
    if chosen.workers > 1:
        _share_figures(Settings())
    # Only now: prometheus_client reads the folder of the shared figures when it is imported.
    logs.configure()
    from web.app import from_environment
    from web.server import serve

    serve(from_environment, host=chosen.host, port=chosen.port, workers=chosen.workers, threads=chosen.threads)


def _share_figures(settings: Settings) -> None:
    """Several processes keep their counters in files of one fresh folder, so that /metrics tells the sum."""
    folder = settings.var_dir / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.db"):
        stale.unlink()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


if __name__ == "__main__":
    main()
