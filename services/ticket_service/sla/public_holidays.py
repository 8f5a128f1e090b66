"""Public holidays of countries and their parts, from the library `holidays`; imported when first needed."""

from __future__ import annotations

import warnings
from datetime import date
from functools import lru_cache


class UnknownRegion(Exception):
    """No such country, or no such part of it; `field` says which, `allowed` are those there are."""

    def __init__(self, field: str, allowed: list[str]) -> None:
        super().__init__(field)
        self.field = field
        self.allowed = allowed


@lru_cache(maxsize=1)
def countries() -> dict[str, list[str]]:
    """Every country whose holidays are known (ISO 3166-1) with its parts (ISO 3166-2 without the country)."""
    import holidays

    return {
        country: sorted(parts)
        for country, parts in sorted(holidays.list_supported_countries(include_aliases=False).items())
    }


def check_region(country: str | None, subdivision: str | None) -> None:
    """UnknownRegion unless the holidays of this country, and this part of it, are known; None is none."""
    known = countries()
    if country is not None and country not in known:
        raise UnknownRegion("country", list(known))
    if subdivision is not None and subdivision not in known.get(country or "", ()):
        raise UnknownRegion("subdivision", known.get(country or "", []))


@lru_cache(maxsize=512)
def named_holidays(country: str, subdivision: str | None, year: int) -> dict[date, str]:
    """A year's holidays with their names, in order. UnknownRegion."""
    check_region(country, subdivision)
    import holidays

    with warnings.catch_warnings():
        # For some countries the library knows some years only, and says so; what it knows is what there is.
        warnings.simplefilter("ignore")
        found = holidays.country_holidays(country, subdiv=subdivision, years=year)
    return dict(sorted(found.items()))


@lru_cache(maxsize=512)
def public_holidays(country: str | None, subdivision: str | None, year: int) -> frozenset[date]:
    """A year's holidays; none without a country, and none for a region that the library has no longer."""
    if country is None:
        return frozenset()
    try:
        return frozenset(named_holidays(country, subdivision, year))
    except UnknownRegion:
        return frozenset()
