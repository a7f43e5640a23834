"""One event, one JSON line on standard error, ours and those of the libraries alike. Decides nothing."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import structlog

# APScheduler warns whenever a tick outlasts its interval, which is how a backlog is meant to be worked off.
QUIET = ("apscheduler", "alembic", "gunicorn.access")


def configure() -> None:
    """Once per process, before the first line."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_line),
            ],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _line(event: Any, **settings: Any) -> str:
    """One line of JSON, also for readers who take U+2028, U+2029 and U+0085 for the end of one."""
    text = json.dumps(event, ensure_ascii=False, **settings)
    return text.translate({0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"})
