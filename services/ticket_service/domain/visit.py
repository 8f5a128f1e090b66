"""A visitor's stay on a site with a live chat: the pages they saw, whence they came, what they filled in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

MOST_PAGES: Final = 20
MOST_ANSWERS: Final = 60


@dataclass(frozen=True, slots=True)
class VisitedPage:
    """A page of the site, and when the visitor came to it."""

    url: str
    at: datetime
    title: str = ""


@dataclass(slots=True)
class Visit:
    """What is known of the visitor of a conversation; `updated_at` is when something of it was learnt last.

    `pages` are the newest, oldest first. `campaign` holds the `utm_…` values without their prefix. `answers`
    are those to the form's own fields, by key, `consents` the keys of what was agreed to. `verified`: the
    site's own server says who it is. `network` is the mark of where they last wrote from.
    """

    updated_at: datetime
    referrer: str = ""
    pages: list[VisitedPage] = field(default_factory=list)
    campaign: dict[str, str] = field(default_factory=dict)
    language: str = ""
    time_zone: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    consents: list[str] = field(default_factory=list)
    verified: bool = False
    network: str = ""

    @property
    def page(self) -> VisitedPage | None:
        """Where the visitor is now, or was last."""
        return self.pages[-1] if self.pages else None

    def learn(self, news: Visit) -> bool:
        """Take in what is told now; what it does not say stays. Whether anything is new.

        Whatever the order of arrival: pages are in the order in which they were seen, each once.
        """
        pages = _together(self.pages, news.pages)
        found = Visit(
            updated_at=max(self.updated_at, news.updated_at),
            referrer=news.referrer or self.referrer,
            pages=pages,
            campaign=news.campaign or self.campaign,
            language=news.language or self.language,
            time_zone=news.time_zone or self.time_zone,
            answers=_newest({**self.answers, **news.answers}),
            consents=list(dict.fromkeys([*self.consents, *news.consents]))[:MOST_ANSWERS],
            verified=self.verified or news.verified,
            network=news.network or self.network,
        )
        changed = _facts(found) != _facts(self)
        if changed:
            for name in (*_FACTS, "updated_at"):
                setattr(self, name, getattr(found, name))
        return changed


_FACTS: Final = (
    *("referrer", "pages", "campaign", "language", "time_zone", "answers", "consents", "verified"),
    "network",
)


def _facts(visit: Visit) -> list[object]:
    return [getattr(visit, name) for name in _FACTS]


def _together(known: list[VisitedPage], told: list[VisitedPage]) -> list[VisitedPage]:
    pages = {(each.at, each.url): each for each in [*known, *told]}
    return sorted(pages.values(), key=lambda each: (each.at, each.url))[-MOST_PAGES:]


def _newest(answers: dict[str, str]) -> dict[str, str]:
    return dict(list(answers.items())[-MOST_ANSWERS:])
