"""What the gateway must know of a chat: its sites, its secret, and what files it takes."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from services.webhook_gateway.channels.file_limits import web_address
from services.webhook_gateway.channels.webchat.origins import ANY, is_origin
from shared.runtime.channels_file import ChannelEntry
from shared.runtime.settings import SettingsError

KIND: Final = "webchat"
SITE_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,64}\Z")
MAX_FILE_BYTES: Final = 10 * 1024 * 1024
_MOST: Final = 100
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_OPEN: Final = "application/vnd.oasis.opendocument"
FILE_TYPES: Final = (
    *("image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "application/pdf"),
    *("text/plain", "text/csv", "audio/*", "video/*"),
    *(f"{_OFFICE}.{kind}" for kind in ("wordprocessingml.document", "spreadsheetml.sheet")),
    *(f"{_OFFICE}.presentationml.presentation", f"{_OPEN}.text", f"{_OPEN}.spreadsheet"),
    *("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"),
)
"""What people send a shop: pictures, letters, tables, recordings. Nothing that a browser or a system runs."""


@dataclass(frozen=True, slots=True)
class ChatSite:
    """One chat. `id` is the channel's, `site_key` what the site's page names it by (public, as the page is).

    `identity_secret` is shared with the site's server; a secret of `retired_secrets` still reads what was
    signed with it. `allowed_origins` are exact, or the one word ANY. `streams_url` and `public_url` are empty
    where the page reaches all of the gateway at the address it took the widget from. `file_types` may end
    with `/*`.
    """

    id: str
    site_key: str
    identity_secret: str = field(repr=False)
    allowed_origins: tuple[str, ...]
    retired_secrets: tuple[str, ...] = field(default=(), repr=False)
    streams_url: str = ""
    public_url: str = ""
    max_file_bytes: int = MAX_FILE_BYTES
    file_types: tuple[str, ...] = FILE_TYPES

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that count, the oldest first: the last one signs."""
        return (*self.retired_secrets, self.identity_secret)

    def allows(self, origin: str) -> bool:
        """Whether pages of this origin (the header's value) may use the chat."""
        if ANY in self.allowed_origins:
            return is_origin(origin)
        return origin in self.allowed_origins


def _is_allowed(text: str) -> None:
    if text != ANY and not is_origin(text):
        raise ValidationError(
            "Must be an origin as browsers write it, like https://shop.example.com (small letters,"
            ' nothing behind the host but an unusual port), or "*" for every site.'
        )


def _secret() -> fields.String:
    return fields.String(
        required=True,
        validate=validate.Length(32, 500, error="must have 32 to 500 characters: chance ones."),
    )


def _address() -> fields.String:
    address = web_address("")
    address.validators.insert(0, validate.Length(max=500))
    return address


class ChatSiteSchema(Schema):
    """The fields of the channels file that the gateway reads."""

    class Meta:
        """Other services' fields are theirs."""

        unknown = EXCLUDE

    site_key = fields.String(
        required=True,
        validate=validate.Regexp(SITE_KEY, error="must be 8 to 64 letters, digits, - or _."),
    )
    identity_secret = _secret()
    retired_secrets = fields.List(_secret(), load_default=list, validate=validate.Length(max=5))
    allowed_origins = fields.List(
        fields.String(validate=_is_allowed), required=True, validate=validate.Length(1, _MOST)
    )
    streams_url = _address()
    public_url = _address()
    max_file_bytes = fields.Integer(
        load_default=MAX_FILE_BYTES, validate=validate.Range(1, 100 * 1024 * 1024)
    )
    file_types = fields.List(
        fields.String(
            validate=validate.Regexp(r"[a-z]+/(\*|[a-z0-9][a-z0-9.+-]{0,80})\Z", error="not a type.")
        ),
        load_default=lambda: list(FILE_TYPES),
        validate=validate.Length(max=_MOST),
    )

    @post_load
    def _settled(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        lists = ("retired_secrets", "allowed_origins", "file_types")
        bases = ("streams_url", "public_url")
        return data | {name: tuple(data[name]) for name in lists} | {n: data[n].rstrip("/") for n in bases}


def sites_among(entries: Sequence[ChannelEntry]) -> list[ChatSite]:
    """The chats of a channels file. SettingsError with every mistake about them."""
    sites: list[ChatSite] = []
    mistakes: list[str] = []
    for entry in entries:
        if entry.kind == KIND:
            try:
                sites.append(ChatSite(id=entry.id, **entry.resolve(ChatSiteSchema(), os.environ)))
            except SettingsError as error:
                mistakes += error.mistakes
    mistakes += _doubles(sites)
    if mistakes:
        raise SettingsError(mistakes)
    return sites


def _doubles(sites: Sequence[ChatSite]) -> list[str]:
    """What is wrong with the chats taken together: two that answer to one name."""
    owners = {site.id: site for site in sites}
    found = []
    for site in sites:
        other = owners.setdefault(site.site_key, site)
        if other is not site:
            found.append(f"channel {site.id}: site_key: channel {other.id} has the same.")
    return found
