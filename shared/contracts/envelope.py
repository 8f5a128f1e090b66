"""The CloudEvents 1.0 envelope (JSON format) that every message on the broker wears."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from shared.contracts.plain import reader
from shared.contracts.times import UtcTime, format_utc

SPEC_VERSION: Final = "1.0"
CONTENT_TYPE: Final = "application/cloudevents+json"
MAX_ID: Final = 600


class MalformedEvent(ValueError):
    """The bytes are not an event: not JSON, not an envelope, or data that its contract does not accept."""


class UnknownEventType(ValueError):
    """A well-formed envelope whose type this version does not know."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: envelope attributes plus `data`, an instance of the contract's dataclass."""

    id: str
    source: str
    type: str
    time: datetime
    subject: str
    data: Any
    traceparent: str
    causationid: str | None = None


class _EnvelopeSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    specversion = fields.String(required=True, validate=validate.Equal(SPEC_VERSION))
    id = fields.String(required=True, validate=validate.Length(1, MAX_ID))
    source = fields.String(required=True, validate=validate.Length(1, 200))
    type = fields.String(required=True, validate=validate.Length(1, 100))
    time = UtcTime(required=True)
    subject = fields.String(load_default="")
    traceparent = fields.String(load_default="")
    causationid = fields.String(load_default=None, allow_none=True)
    data = fields.Raw(required=True)


_read_envelope: Final = reader(_EnvelopeSchema(), dict)


def new_traceparent() -> str:
    """A fresh W3C trace context (`00-<trace id>-<span id>-01`)."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def trace_id(traceparent: str) -> str:
    """The trace id inside a W3C trace context, empty when there is none."""
    parts = traceparent.split("-")
    return parts[1] if len(parts) == 4 else ""


def decode_envelope(body: bytes) -> dict[str, Any]:
    """The envelope's attributes with `data` still raw. MalformedEvent when it is not a CloudEvent."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedEvent(f"not JSON: {error}") from error
    try:
        attributes: dict[str, Any] = _read_envelope(document)
    except ValidationError as error:
        raise MalformedEvent(f"not an envelope: {error.messages}") from error
    return attributes


def encode_envelope(event: Event, data: dict[str, Any]) -> bytes:
    """The event as CloudEvents JSON; `data` is the already serialised payload."""
    document = {
        "specversion": SPEC_VERSION,
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": format_utc(event.time),
        "subject": event.subject,
        "datacontenttype": "application/json",
        "traceparent": event.traceparent,
        "data": data,
    }
    if event.causationid is not None:
        document["causationid"] = event.causationid
    return orjson.dumps(document)
