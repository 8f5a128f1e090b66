"""The channels that are polled: one line per kind, one folder per line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marshmallow import Schema

from services.mail_collector.channels.email.settings import EmailSettingsSchema

REGISTRY: Final[Mapping[str, Schema]] = {
    "email": EmailSettingsSchema(),
}
