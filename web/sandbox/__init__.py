"""A stand-in for the outside platforms, a process of its own on the loopback only. Never part of a production."""

from __future__ import annotations
