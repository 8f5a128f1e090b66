"""What visitors send, as the widget writes it: read strictly where they speak, mildly where browsers do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final

from marshmallow import (
    EXCLUDE,
    Schema,
    ValidationError,
    fields,
    post_load,
    pre_load,
    validate,
    validates_schema,
)

from services.webhook_gateway.channels.webchat.offers import LONGEST_TEXT, MOST_FILES
from services.webhook_gateway.channels.webchat.plain_text import (
    Language,
    Line,
    Moment,
    PageAddress,
    Text,
    TimeZone,
)
from services.webhook_gateway.channels.webchat.spared import Spared
from services.webhook_gateway.channels.webchat.verify import LONGEST_TOKEN
from shared.contracts.visitor import MOST_ANSWERS, MOST_PAGES

TEXT: Final = "text"
FILES: Final = "files"
BUTTON_REPLY: Final = "button_reply"
LIST_REPLY: Final = "list_reply"
FORM: Final = "form"
KINDS: Final = (TEXT, FILES, BUTTON_REPLY, LIST_REPLY, FORM)
MOST_RECEIPTS: Final = 50
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}\Z")
_LINE_ID: Final = re.compile(r"[\x21-\x7e]{1,300}\Z")
_EMAIL: Final = re.compile(
    r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@<>\"(),:;\\\[\]]{1,200}\.[^\s@<>\"(),:;\\\[\].]{2,63}\Z"
)
_PHONE: Final = re.compile(r"[+(]{0,2}[0-9][0-9 ()./-]{3,38}\Z")


def is_email(text: str) -> bool:
    """Whether this looks like a mail address of one person."""
    return _EMAIL.match(text) is not None


@dataclass(frozen=True, slots=True)
class Details:
    """What visitors tell of themselves."""

    name: str = ""
    email: str = ""
    phone: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    consents: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A page they saw; `at` by their own clock."""

    url: str
    title: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class SiteVisit:
    """Their way through the site so far."""

    referrer: str = ""
    pages: list[SeenPage] = field(default_factory=list)
    campaign: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Browser:
    """How their browser is set."""

    language: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One message. `files` are tokens of uploads, `choice` is (id, title), `labels` the form's questions."""

    id: str
    kind: str
    text: str
    files: list[str]
    reply_to: str
    choice: tuple[str, str]
    answers: dict[str, str]
    labels: dict[str, str]
    details: Details
    visit: SiteVisit
    browser: Browser


class _Body(Schema):
    """Fields nobody knows are dropped: a page may hold a newer widget than this process."""

    builds: ClassVar[Any] = dict

    class Meta:
        """Unknown fields are dropped."""

        unknown = EXCLUDE

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> Any:
        return self.builds(**data)


def _matching(pattern: re.Pattern[str], remedy: str) -> fields.String:
    return fields.String(required=True, validate=validate.Regexp(pattern, error=remedy))


def client_id() -> fields.String:
    """The id a browser made for something it sends, so that it may be sent again."""
    return _matching(_CLIENT_ID, "Make an id of 8 to 64 letters, digits and -, a new one for each message.")


def line_id() -> fields.String:
    """The id of a line of the chat."""
    return _matching(_LINE_ID, "Must be the id of a line of this chat.")


def _optional(pattern: re.Pattern[str], remedy: str) -> Any:
    def check(text: str) -> None:
        if text and not pattern.match(text):
            raise ValidationError(remedy)

    return check


def _answers(longest: int) -> fields.Dict:
    return fields.Dict(
        keys=Line(validate=validate.Length(1, 60)),
        values=Text(validate=validate.Length(max=longest)),
        load_default=dict,
        validate=validate.Length(max=MOST_ANSWERS),
    )


class DetailsSchema(_Body):
    """Details as sent."""

    builds = Details
    name = Line(load_default="", validate=validate.Length(max=200))
    email = Line(load_default="", validate=_optional(_EMAIL, "This is not an e-mail address."))
    phone = Line(load_default="", validate=_optional(_PHONE, "This is not a phone number."))
    answers = _answers(5_000)
    consents = fields.List(
        Line(validate=validate.Length(1, 60)), load_default=list, validate=validate.Length(max=MOST_ANSWERS)
    )


class PageSchema(_Body):
    """A page as sent."""

    builds = SeenPage
    url = PageAddress(required=True)
    title = Line(load_default="", cut=300)
    at = Moment(load_default=None)


class VisitSchema(_Body):
    """A visit as sent: the latest pages of it."""

    builds = SiteVisit
    referrer = PageAddress(load_default="")
    pages = fields.List(fields.Nested(PageSchema), load_default=list)
    campaign = fields.Dict(
        keys=fields.String(validate=validate.Regexp(r"[a-z_]{1,40}\Z")),
        values=Line(cut=300),
        load_default=dict,
        validate=validate.Length(max=10),
    )

    @pre_load
    def _latest(self, data: Any, **_: Any) -> Any:
        pages = data.get("pages") if isinstance(data, dict) else None
        return data | {"pages": pages[-MOST_PAGES:]} if isinstance(pages, list) else data


class ChoiceSchema(Schema):
    """What was tapped."""

    class Meta:
        """Unknown fields are dropped."""

        unknown = EXCLUDE

    id = Line(required=True, validate=validate.Length(1, 256))
    title = Line(required=True, validate=validate.Length(1, 200))


class FileSchema(Schema):
    """A file sent before."""

    class Meta:
        """Unknown fields are dropped."""

        unknown = EXCLUDE

    token = fields.String(required=True, validate=validate.Length(1, LONGEST_TOKEN))


class MessageSchema(_Body):
    """A message as sent."""

    id = client_id()
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    text = Text(load_default="", validate=validate.Length(max=LONGEST_TEXT))
    files = fields.List(
        fields.Nested(FileSchema), load_default=list, validate=validate.Length(max=MOST_FILES)
    )
    reply_to = fields.String(load_default="", validate=_optional(_LINE_ID, "Must be the id of a line."))
    choice = fields.Nested(ChoiceSchema, load_default=None, allow_none=True)
    answers = _answers(5_000)
    labels = _answers(300)
    details = Spared(DetailsSchema, load_default=Details)
    visit = fields.Nested(VisitSchema, load_default=SiteVisit)
    language = Language(load_default="")
    time_zone = TimeZone(load_default="")

    @validates_schema
    def _says_something(self, data: dict[str, Any], **_: Any) -> None:
        missing = {
            TEXT: not data["text"] and ("text", "Write something."),
            FILES: not data["files"] and ("files", "Send the files first and name their tokens here."),
            BUTTON_REPLY: not data["choice"] and ("choice", "Say what was chosen."),
            LIST_REPLY: not data["choice"] and ("choice", "Say what was chosen."),
            FORM: not data["answers"] and ("answers", "Answer at least one question."),
        }[data["kind"]]
        if missing:
            raise ValidationError(missing[1], missing[0])

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> Said:
        choice = data["choice"] or {"id": "", "title": ""}
        browser = Browser(data.pop("language"), data.pop("time_zone"))
        files = [each["token"] for each in data["files"]]
        return Said(**data | {"choice": (choice["id"], choice["title"]), "files": files, "browser": browser})


class EntranceSchema(_Body):
    """What somebody says at the entrance; `identity` is looked at by who knows how to prove it."""

    token = fields.String(load_default="", allow_none=True)
    identity = fields.Raw(load_default=None, allow_none=True)
    language = Language(load_default="")
    time_zone = TimeZone(load_default="")


class SignsSchema(_Body):
    """What a page tells by itself."""

    token = fields.String(load_default="")
    typing = fields.Boolean(load_default=False)
    delivered = fields.List(line_id(), load_default=list, validate=validate.Length(max=MOST_RECEIPTS))
    read = fields.List(line_id(), load_default=list, validate=validate.Length(max=MOST_RECEIPTS))
    page = fields.Nested(PageSchema, load_default=None, allow_none=True)


class ToldSchema(_Body):
    """Details by themselves."""

    details = fields.Nested(DetailsSchema, required=True)
    language = Language(load_default="")
    time_zone = TimeZone(load_default="")


class RatingSchema(_Body):
    """How it was."""

    id = client_id()
    ticket = Line(required=True, validate=validate.Length(1, 100))
    score = fields.Integer(required=True, strict=True, validate=validate.Range(1, 5))
    text = Text(load_default="", validate=validate.Length(max=LONGEST_TEXT))


class TranscriptSchema(_Body):
    """Nothing has to be said; whoever has not given an address yet gives it with the wish."""

    details = fields.Nested(DetailsSchema, load_default=Details)
