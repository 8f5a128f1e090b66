"""Readiness: a set of named checks, each None when well and otherwise the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Check = Callable[[], str | None]


def run_checks(checks: Mapping[str, Check]) -> dict[str, str]:
    """Each check's answer, `ok` or the reason. A check that raises is not well."""
    answers: dict[str, str] = {}
    for name, check in checks.items():
        try:
            answers[name] = check() or "ok"
        except Exception as error:
            answers[name] = f"{type(error).__name__}: {error}"[:300]
    return answers
