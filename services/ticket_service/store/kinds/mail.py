"""Mail: the rules for mails that come in, the settings, and what waits in triage."""

from __future__ import annotations

from typing import Any, Final

from pymongo import IndexModel

from services.ticket_service.domain.mail_rule import MailRule
from services.ticket_service.domain.mail_settings import MailSettings
from services.ticket_service.domain.triage import TriageMail
from services.ticket_service.store.kinds.kind import Kind

_NEWEST: Final = [("received_at", -1), ("_id", -1)]

KINDS: Final[dict[type[Any], Kind]] = {
    MailRule: Kind("mail_rules", cached=True, audited=True),
    MailSettings: Kind("mail_settings", cached=True, audited=True),
    TriageMail: Kind(
        "triage",
        (
            IndexModel(_NEWEST),
            IndexModel([("state", 1), *_NEWEST]),
            IndexModel([("words", 1)]),
            IndexModel([("conversation_id", 1)]),
            IndexModel([("ticket_id", 1)], partialFilterExpression={"ticket_id": {"$gt": ""}}),
        ),
        of_ticket=True,
        of_talk=True,
    ),
}
