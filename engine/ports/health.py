"""How the platforms do, as text for a heartbeat, and back. Lets other processes see a circuit that is open here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from engine.ports.circuit import CircuitState

TITLES = {
    "sharing": "政务数据共享平台",
    "identity": "身份核验平台",
    "notification": "短信通知平台",
    "ami": "用电信息采集系统",
    "evidence": "办电e助手",
}


def states_to_json(states: Iterable[CircuitState]) -> list[dict[str, Any]]:
    """For the detail of a heartbeat."""
    return [
        {
            "platform": state.platform,
            "state": state.state,
            "since": state.since.isoformat(),
            "n_failures": state.n_failures,
            "reason": state.reason,
        }
        for state in states
    ]


def states_from_json(detail: Mapping[str, Any]) -> tuple[CircuitState, ...]:
    """From the detail of a heartbeat; one of an older release has none."""
    return tuple(
        CircuitState(
            raw["platform"], raw["state"], datetime.fromisoformat(raw["since"]), raw["n_failures"], raw["reason"]
        )
        for raw in detail.get("platforms", ())
    )
