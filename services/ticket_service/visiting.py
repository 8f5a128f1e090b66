"""What a live chat tells of its visitor, as the desk keeps it: the stay, what they say to be reached by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from services.ticket_service.domain.claim import Claim
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.identity import EMAIL, PHONE, Identity
from services.ticket_service.domain.text import clean_text
from services.ticket_service.domain.visit import Visit, VisitedPage
from services.ticket_service.ports import Changes
from shared.contracts.visitor import Visitor
from shared.contracts.whatsapp_number import canonical

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,60}")
"""What names an answer or a value of a campaign; the database takes no others everywhere."""
_NUMBER: Final = re.compile(r"[0-9+()./\s-]{4,40}")
_WEB: Final = ("https://", "http://")


def meet_visitor(
    visitor: Visitor,
    contact: Contact,
    conversation: Conversation,
    owners: MutableMapping[str, Contact],
    at: datetime,
    changes: Changes,
) -> None:
    """Keep what is told of a visitor at that time; what they claim makes them nobody else.

    `owners` are the contacts by the keys of their identities, those with a key of `signed_keys` among them:
    what the site's server vouches for is an identity, unless it is somebody else's.
    """
    if conversation.learn(visit_of(visitor, at)):
        changes.touch(conversation)
    for claim in claims_of(visitor, conversation.channel_id, at):
        signed = visitor.verified and claim.kind == EMAIL
        if signed and owners.setdefault(claim.key, contact) is contact:
            before = contact.identities
            contact.prove(Identity(claim.kind, claim.value, claim.value), at)
            changes.touch(contact if contact.identities is not before else None)
        elif contact.claim(claim):
            changes.touch(contact)
            # Somebody who can be reached now is looked at once more by what opens tickets for them.
            conversation.missed_at = None
            changes.touch(conversation)


def signed_keys(visitor: Visitor | None) -> Iterator[str]:
    """The keys of identities that the site's server vouches for."""
    if visitor is not None and visitor.verified and (address := _mail_address(visitor.email)) is not None:
        yield f"{EMAIL}:{address}"


def in_a_form(content: Mapping[str, Any], visitor: Visitor) -> Visitor:
    """The visitor, with what they typed in a form that an agent sent; nobody vouches for that."""
    answers = content.get("answers")
    if not isinstance(answers, Mapping):
        return visitor
    email, phone = (str(answers.get(name) or "") for name in (EMAIL, PHONE))
    if not email and not phone:
        return visitor
    return replace(visitor, email=email or visitor.email, phone=phone or visitor.phone, verified=False)


def visit_of(visitor: Visitor, at: datetime) -> Visit:
    """The stay. Addresses of pages that are none of the web are left out: people follow them."""
    return Visit(
        updated_at=at,
        referrer=_address(visitor.referrer),
        pages=[
            VisitedPage(_address(each.url), min(each.at, at), clean_text(each.title))
            for each in visitor.pages
            if _address(each.url)
        ],
        campaign=_named(visitor.campaign),
        language=clean_text(visitor.language),
        time_zone=clean_text(visitor.time_zone),
        answers=_named(visitor.answers),
        consents=[each for each in visitor.consents if _KEY.fullmatch(each)],
        verified=visitor.verified,
        network=clean_text(visitor.network),
    )


def claims_of(visitor: Visitor, channel_id: str, at: datetime) -> Iterator[Claim]:
    """What they say to be reached by, written as identities are; what reaches nobody is left out."""
    if (address := _mail_address(visitor.email)) is not None:
        yield Claim(EMAIL, address, at, channel_id)
    if (number := _number(visitor.phone)) is not None:
        yield Claim(PHONE, number, at, channel_id)


def _named(given: Mapping[str, str]) -> dict[str, str]:
    return {key: clean_text(value) for key, value in given.items() if _KEY.fullmatch(key) and value}


def _address(given: str) -> str:
    cleaned = clean_text(given.strip())
    return cleaned if cleaned.lower().startswith(_WEB) else ""


def _mail_address(given: str) -> str | None:
    try:
        checked = validate_email(given.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return checked.normalized.lower()


def _number(given: str) -> str | None:
    """E.164 where its country is told; else as it was typed, for people to call."""
    typed = clean_text(given.strip())
    plain = f"+{typed[2:]}" if typed.startswith("00") else typed
    try:
        parsed = phonenumbers.parse(plain, None)
    except phonenumbers.NumberParseException:
        return typed if _NUMBER.fullmatch(typed) else None
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return canonical(number) or number
