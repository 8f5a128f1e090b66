"""The desk's mailboxes, as the channels file declares them: by which addresses it knows its own mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from marshmallow import EXCLUDE, Schema, fields

from services.ticket_service.domain.mail import MAIL, address_key
from shared.runtime.channels_file import ChannelEntry
from shared.runtime.settings import SettingsError


class _MailboxSchema(Schema):
    """What a mailbox declares openly: its address, and others whose mail arrives there."""

    class Meta:
        """How it is read and written to is other services' business."""

        unknown = EXCLUDE

    address = fields.Email(required=True)
    aliases = fields.List(fields.Email(), load_default=list)


def mailboxes(channels: Sequence[ChannelEntry], environ: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The addresses of each mailbox by its channel, its own first. SettingsError with all that have none."""
    schema, found, mistakes = _MailboxSchema(), {}, []
    for channel in channels:
        if channel.kind == MAIL:
            try:
                given = channel.resolve(schema, environ)
            except SettingsError as error:
                mistakes += error.mistakes
                continue
            found[channel.id] = tuple(map(address_key, (given["address"], *given["aliases"])))
    if mistakes:
        raise SettingsError(mistakes)
    return found
