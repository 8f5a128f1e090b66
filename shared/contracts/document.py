"""Writes docs/events.md and docs/asyncapi.json from the catalogue and the routing table.

`python -m shared.contracts.document` writes them; with `--check` it only says whether they are stale.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from marshmallow import fields
from marshmallow.fields import Field

from shared.contracts.catalogue import CONTRACTS, Contract
from shared.contracts.routes import DEAD_EXCHANGE, DEAD_QUEUE, PARTITIONS, ROUTES, Route
from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

DOCS: Final = Path("docs")
_SIMPLE: Final[dict[type[Field[Any]], dict[str, str]]] = {
    UtcTime: {"type": "string", "format": "date-time"},
    fields.String: {"type": "string"},
    fields.Integer: {"type": "integer"},
    fields.Float: {"type": "number"},
    fields.Boolean: {"type": "boolean"},
    fields.Dict: {"type": "object"},
    fields.Raw: {},
}


def json_schema(schema: ContractSchema) -> dict[str, Any]:
    """A contract's data as JSON Schema."""
    properties = {name: _property(field) for name, field in schema.fields.items()}
    required = [name for name, field in schema.fields.items() if field.required]
    return {"type": "object", "required": required, "properties": properties}


def _property(field: Field[Any]) -> dict[str, Any]:
    if isinstance(field, fields.Nested):
        nested = field.schema
        assert isinstance(nested, ContractSchema)  # noqa: S101 - all contracts nest contracts
        return json_schema(nested)
    if isinstance(field, fields.List):
        return {"type": "array", "items": _property(field.inner)}
    return dict(_SIMPLE[type(field)])


def _meaning(field: Field[Any]) -> str:
    kind = "a list" if isinstance(field, fields.List) else _property(field).get("type", "any")
    kind = "time" if isinstance(field, UtcTime) else kind
    return f"{kind}{'' if field.required else ', optional'}"


def events_page() -> str:
    """docs/events.md."""
    lines = [
        "# Events on the broker",
        "",
        "Made from `shared/contracts` by `python -m shared.contracts.document`; do not edit.",
        "",
        "Every message is a CloudEvents 1.0 JSON document; `data` is what the tables below describe.",
        "Queues are quorum queues that refuse when full; what comes back too often ends in",
        f"`{DEAD_QUEUE}` (exchange `{DEAD_EXCHANGE}`).",
        "",
        "## Routes",
        "",
        "| event | exchange | key | queue | from | to |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_route_row(route) for route in ROUTES]
    lines += [
        "",
        f"`<p>` is `crc32(contact key) mod {PARTITIONS}`: the messages of one contact stay in one queue, and",
        "each of these queues has one active consumer at a time, so they are applied in the order they came.",
    ]
    for contract in CONTRACTS.values():
        lines += ["", *_event_section(contract)]
    return "\n".join(lines) + "\n"


def _route_row(route: Route) -> str:
    suffix = ".<p>" if route.partitions else ""
    key = f"`{route.routing_key}{suffix}`" if route.routing_key else "the event's type"
    events = ", ".join(f"`{event}`" for event in route.events)
    return (
        f"| {events} | `{route.exchange}` | {key} | `{route.queue}{suffix}` "
        f"| {', '.join(route.producers)} | {route.consumer} |"
    )


def _event_section(contract: Contract) -> list[str]:
    lines = [f"## `{contract.type}`", "", contract.meaning, "", "| field | is |", "| --- | --- |"]
    lines += [f"| `{name}` | {_meaning(field)} |" for name, field in contract.schema.fields.items()]
    example = json.dumps(contract.schema.dump(contract.example), indent=2, ensure_ascii=False)
    return [*lines, "", "```json", example, "```"]


def asyncapi() -> str:
    """docs/asyncapi.json (AsyncAPI 3.0)."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for route in ROUTES:
        messages = {event: {"$ref": f"#/components/messages/{event}"} for event in route.events}
        channels[route.queue] = {"address": route.queue, "messages": messages}
        channel = {"$ref": f"#/channels/{route.queue}"}
        operations[f"receive.{route.queue}"] = {"action": "receive", "channel": channel}
        operations[f"send.{route.queue}"] = {"action": "send", "channel": channel}
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "Sportello events", "version": "1"},
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {
                contract.type: {
                    "name": contract.type,
                    "summary": contract.meaning,
                    "payload": {"type": "object", "properties": {"data": json_schema(contract.schema)}},
                }
                for contract in CONTRACTS.values()
            }
        },
    }
    return json.dumps(document, indent=1) + "\n"


def main(arguments: list[str]) -> int:
    """Write, or check, the two documents below the current directory."""
    pages = {DOCS / "events.md": events_page(), DOCS / "asyncapi.json": asyncapi()}
    if "--check" in arguments:
        stale = [path for path, text in pages.items() if not path.is_file() or path.read_text() != text]
        for path in stale:
            sys.stderr.write(f"{path} is stale: run `python -m shared.contracts.document`.\n")
        return 1 if stale else 0
    for path, text in pages.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
