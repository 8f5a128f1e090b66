"""What a live chat says of who writes besides their name: what they gave, where they are on the site."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

MOST_PAGES: Final = 20
MOST_ANSWERS: Final = 30


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site, and when the visitor came to it."""

    url: str
    at: datetime
    title: str = ""


@dataclass(frozen=True, slots=True)
class Visitor:
    """`email` and `phone` are what the visitor typed: nobody proved them, unless `verified` says that the
    site's own server signed it. `answers` are those to the form's other fields, by key, `consents` the keys
    of what was agreed to. `pages` are the latest pages, oldest first, `campaign` the `utm_…` values of the
    first one without their prefix. `language` and `time_zone` are the browser's. `network` marks where one
    writes from whom nobody vouches for: the same for all of one line, and no address can be read from it.
    """

    email: str = ""
    phone: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    consents: list[str] = field(default_factory=list)
    verified: bool = False
    language: str = ""
    time_zone: str = ""
    referrer: str = ""
    pages: list[Page] = field(default_factory=list)
    campaign: dict[str, str] = field(default_factory=dict)
    network: str = ""


class PageSchema(ContractSchema):
    """A page on the wire."""

    builds = Page
    url = fields.String(required=True, validate=validate.Length(1, 2_000))
    at = UtcTime(required=True)
    title = fields.String(load_default="", validate=validate.Length(max=300))


class VisitorSchema(ContractSchema):
    """A visitor on the wire."""

    builds = Visitor
    email = fields.String(load_default="", validate=validate.Length(max=320))
    phone = fields.String(load_default="", validate=validate.Length(max=40))
    answers = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 60)),
        values=fields.String(validate=validate.Length(max=5_000)),
        load_default=dict,
        validate=validate.Length(max=MOST_ANSWERS),
    )
    consents = fields.List(
        fields.String(validate=validate.Length(1, 60)),
        load_default=list,
        validate=validate.Length(max=MOST_ANSWERS),
    )
    verified = fields.Boolean(load_default=False)
    language = fields.String(load_default="", validate=validate.Length(max=20))
    time_zone = fields.String(load_default="", validate=validate.Length(max=60))
    referrer = fields.String(load_default="", validate=validate.Length(max=2_000))
    pages = fields.List(
        fields.Nested(PageSchema), load_default=list, validate=validate.Length(max=MOST_PAGES)
    )
    campaign = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 40)),
        values=fields.String(validate=validate.Length(max=300)),
        load_default=dict,
        validate=validate.Length(max=10),
    )
    network = fields.String(load_default="", validate=validate.Length(max=64))
