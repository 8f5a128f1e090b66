"""Fills a document model with a ticket's values: Liquid, every value escaped, nothing endless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from liquid import Environment
from liquid.exceptions import LiquidError


class ModelMistake(Exception):
    """The model is not Liquid, or asks for too much; the argument says what and where."""


class _Bounded(Environment):
    """What an administrator writes by mistake (a loop in a loop in a loop) ends soon."""

    loop_iteration_limit = 200_000
    output_stream_limit = 8_000_000
    local_namespace_limit = 200_000
    context_depth_limit = 20
    block_nesting_limit = 50


_ENVIRONMENT: Final = _Bounded(autoescape=True)


def check(body: str) -> None:
    """ModelMistake unless it can be filled; what it asks for need not exist."""
    fill(body, {})


def fill(body: str, values: Mapping[str, Any]) -> str:
    """The model's HTML with these values (plain data only), each escaped. ModelMistake."""
    try:
        return _ENVIRONMENT.from_string(body).render(**values)
    except (LiquidError, RecursionError) as error:
        raise ModelMistake(_said(error)) from error


def _said(error: Exception) -> str:
    line = getattr(error, "lineno", None)
    where = f" (line {line})" if line else ""
    return f"{str(error).splitlines()[0][:300] if str(error) else type(error).__name__}{where}"
