"""Rules for mails: kept only if all that they name exists, put in order, tried out on a mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.ticket_service.act import ordering
from services.ticket_service.act.fields import check_fields
from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import Desk, Frame, NotFound, Remember
from services.ticket_service.domain.canned_reply import CannedReply
from services.ticket_service.domain.mail_rule import (
    AUTOMATIC,
    CHANNEL,
    HOLD,
    IGNORE,
    IS,
    MOST_RULES,
    OPEN,
    MailAction,
    MailFacts,
    MailRule,
    Tried,
    explained,
    mistakes,
)
from services.ticket_service.domain.sharing import EVERYBODY
from services.ticket_service.mail_rules import facts_of_stored
from services.ticket_service.ports import Changes, DeskStore
from shared.contracts import received_mail

FIRES: Final = "fires"
BEHIND: Final = "behind"
OFF: Final = "off"
CONDITIONS: Final = "conditions"
WHYS: Final = (FIRES, BEHIND, OFF, CONDITIONS)
"""How a rule stood: it decides; it would, but one before it did; it is off; something did not hold."""
Mistake = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Trial:
    """What rules would do with one mail: each with how it stood, and the one that decides."""

    tried: Sequence[tuple[Tried, str]]

    @property
    def decides(self) -> MailRule | None:
        """The rule that decides; None when none fires."""
        return next((each.rule for each, why in self.tried if why == FIRES), None)


def must_fit(desk: Desk, rule: MailRule, mailboxes: Sequence[str]) -> None:
    """Unfit, with all mistakes, unless the rule can work and everything exists that it names."""
    others = [each for each in desk.store.all(MailRule) if each.id != rule.id]
    found = [*mistakes(rule), *_in_conditions(rule, mailboxes), *_in_action(desk, rule.then)]
    if len(others) >= MOST_RULES:
        found.append(("name", f"A desk has at most {MOST_RULES} rules; delete one first."))
    if found:
        raise Unfit(found)


def put_in_order(
    desk: Desk, ids: Sequence[str], frame: Frame, remember: Remember[list[MailRule]]
) -> list[MailRule]:
    """The order in which rules are tried, each named once. Unfit, TooBusy."""
    return ordering.put_in_order(
        desk,
        lambda: {each.id: each for each in desk.store.records(MailRule, {})},
        ids,
        "ids",
        Changes,
        frame,
        remember,
        place="position",
    )


def stored_facts(store: DeskStore, message_id: str) -> MailFacts:
    """What rules look at, of a mail that is stored. NotFound."""
    message = store.load_messages([message_id]).get(message_id)
    if message is None or message.mail is None or message.mail.sender is None:
        raise NotFound("mail")
    talks = store.load_conversations([message.conversation_id or ""])
    files = store.load_attachments(message.attachments) if message.attachments else {}
    channel = next((each.channel_id for each in talks.values()), "")
    return facts_of_stored(message, channel, files.values())


def tried(desk: Desk, facts: MailFacts, draft: MailRule | None) -> Trial:
    """What the rules, with `draft` in place of the one it changes, would do. Changes nothing."""
    rules = [each for each in desk.store.records(MailRule, {}) if draft is None or each.id != draft.id]
    stood, decided = [], False
    for each in explained([*rules, *([draft] if draft is not None else [])], facts):
        why = (BEHIND if decided else FIRES) if each.fires else CONDITIONS if each.rule.active else OFF
        decided = decided or each.fires
        stood.append((each, why))
    return Trial(stood)


def _in_conditions(rule: MailRule, mailboxes: Sequence[str]) -> Iterator[Mistake]:
    """What is compared word by word has to be one of the words there are."""
    known = {CHANNEL: mailboxes, AUTOMATIC: received_mail.AUTOMATIC}
    for at, each in enumerate(rule.conditions):
        words = known.get(each.what)
        if words is not None and each.how == IS and each.value not in words:
            choice = f"Use one of: {', '.join(words)}." if words else "The desk has none yet."
            yield f"conditions.{at}.value", f"There is no {each.what} {each.value!r}. {choice}"


def _in_action(desk: Desk, then: MailAction) -> Iterator[Mistake]:
    if then.do in (HOLD, IGNORE):
        yield from _needless(then)
        return
    if then.reason:
        yield "then.reason", "A reason is for mails that wait or are left aside."
    if then.reply_with is not None:
        if then.do != OPEN or then.silent:
            yield "then.reply_with", "Only a mail that opens a ticket, and not in silence, is answered."
        reply = desk.store.record(CannedReply, then.reply_with)
        if reply is None or reply.shared != EVERYBODY:
            yield "then.reply_with", "Use a canned reply that is shared with everybody."
    try:
        check_fields(desk, {}, then.fields, frozenset[str]())
    except Unfit as error:
        yield from ((f"then.fields.{name}", problem) for name, problem in error.mistakes)


def _needless(then: MailAction) -> Iterator[Mistake]:
    given: dict[str, object] = {"fields": then.fields, "reply_with": then.reply_with, "silent": then.silent}
    for name, value in given.items():
        if value:
            yield f"then.{name}", "This is for mails that become tickets; leave it out."
