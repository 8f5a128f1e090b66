"""The log of administration: who changed what, with filters."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Response, request

from services.ticket_service.console import languages
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read, read_all
from services.ticket_service.console.settings.audited import THINGS, page_of
from services.ticket_service.console.settings.outward_words import ACTIONS
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-audit", __name__)


@blueprint.page("/settings/audit", needs=permissions.AUDIT_READ)
def index() -> Response:
    """A page of entries, the newest first; days are those of the reader's zone, the last one included."""
    given = {name: request.args.get(name, "").strip()[:600] for name in ("what", "subject", "who")}
    begin, end = (_day(request.args.get(name, "")) for name in ("from", "to"))
    page = read(
        "/audit",
        **{name: value or None for name, value in given.items()},
        **{"from": _night(begin), "to": _night(end + timedelta(days=1)) if end else None},
        cursor=request.args.get("cursor"),
        limit=50,
    )
    return show(
        "settings/audit.html",
        entries=page["items"],
        following=page["next"],
        given=given | {"from": begin or "", "to": end or ""},
        filtered=any(given.values()) or begin or end,
        things=THINGS,
        kinds=sorted(THINGS.items(), key=lambda each: str(each[1][0]).casefold()),
        actions=ACTIONS,
        page_of=page_of,
        users=sorted(read_all("/users"), key=lambda user: user["name"].casefold()),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _night(day: date | None) -> str | None:
    """When the day begins in the reader's zone, as the interface takes it."""
    if day is None:
        return None
    begins = datetime.combine(day, time(), ZoneInfo(languages.time_zone())).astimezone(UTC)
    return begins.strftime("%Y-%m-%dT%H:%M:%SZ")
