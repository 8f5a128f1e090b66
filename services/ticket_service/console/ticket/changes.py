"""What changed on a ticket, each change as a sentence that says who did it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _

from services.ticket_service.act import (
    confidential,
    deleting,
    editing,
    files,
    interventions,
    merging,
    rating,
    relations,
    resending,
    spam,
    splitting,
    time_entries,
    transcripts,
    triage,
)
from services.ticket_service.act.internal import WATCHERS
from services.ticket_service.console import formats
from services.ticket_service.console.ticket import labels
from services.ticket_service.console.ticket.names import Names
from services.ticket_service.domain.history import OPENED, SYSTEM, HistoryEntry
from services.ticket_service.jobs import unread_answers
from services.ticket_service.opening import RULE

SLA: Final = "sla_"
_LONG: Final = frozenset({"solution", "description"})
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Sentence:
    """One change for people; `before` and `after` are texts too long for a sentence."""

    text: str
    before: str = ""
    after: str = ""


def sentence(entry: HistoryEntry, names: Names) -> Sentence:
    """The change as people say it."""
    who = _who(entry)
    teller = _TOLD.get(entry.what)
    if teller is not None:
        return teller(entry, who, names)
    if entry.what.startswith(SLA):
        return _promise(entry, names)
    if entry.what.startswith(f"{interventions.INTERVENTION}."):
        name = entry.what.partition(".")[2]
        label = str(labels.INTERVENTION_FIELDS.get(name, name))
        return _changed(entry, who, _("%(field)s of the intervention", field=label), _step(names, name))
    return _changed(entry, who, names.field(entry.what), lambda value: names.value(entry.what, value))


def _who(entry: HistoryEntry) -> str:
    return entry.who.name or (_("The desk") if entry.who.kind == SYSTEM else _("Customer"))


def _step(names: Names, name: str) -> Callable[[Any], str]:
    if name == "status":
        return lambda value: str(labels.STEPS.get(value, value))
    return lambda value: names.value(name, value)


def _changed(entry: HistoryEntry, who: str, field: str, shown: Callable[[Any], str]) -> Sentence:
    before, after = shown(entry.before), shown(entry.after)
    if max(len(before), len(after)) > _LONGEST or entry.what in _LONG:
        return Sentence(_("%(who)s rewrote: %(field)s", who=who, field=field), before, after)
    said = {"who": who, "field": field, "before": before, "after": after}
    if not after:
        return Sentence(_("%(who)s emptied %(field)s, which was “%(before)s”", **said))
    if not before:
        return Sentence(_("%(who)s set %(field)s to “%(after)s”", **said))
    return Sentence(_("%(who)s changed %(field)s from “%(before)s” to “%(after)s”", **said))


def _opened(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    status = names.value("status", entry.after)
    return Sentence(_("%(who)s opened the ticket as “%(status)s”", who=who, status=status))


def _promise(entry: HistoryEntry, names: Names) -> Sentence:
    name = entry.what.removeprefix(SLA)
    promise = str(labels.PROMISES.get(name, name))
    state = str(labels.PROMISE_STATES.get(entry.after, entry.after))
    return Sentence(_("%(promise)s: the promise is %(state)s", promise=promise, state=state))


def _watchers(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    before, after = entry.before or [], entry.after or []
    more = [each for each in after if each not in before]
    if more:
        return Sentence(_("%(people)s now watch the ticket", people=names.people(more)))
    fewer = [each for each in before if each not in after]
    return Sentence(_("%(people)s no longer watch the ticket", people=names.people(fewer)))


def _relation(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    kind, _sign, number = str(entry.after or entry.before).partition(" ")
    said = {"who": who, "number": number, "kind": str(labels.RELATIONS.get(kind, kind))}
    if entry.after:
        return Sentence(_("%(who)s tied the ticket to %(number)s (%(kind)s)", **said))
    return Sentence(_("%(who)s took back the tie to %(number)s (%(kind)s)", **said))


def _asked(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    if entry.before is None:
        return Sentence(_("%(who)s asked the customer for something in confidence", who=who))
    state = str(labels.ASKED.get(entry.after, entry.after))
    return Sentence(_("What was asked in confidence is now %(state)s (%(who)s)", state=state, who=who))


def _intervention(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    said = entry.after or entry.before or {}
    title = said.get("title", "")
    if entry.after:
        return Sentence(_("%(who)s planned the intervention “%(title)s”", who=who, title=title))
    return Sentence(_("%(who)s deleted the intervention “%(title)s”", who=who, title=title))


def _time(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    said = entry.after or entry.before or {}
    shown = {
        "who": who,
        "time": formats.duration(60 * int(said.get("minutes", 0))),
        "name": names.user(said.get("user", "")),
        "day": formats.day(said.get("worked_on", "")),
    }
    if not entry.after:
        return Sentence(_("%(who)s took back %(time)s of %(name)s on %(day)s", **shown))
    if entry.before:
        return Sentence(_("%(who)s corrected the time of %(name)s on %(day)s to %(time)s", **shown))
    return Sentence(_("%(who)s entered %(time)s of %(name)s on %(day)s", **shown))


def _edited(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    text = _("%(who)s put an action in other words", who=who)
    return Sentence(text, str(entry.before or ""), str(entry.after or ""))


def _thrown_away(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    return Sentence(_("%(who)s threw a draft away", who=who), str(entry.before or ""))


def _resent(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    if entry.after is None:
        return Sentence(_("%(who)s sent a message again", who=who))
    return Sentence(_("%(who)s sent comment #%(number)s again", who=who, number=entry.after))


_Teller = Callable[[HistoryEntry, str, Names], Sentence]


def _merged(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    return Sentence(_("%(who)s merged %(number)s into this ticket", who=who, number=entry.after))


def _merged_into(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    return Sentence(_("%(who)s merged this ticket into %(number)s", who=who, number=entry.after))


def _split(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    return Sentence(_("%(who)s made %(number)s of an action of this ticket", who=who, number=entry.after))


def _split_from(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    return Sentence(_("%(who)s made this ticket of an action of %(number)s", who=who, number=entry.after))


def _deleted(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    return Sentence(_("%(who)s deleted the ticket", who=who))


def _restored(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    return Sentence(_("%(who)s brought the ticket back", who=who))


def _blocked(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    return Sentence(_("%(who)s blocked the sender %(sender)s", who=who, sender=entry.after))


def _mail_joined(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    return Sentence(_("%(who)s put a mail of %(sender)s on this ticket", who=who, sender=entry.after))


def _fetched_again(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    return Sentence(_("%(who)s had the file “%(file)s” fetched again", who=who, file=entry.after))


def _rule(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    return Sentence(_("The rule “%(rule)s” was applied", rule=entry.after))


def _rated(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    before, (score, _sign, words) = str(entry.before or ""), str(entry.after).partition(": ")
    text = _("%(who)s rated what was done: %(score)s of 5", who=who, score=score)
    return Sentence(text, before, words)


def _followed_by_mail(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    return Sentence(_("What nobody read in the chat went to %(address)s by mail", address=entry.after))


def _transcript(entry: HistoryEntry, who: str, names: Names) -> Sentence:
    return Sentence(_("%(who)s had the talk sent to %(address)s", who=who, address=entry.after))


_TOLD: Final[Mapping[str, _Teller]] = {
    OPENED: _opened,
    RULE: _rule,
    WATCHERS: _watchers,
    merging.MERGED: _merged,
    merging.MERGED_INTO: _merged_into,
    splitting.SPLIT: _split,
    splitting.SPLIT_FROM: _split_from,
    deleting.DELETED: _deleted,
    deleting.RESTORED: _restored,
    spam.BLOCKED: _blocked,
    triage.MAIL_JOINED: _mail_joined,
    relations.RELATION: _relation,
    confidential.REQUEST: _asked,
    interventions.INTERVENTION: _intervention,
    time_entries.TIME: _time,
    editing.ACTION_EDITED: _edited,
    resending.DRAFT_DELETED: _thrown_away,
    resending.RESENT: _resent,
    files.ASKED_AGAIN: _fetched_again,
    rating.SATISFACTION: _rated,
    unread_answers.MAILED: _followed_by_mail,
    transcripts.TRANSCRIPT: _transcript,
}
