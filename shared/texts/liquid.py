"""Texts made from an administrator's template (Liquid) that cannot run wild."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from liquid import Environment, Mode, StrictUndefined
from liquid.exceptions import LiquidError

MAX_TEMPLATE: Final = 20_000
MAX_TEXT: Final = 4_096


class TemplateError(ValueError):
    """The template is not valid, names something that does not exist, or makes too long a text."""


class _BoundedEnvironment(Environment):
    """Whoever may edit a template must not be able to stop a service with it."""

    loop_iteration_limit = 1_000
    local_namespace_limit = 10_000
    output_stream_limit = 400_000  # bytes
    context_depth_limit = 10
    block_nesting_limit = 10


class TextTemplate:
    """One template, parsed once. Safe to render from many threads."""

    def __init__(self, source: str, longest: int = MAX_TEXT) -> None:
        """`longest`: characters of a text. TemplateError when the source is too long or not valid Liquid."""
        if len(source) > MAX_TEMPLATE:
            raise TemplateError(f"longer than {MAX_TEMPLATE} characters")
        self._longest = longest
        environment = _BoundedEnvironment(tolerance=Mode.STRICT, undefined=StrictUndefined)
        try:
            self._template = environment.from_string(source)
        except LiquidError as error:
            raise TemplateError(str(error)) from error

    def names(self) -> list[str]:
        """What it asks for, each once, as dotted paths (`ticket.number`), sorted."""
        return sorted(self._template.global_variable_paths(include_partials=False))

    def render(self, values: Mapping[str, Any]) -> str:
        """The text without outer white space, possibly empty. TemplateError when it cannot be made."""
        try:
            text = self._template.render(**values).strip()
        except LiquidError as error:
            raise TemplateError(str(error)) from error
        if len(text) > self._longest:
            raise TemplateError(f"longer than {self._longest} characters")
        return text
