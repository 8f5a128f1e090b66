"""Writes docs/permissions.md: which role may do what, and what every route of the interface asks for.

`python -m services.ticket_service.permission_table` writes it, `--check` tells whether it is as it must be.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flask import Flask

from services.ticket_service.api.openapi import ANYBODY, NEEDS, PREFIX, make_api
from services.ticket_service.app import RESOURCES
from services.ticket_service.domain.permissions import MEANINGS, ROLES

PAGE: Final = Path("docs/permissions.md")
_HIDDEN: Final = frozenset({"HEAD", "OPTIONS"})
_CONVERTER: Final = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_TOP: Final = """\
# Who may do what

Generated from `services/ticket_service/domain/permissions.py` and the routes themselves; do not edit:
`python -m services.ticket_service.permission_table` writes it.

Every user has one or more roles, every API token as much as its user or less (`scopes`). What a route asks
for is held in one place, `services/ticket_service/api/guard.py`, before the route's own code runs: without
the permission the answer is 403 `permission-missing`. Where one field of a request asks for more than its
route, as `solution_forecast` does, the permission's meaning says so.
"""


def routes() -> Iterator[tuple[str, str, str]]:
    """Every route of the interface: method, path, the permission it asks for. KeyError for one without."""
    app = Flask("permission_table")
    api = make_api(app)
    for resource in RESOURCES:
        api.register_blueprint(resource.blueprint)
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(PREFIX) and not rule.endpoint.startswith("api-docs."):
            for method in (rule.methods or set()) - _HIDDEN:
                yield method, _CONVERTER.sub(r"{\1}", rule.rule), NEEDS[rule.endpoint]


def page() -> str:
    """docs/permissions.md."""
    lines = [_TOP, "## Roles", "", f"| permission | what it allows | {' | '.join(ROLES)} |"]
    lines.append(f"| --- | --- |{' --- |' * len(ROLES)}")
    for permission, meaning in MEANINGS.items():
        has = " | ".join("✔" if permission in allowed else "" for allowed in ROLES.values())
        lines.append(f"| `{permission}` | {meaning} | {has} |")
    lines += ["", "## Routes", "", "| route | asks for |", "| --- | --- |"]
    for path, method, needs in sorted((path, method, needs) for method, path, needs in routes()):
        asked = "a log-in" if needs == ANYBODY else f"`{needs}`"
        lines.append(f"| `{method} {path}` | {asked} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write, or check, the page below the current directory."""
    text = page()
    if "--check" not in arguments:
        PAGE.write_text(text)
    elif not PAGE.is_file() or PAGE.read_text() != text:
        sys.stderr.write(f"{PAGE} is stale: run `python -m services.ticket_service.permission_table`.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
