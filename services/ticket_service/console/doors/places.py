"""Where somebody goes after the door: only ever to a page of this desk."""

from __future__ import annotations

from typing import Final

from services.ticket_service.domain.preferences import HOMES

HOME: Final = "/"
_LONGEST: Final = 2_000
_NOT_THERE: Final = ("/login", "/logout", "/setup", "/api/", "/texts/", "/assets/", "/console/")


def own_place(wanted: str | None) -> str:
    """The path, when it is one of ours that a person may want to see; else the home page.

    Browsers read `//host`, `/\\host` and paths with tabs or line breaks in them as addresses elsewhere.
    """
    place = wanted or HOME
    plain = place.isprintable() and not any(each in place for each in "\\ ") and len(place) <= _LONGEST
    if not plain or not place.startswith("/") or place.startswith("//"):
        return HOME
    return HOME if place.startswith(_NOT_THERE) else place


def after_login(wanted: str | None, home: str) -> str:
    """Where they wanted to go; who wanted nothing special goes to the section they chose as `home`."""
    place = own_place(wanted)
    return f"/{home}" if place == HOME and home in HOMES[1:] else place
