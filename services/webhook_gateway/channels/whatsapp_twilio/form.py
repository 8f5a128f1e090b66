"""Reading a posted form: bounded, in UTF-8, or a clear refusal; and writing one down again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode

from services.webhook_gateway.ports import Unreadable

Pairs = Sequence[tuple[str, str]]

MOST_FIELDS: Final = 300
"""Twilio sends about thirty, and two more for each file."""


def read_form(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form, empty and repeated ones included. Unreadable when it is none in UTF-8."""
    try:
        return parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS, separator="&"
        )
    except ValueError as error:
        raise Unreadable(f"The body is no form in UTF-8 with at most {MOST_FIELDS} fields.") from error


def check_content_type(content_type: str) -> None:
    """Unreadable unless a form in UTF-8 is announced; Twilio says so, and what says else is not Twilio's."""
    kind, _, parameters = content_type.partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != "application/x-www-form-urlencoded" or charset not in ("", "utf-8", "utf8"):
        raise Unreadable("The body must be a form (application/x-www-form-urlencoded) in UTF-8.")


def single(pairs: Pairs) -> tuple[dict[str, str], list[str]]:
    """The fields by name, and the names of those that come twice and say different things."""
    form: dict[str, str] = {}
    torn = []
    for name, value in pairs:
        if form.setdefault(name, value) != value:
            torn.append(name)
    return form, torn


def write_form(pairs: Pairs, extra: Mapping[str, str]) -> str:
    """The form as text again, with some more fields."""
    return urlencode([*pairs, *extra.items()])
