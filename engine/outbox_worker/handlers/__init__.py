"""One operator a file: reads what it needs, asks its platform, gives the result for the process. Writes nothing."""

from __future__ import annotations
