"""Rules for mails: in their order, one to change, and which of them fires for a mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request
from flask_babel import lazy_gettext as _l

from services.ticket_service.console.mails import words
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import Json, read, read_tagged
from services.ticket_service.console.settings import choices
from services.ticket_service.domain import mail_rule, permissions, sharing
from services.ticket_service.domain.mail import MAIL

blueprint = ConsoleBlueprint("settings-mail-rules", __name__)

WHAT: Final[Mapping[str, object]] = {
    mail_rule.SENDER: _l("Sender"),
    mail_rule.RECIPIENT: _l("Recipients, copies too"),
    mail_rule.SUBJECT: _l("Subject"),
    mail_rule.BODY: _l("Text"),
    mail_rule.ATTACHMENT: _l("File names"),
    mail_rule.SIZE: _l("Size in bytes"),
    mail_rule.AUTOMATIC: _l("Written by a machine"),
    mail_rule.CHANNEL: _l("Mailbox"),
    mail_rule.HEADER: _l("A header"),
}
"""What a condition looks at."""
HOW: Final[Mapping[str, object]] = {
    mail_rule.CONTAINS: _l("contains"),
    mail_rule.IS: _l("is"),
    mail_rule.STARTS: _l("begins with"),
    mail_rule.ENDS: _l("ends with"),
    mail_rule.MATCHES: _l("is like (* for anything)"),
    mail_rule.PRESENT: _l("is there"),
    mail_rule.LARGER: _l("is larger than"),
    mail_rule.SMALLER: _l("is smaller than"),
}
"""How it is compared."""
DOES: Final[Mapping[str, tuple[object, object, str]]] = {
    mail_rule.OPEN: (_l("Open a ticket"), _l("Unless it belongs to one there is."), "inbox"),
    mail_rule.JOIN: (
        _l("Join the latest ticket"),
        _l("The sender's newest open one, else a new one."),
        "link-45deg",
    ),
    mail_rule.HOLD: (_l("Hold for triage"), _l("It waits until somebody decides."), "hourglass-split"),
    mail_rule.IGNORE: (_l("Ignore"), _l("It is kept, and nobody is bothered."), "archive"),
}
"""What a rule does: words, what that means, icon."""
_NEW: Final[dict[str, Any]] = {
    "id": "",
    "name": "",
    "active": True,
    "all_or_any": mail_rule.ALL,
    "conditions": [{"what": mail_rule.SENDER, "how": mail_rule.CONTAINS, "value": "", "negate": False}],
    "then": {"do": mail_rule.OPEN, "fields": {}, "reply_with": None, "silent": False, "reason": ""},
}
_RECENT: Final = 20


@blueprint.page("/settings/mail-rules", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """The rules in their order, and a mail to try them on."""
    rules = read("/settings/mail-rules")["items"]
    return show("settings/mail_rules.html", rules=rules, **_to_try(), **_words())


@blueprint.page("/settings/mail-rules/new", needs=permissions.SETTINGS_WRITE)
def new() -> Response:
    """A rule to add."""
    return _form(_NEW, "")


@blueprint.page("/settings/mail-rules/<rule_id>", needs=permissions.SETTINGS_READ)
def one(rule_id: str) -> Response:
    """A rule to change."""
    found = read_tagged(f"/settings/mail-rules/{rule_id}")
    return _form(found.body, found.etag)


def _form(rule: Json, etag: str) -> Response:
    return show(
        "settings/mail_rule.html",
        rule=rule,
        etag=etag,
        fields=[(name, str(choices.SUBJECTS[name])) for name in mail_rule.FIELDS if name in choices.SUBJECTS],
        choices=choices.for_fields(),
        teams=choices.teams(),
        users=choices.users(),
        replies=_replies(),
        **_to_try(),
        **_words(),
    )


def _replies() -> choices.Choices:
    """Canned replies that everybody has: a rule is nobody's own."""
    known = read("/canned-replies")["items"]
    return [(each["id"], each["title"]) for each in known if each["shared"] == sharing.EVERYBODY]


def _to_try() -> dict[str, Any]:
    """The mails that the rules may be tried on: the latest of triage, and the one that the address names."""
    recent = read("/triage", limit=_RECENT)["items"]
    return {"recent": recent, "wanted": request.args.get("message", "")}


def _words() -> dict[str, Any]:
    what = {name: str(label) for name, label in WHAT.items()}
    how = {name: str(label) for name, label in HOW.items()}
    automatic = {name: str(label) for name, label in words.AUTOMATIC.items()}
    does = {name: str(label) for name, (label, _text, _icon) in DOES.items()}
    mailboxes = [(each["id"], each["name"]) for each in read("/channels")["items"] if each["kind"] == MAIL]
    return {
        "what": list(what.items()),
        "how": list(how.items()),
        "does": DOES,
        "automatic": list(automatic.items()),
        "mailboxes": mailboxes,
        "header": mail_rule.HEADER,
        "trial_words": {
            **{"what": what, "how": how, "automatic": automatic, "does": does},
            "mailboxes": dict(mailboxes),
        },
    }
