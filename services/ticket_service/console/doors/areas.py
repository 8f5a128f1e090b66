"""The areas of the doors."""

from __future__ import annotations

from typing import Final

from services.ticket_service.console.doors import access, login, openid, profile, setup

DOORS: Final = (login.blueprint, openid.blueprint, setup.blueprint, profile.blueprint, access.blueprint)
