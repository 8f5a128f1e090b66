"""Every refusal of the REST interface as problem+json, those of flask-smorest and webargs included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from marshmallow import INCLUDE, Schema, fields
from werkzeug.exceptions import HTTPException

from shared.web.problems import Problem

_SLUGS: Final = {
    412: ("stale", "Somebody changed this since you read it."),
    428: ("if-match-missing", "Say which version you are changing."),
}
_DETAILS: Final = {
    412: "Read it again and send its new ETag as If-Match.",
    428: "Send the ETag of the version you read as If-Match.",
}


class FieldErrorSchema(Schema):
    """What is wrong with one field."""

    field = fields.String(
        required=True, metadata={"description": "Dotted path of the field.", "example": "template.language"}
    )
    problem = fields.String(required=True, metadata={"example": "Missing data for required field."})


class ProblemSchema(Schema):
    """RFC 9457: what was refused, why, and what helps; some types say more in members of their own."""

    class Meta:
        """Extension members are part of the format (RFC 9457 §3.2)."""

        unknown = INCLUDE

    type = fields.String(required=True, metadata={"example": "urn:sportello:problem:not-found"})
    title = fields.String(required=True, metadata={"example": "There is no such ticket."})
    status = fields.Integer(required=True, metadata={"example": 404})
    detail = fields.String(metadata={"description": "What to do about it."})
    errors = fields.List(fields.Nested(FieldErrorSchema), metadata={"description": "Fields that are wrong."})


def invalid(errors: list[tuple[str, str]], **extra: Any) -> Problem:
    """422 with each (field, what is wrong with it)."""
    return Problem(
        422,
        "invalid",
        "Some values cannot be accepted.",
        "Correct the fields listed under `errors`.",
        errors=[{"field": field, "problem": problem} for field, problem in errors],
        **extra,
    )


def not_found(what: str) -> Problem:
    """404 for a `what` (singular, for people) that does not exist."""
    return Problem(404, "not-found", f"There is no such {what}.")


def from_http_error(error: HTTPException) -> Problem:
    """The problem for an error that Werkzeug, webargs or flask-smorest raised."""
    status = error.code or 500
    data: Mapping[str, Any] = getattr(error, "data", None) or {}
    messages = data.get("messages") or data.get("errors")
    if status == 422 and isinstance(messages, Mapping):
        # webargs puts the place a value came from (json, query) around the fields.
        return invalid([error for fields_ in messages.values() for error in _flat("", fields_)])
    slug, title = _SLUGS.get(
        status, ((error.name or "error").lower().replace(" ", "-"), error.name or "Error")
    )
    problem = Problem(
        status, slug, title, _DETAILS.get(status, data.get("message") or error.description or "")
    )
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        problem.headers["Allow"] = ", ".join(sorted(allowed))
    return problem


def _flat(path: str, messages: Any) -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            name = "" if key == "_schema" else str(key)
            yield from _flat(".".join(part for part in (path, name) if part), value)
    elif isinstance(messages, list):
        for message in messages:
            yield from _flat(path, message)
    else:
        yield path or "body", str(messages)
