"""Which port each part of an instance gets, all counted from one base so that instances fit side by side."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

HOST: Final = "127.0.0.1"
DEFAULT_BASE: Final = 8000
BASE_VARIABLE: Final = "SPORTELLO_PORT_BASE"

OFFSETS: Final[Mapping[str, int]] = {
    "ticket_service.web": 0,
    "webhook_gateway.web": 1,
    "notifier.web": 2,
    "mail_collector.web": 3,
    "webhook_gateway.streams": 4,
    "sandbox": 9,
    "ticket_service.worker": 10,
    "ticket_service.relay": 11,
    "webhook_gateway.worker": 12,
    "notifier.worker": 13,
    "notifier.relay": 14,
    "ticket_service.timers": 15,
    "mail_collector.worker": 16,
    "rabbitmq": 20,
    "rabbitmq.names": 21,
    "rabbitmq.cluster": 22,
    "dovecot": 24,
    "sandbox.smtp": 25,
    "mongodb": 27,
    "supervisor": 30,
}
_HIGHEST: Final = 65535 - max(OFFSETS.values())


class PortError(Exception):
    """A port cannot be had; the text names it and the remedy."""


@dataclass(frozen=True)
class PortPlan:
    """The ports of one instance, by the name of the process that listens there."""

    base: int = DEFAULT_BASE

    def __getitem__(self, name: str) -> int:
        """The port of a process of the table above; KeyError for an unknown one."""
        return self.base + OFFSETS[name]

    def url(self, name: str) -> str:
        """Where a process answers HTTP, without a slash at the end."""
        return f"http://{HOST}:{self[name]}"


def plan_from_environment(environment: Mapping[str, str] = os.environ) -> PortPlan:
    """The plan SPORTELLO_PORT_BASE asks for (default 8000). PortError when it is no usable number."""
    text = environment.get(BASE_VARIABLE, "").strip() or str(DEFAULT_BASE)
    if not text.isascii() or not text.isdigit() or not 1024 <= int(text) <= _HIGHEST:
        raise PortError(f"{BASE_VARIABLE} is {text!r}; it must be a number from 1024 to {_HIGHEST}.")
    return PortPlan(int(text))


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def require_free(plan: PortPlan, names: list[str]) -> None:
    """PortError naming every port of these processes that somebody else holds, and what to do about it."""
    taken = [f"{plan[name]} ({name})" for name in names if not is_free(plan[name])]
    if taken:
        raise PortError(
            f"Already in use by another program: port {', '.join(taken)}. Stop that program, or choose other "
            f"ports, for example: {BASE_VARIABLE}={_another_base(plan.base)} ./sportello up"
        )


def free_port() -> int:
    """A loopback port nobody listens on at this moment (for private servers of tests)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _another_base(base: int) -> int:
    return base + 100 if base + 100 <= _HIGHEST else DEFAULT_BASE
