"""An administrator says which notices are sent, to whom and in which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from services.ticket_service.act.keeping import save_record
from services.ticket_service.acting import Desk, Frame, until_saved
from services.ticket_service.domain.notice_texts import default_text
from services.ticket_service.domain.notices import Notices, NoticeText
from services.ticket_service.notices.writing import Written, clean, filled, values_of, written
from services.ticket_service.ports import SECTION
from shared.contracts import ticket_fact
from shared.contracts.ticket_fact import SlaRef, StatusRef, TicketFact
from shared.texts.liquid import TemplateError

_EXAMPLE_SLA: Final = SlaRef("first_response", ticket_fact.EXAMPLE.happened_at)
_VALUES: Final[dict[str, Any]] = {
    "ticket": {"number": "", "title": "", "status": "", "previous_status": ""},
    "customer": {"name": ""},
    "actor": {"name": ""},
    "sla": {"target": "", "due_at": ""},
    "text": "",
    "name": "",
}
_USABLE: Final = ", ".join(
    f"{name}.{part}" if value else name for name, value in _VALUES.items() for part in (value or [""])
)


class WrongNotices(Exception):
    """Some settings cannot be; `mistakes` are (dotted field, what is wrong and what helps)."""

    def __init__(self, mistakes: list[tuple[str, str]]) -> None:
        super().__init__(str(mistakes))
        self.mistakes = mistakes


def current(desk: Desk) -> Notices:
    """The settings as they are stored this moment."""
    return desk.store.record(Notices, SECTION) or Notices()


def change(
    desk: Desk, wanted: Mapping[str, Any], frame: Frame, unchanged: Callable[[Notices], None]
) -> Notices:
    """Set fields of the section; HTML is cleaned. WrongNotices, TooBusy, and what `unchanged` raises."""
    new = {**wanted, **{name: clean(wanted[name]) for name in ("header", "footer") if name in wanted}}
    _check(desk, new)

    def attempt() -> Notices:
        notices = current(desk)
        unchanged(notices)
        for name, value in new.items():
            setattr(notices, name, value)
        save_record(desk, notices)
        return current(desk)

    return until_saved(attempt, frame)


def preview(
    desk: Desk, event: str, audience: str, language: str, status: str, own: NoticeText | None
) -> Written:
    """A notice as a reader would get it, with an example's values; `own`: words that are being written.

    WrongNotices when they cannot be filled, or when nobody of this audience is ever told of the event.
    """
    try:
        default_text(event, audience, "en")
    except KeyError:
        raise WrongNotices([("audience", f"Customers are never told of {event!r}.")]) from None
    if own is not None:
        _check_text("", own)
    kept = current(desk)
    notices = replace(kept, texts=(own,)) if own is not None else kept
    fact = _example(desk, status)
    values = values_of(fact, None, desk.store) | {"name": fact.recipient.name}
    return written(notices, event, audience, language, fact, values)


def _example(desk: Desk, key: str) -> TicketFact:
    statuses = {status.key: StatusRef(status.key, status.label) for status in desk.store.workflow().statuses}
    first = next(iter(statuses.values()))
    return replace(
        ticket_fact.EXAMPLE, status=statuses.get(key, first), previous_status=first, sla=_EXAMPLE_SLA
    )


def _check_text(place: str, text: NoticeText) -> None:
    """WrongNotices when words cannot be filled with a fact's values."""
    mistakes = []
    for name in ("subject", "body"):
        words = getattr(text, name)
        try:
            filled(replace(text, subject=words, body=""), _VALUES)
        except TemplateError as error:
            mistakes.append((f"{place}{name}", f"{error}. It may use: {_USABLE}."))
    if mistakes:
        raise WrongNotices(mistakes)


def _check(desk: Desk, wanted: Mapping[str, Any]) -> None:
    keys = [status.key for status in desk.store.workflow().statuses]
    unknown = f"There is no such status. Use one of: {', '.join(keys)}."
    mistakes = [(f"statuses.{key}", unknown) for key in wanted.get("statuses", {}) if key not in keys]
    for position, text in enumerate(wanted.get("texts", ())):
        if text.status and text.status not in keys:
            mistakes.append((f"texts.{position}.status", unknown))
        try:
            _check_text(f"texts.{position}.", text)
        except WrongNotices as error:
            mistakes += error.mistakes
    if mistakes:
        raise WrongNotices(mistakes)
