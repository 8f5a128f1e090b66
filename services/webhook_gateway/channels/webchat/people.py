"""The visitor as events tell of them: who it is, and what they gave."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from services.webhook_gateway.channels.webchat.said import Browser, Details, SeenPage, SiteVisit
from services.webhook_gateway.channels.webchat.settings import KIND
from services.webhook_gateway.channels.webchat.verify import ChatVisitor
from shared.contracts.times import format_utc

NOBODY: Final = Details()
NOWHERE: Final = SiteVisit()


def sender(visitor: ChatVisitor, typed_name: str = "") -> dict[str, Any]:
    """A Sender on the wire: all the visitor's ids, and the name the site gave, else the one they typed."""
    identities = [{"kind": KIND, "value": each, "address": each} for each in (visitor.id, *visitor.former)]
    return {"identities": identities, "name": visitor.name or typed_name}


def told_by(
    visitor: ChatVisitor,
    details: Details = NOBODY,
    browser: Browser | None = None,
    visit: SiteVisit = NOWHERE,
    now: datetime | None = None,
    network: str = "",
) -> dict[str, Any]:
    """A Visitor on the wire. `now` is needed with pages.

    `verified` says of all that stands beside it that the site's server signed it; so as soon as there is an
    address the visitor typed, or one the site only passed on, it is not said.
    """
    email = details.email or visitor.email or visitor.told_email
    proven = visitor.verified and not details.phone and email == visitor.email
    return {
        "email": email,
        "phone": details.phone,
        "answers": details.answers,
        "consents": details.consents,
        "verified": proven,
        "language": browser.language if browser else "",
        "time_zone": browser.time_zone if browser else "",
        "referrer": visit.referrer,
        "pages": [page_seen(page, now) for page in visit.pages if now and page.url],
        "campaign": visit.campaign,
        "network": network,
    }


def page_seen(page: SeenPage, now: datetime) -> dict[str, Any]:
    """A Page on the wire; a visitor's clock may be wrong, but nothing was seen in the future."""
    at = min(page.at, now) if page.at else now
    return {"url": page.url, "at": format_utc(at), "title": page.title}
