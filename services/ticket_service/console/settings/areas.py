"""The areas of the settings, in groups: for the index and for the navigation beside every page of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import g
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from services.ticket_service.domain import permissions


@dataclass(frozen=True, slots=True)
class Area:
    """One place: what it is called, what is decided there in a line, and who may see it."""

    path: str
    label: LazyString
    text: LazyString
    icon: str
    needs: str = permissions.SETTINGS_READ

    @property
    def address(self) -> str:
        """Where it is."""
        return f"/settings/{self.path}"


@dataclass(frozen=True, slots=True)
class Group:
    """Areas that belong together."""

    label: LazyString
    areas: tuple[Area, ...]


_TICKETS: Final = (
    Area(
        "statuses",
        _l("Statuses"),
        _l("What a ticket goes through, in which colours, and what happens by itself."),
        "kanban",
    ),
    Area("presets", _l("Ways of working"), _l("Five sets of statuses to start from."), "diagram-3"),
    Area("fields", _l("Fields"), _l("Which fields tickets have, and which must be filled in."), "ui-checks"),
    Area(
        "dictionaries",
        _l("Lists of values"),
        _l("Services, categories, priorities and the other choices."),
        "list-ul",
    ),
    Area("numbering", _l("Numbering"), _l("What the number of a ticket looks like."), "hash"),
    Area("desk", _l("The desk"), _l("Language, time zone, titles, reopening and other rules."), "shop"),
)
_PEOPLE: Final = (
    Area(
        "users",
        _l("Users"),
        _l("Who works here, in which role, and with how many tickets."),
        "person",
        permissions.USERS_READ,
    ),
    Area("teams", _l("Teams"), _l("Groups that share tickets."), "people", permissions.USERS_READ),
    Area("roles", _l("Roles"), _l("What each role may do."), "shield-check", permissions.SETTINGS_READ),
    Area("access", _l("Logging in"), _l("Who has to have a second factor."), "shield-lock"),
)
_FLOW: Final = (
    Area(
        "assignment-rules",
        _l("Rules for new tickets"),
        _l("Assign, tag and answer by channel, words or requester; take turns in a team."),
        "signpost-split",
    ),
    Area(
        "opening-question",
        _l("Questions to customers"),
        _l("What is asked when a ticket opens, and when an answer waits."),
        "patch-question",
    ),
    Area(
        "auto-close", _l("Closing by itself"), _l("Remind and close when nobody answers."), "hourglass-split"
    ),
    Area("service-levels", _l("Service levels"), _l("What is promised, to which tickets."), "stopwatch"),
    Area("calendars", _l("Business hours"), _l("When the desk is open, with holidays."), "calendar-week"),
)
_MESSAGES: Final = (
    Area("channels", _l("Channels"), _l("How customers reach you, and whether it works."), "broadcast"),
    Area(
        "chat",
        _l("Live chat"),
        _l("What visitors of your site see, when somebody is there, and what becomes of what they write."),
        "chat-dots",
    ),
    Area(
        "mail", _l("Mail"), _l("Who joins a ticket by mail, and what stands around answers."), "envelope-at"
    ),
    Area(
        "mail-rules",
        _l("Mail rules"),
        _l("Which mails open tickets with which fields, wait or are ignored."),
        "funnel",
    ),
    Area("templates", _l("Message templates"), _l("Texts the provider approved."), "file-earmark-text"),
    Area("canned-replies", _l("Canned replies"), _l("Answers ready to be used."), "chat-square-text"),
    Area(
        "notifications",
        _l("Notifications"),
        _l("Which mails the desk writes, and in which words."),
        "envelope",
    ),
    Area("blocked", _l("Blocked senders"), _l("Whose messages open no ticket."), "slash-circle"),
)
_FILES: Final = (
    Area("attachments", _l("Attachments"), _l("Which files are taken."), "paperclip"),
    Area("documents", _l("Documents"), _l("How a ticket looks as a PDF."), "filetype-pdf"),
    Area("retention", _l("Retention"), _l("How long each kind of data is kept."), "archive"),
)
_PROGRAMS: Final = (
    Area("tokens", _l("API tokens"), _l("Keys with which programs log in."), "key", permissions.TOKENS_OWN),
    Area("webhooks", _l("Webhooks"), _l("Which programs hear of what happens."), "send"),
)
_WATCH: Final = (
    Area(
        "audit",
        _l("Audit log"),
        _l("Who changed what in these settings."),
        "clock-history",
        permissions.AUDIT_READ,
    ),
    Area(
        "quarantine",
        _l("Quarantine"),
        _l("What could not be handled: look, try again or discard."),
        "exclamation-octagon",
    ),
    Area("traces", _l("Traces"), _l("How far a message came, and where it stopped."), "signpost-2"),
)
GROUPS: Final = (
    Group(_l("Tickets"), _TICKETS),
    Group(_l("Flow of work"), _FLOW),
    Group(_l("Messages"), _MESSAGES),
    Group(_l("Files and documents"), _FILES),
    Group(_l("People"), _PEOPLE),
    Group(_l("Programs"), _PROGRAMS),
    Group(_l("Watching over it"), _WATCH),
)


def groups() -> list[Group]:
    """The groups with the areas that the reader may see."""
    may = g.caller.may
    seen = [Group(each.label, tuple(area for area in each.areas if may(area.needs))) for each in GROUPS]
    return [each for each in seen if each.areas]
