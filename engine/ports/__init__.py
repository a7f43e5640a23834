"""The outside platforms: a contract, an interface and an HTTP adapter for each. Not called inside a transaction."""

from __future__ import annotations
