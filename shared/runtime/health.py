"""Readiness: a set of named checks, each None when well and otherwise the reason, or what is degraded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

Check = Callable[[], str | None]

DEGRADED: Final = "degraded: "
"""An answer that begins so is worth knowing, but the process does its work and must keep getting it."""


def run_checks(checks: Mapping[str, Check]) -> dict[str, str]:
    """Each check's answer, `ok` or the reason. A check that raises is not well."""
    answers: dict[str, str] = {}
    for name, check in checks.items():
        try:
            answers[name] = check() or "ok"
        except Exception as error:
            answers[name] = f"{type(error).__name__}: {error}"[:300]
    return answers


def is_ready(answers: Mapping[str, str]) -> bool:
    """Whether a process with these answers can do its work."""
    return all(answer == "ok" or answer.startswith(DEGRADED) for answer in answers.values())
