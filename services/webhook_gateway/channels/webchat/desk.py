"""The doors of those who have a token: what they say, send and do becomes events, in one publish each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import time_ns
from typing import Final

from flask import Response, jsonify, request

from services.webhook_gateway.channels.webchat.bodies import BEACON, in_time, json_body
from services.webhook_gateway.channels.webchat.form_file import sent_file
from services.webhook_gateway.channels.webchat.guard import Caller, Guard, bearer
from services.webhook_gateway.channels.webchat.limits import Rate
from services.webhook_gateway.channels.webchat.normalise import line_id, message
from services.webhook_gateway.channels.webchat.offers import Offers
from services.webhook_gateway.channels.webchat.people import NOWHERE, told_by
from services.webhook_gateway.channels.webchat.receipts import acted, rating, receipts
from services.webhook_gateway.channels.webchat.reply import accepted, not_offered
from services.webhook_gateway.channels.webchat.said import (
    Browser,
    MessageSchema,
    RatingSchema,
    Said,
    SeenPage,
    SignsSchema,
    SiteVisit,
    ToldSchema,
    TranscriptSchema,
)
from services.webhook_gateway.channels.webchat.uploads import (
    Room,
    Upload,
    claim,
    keep,
    named_by,
    not_known,
    token_of,
)
from services.webhook_gateway.channels.webchat.verify import ChatVisitor, TokenRefused, network_mark
from services.webhook_gateway.ports import Item
from services.webhook_gateway.receive import Intake
from shared.contracts.delivery_state import DELIVERED, READ
from shared.contracts.times import format_utc
from shared.contracts.visitor_acted import ASKED_TRANSCRIPT, MOVED, TOLD, TYPED
from shared.messaging.message import BrokerUnavailable
from shared.runtime.ids import new_id
from shared.web.problems import Problem

RETRY_SECONDS: Final = 5
UPLOAD_SECONDS: Final = 120.0
MESSAGES: Final = Rate(20, 60)
MESSAGES_OF_ADDRESS: Final = Rate(200, 60)
ACTS: Final = Rate(10, 60)
SIGNS: Final = Rate(120, 60)
RECEIPTS: Final = Rate(1_000, 60)
"""Lines said to have come or been read: one is kept for days when nobody knows its line (yet)."""
RECEIPTS_OF_ADDRESS: Final = Rate(5_000, 60)
TYPINGS: Final = Rate(1, 3)
MOVES: Final = Rate(1, 5)
TRANSCRIPTS: Final = Rate(1, 600)
RATINGS: Final = Rate(10, 3_600)
"""Each stands in the ticket's history, and is told to whoever has a webhook."""
UPLOADS: Final = Rate(20, 60)
UPLOADED_BYTES: Final = Rate(100 * 1024 * 1024, 3_600)
UPLOADED_BYTES_OF_ADDRESS: Final = Rate(500 * 1024 * 1024, 3_600)

_message: Final = MessageSchema()
_signs: Final = SignsSchema()
_told: Final = ToldSchema()
_rating: Final = RatingSchema()
_transcript: Final = TranscriptSchema()


@dataclass(frozen=True, slots=True)
class Desk:
    """What visitors can do."""

    guard: Guard
    offers: Offers
    intake: Intake
    room: Room

    def post_message(self, caller: Caller, visitor: ChatVisitor) -> Response:
        """Take a message: 202 once it is safe, 503 when nothing may be promised."""
        self.guard.limit(f"message:{visitor.contact_key}", MESSAGES)
        self.guard.limit(f"message:{caller.address}", MESSAGES_OF_ADDRESS)
        said: Said = json_body(_message)
        if not self.offers.current(caller.site.id).page_context:
            said = replace(said, visit=NOWHERE)
        network = network_mark(caller.site, visitor, caller.address)
        items = message(visitor, said, self._files(caller, visitor, said), caller.at, network)
        self._accept(items, caller)
        return accepted(id=line_id(visitor, said.id), at=format_utc(caller.at))

    def post_file(self, caller: Caller, visitor: ChatVisitor) -> Response:
        """Keep a file until a message names it."""
        if not self.offers.current(caller.site.id).files:
            raise not_offered("Files are not taken in this chat.")
        self.guard.limit(f"file:{visitor.contact_key}", UPLOADS)
        # What is announced counts before it is read, or a thousand uploads at a time would all be let in.
        size = min(request.content_length or caller.site.max_file_bytes, caller.site.max_file_bytes)
        self.guard.limit(f"bytes:{visitor.contact_key}", UPLOADED_BYTES, size)
        self.guard.limit(f"bytes:{caller.address}", UPLOADED_BYTES_OF_ADDRESS, size)
        with in_time(UPLOAD_SECONDS):
            upload = keep(caller.site, sent_file(caller.site.max_file_bytes), self.room, caller.at)
        answer = jsonify(
            token=token_of(caller.site, visitor, upload),
            name=upload.name,
            type=upload.type,
            size=upload.size,
            kind=upload.kind,
        )
        answer.status_code = 201
        return answer

    def post_signs(self, caller: Caller) -> Response:
        """Receipts, and what is worthless when late. A beacon has no headers: its token is in the body."""
        token = bearer()
        if token or request.mimetype not in BEACON:
            visitor, body = self.guard.visitor(caller, token), json_body(_signs, BEACON)
        else:
            body = json_body(_signs, BEACON)
            visitor = self.guard.visitor(caller, body["token"])
        self.guard.limit(f"sign:{visitor.contact_key}", SIGNS)
        items = [
            *receipts(visitor, DELIVERED, body["delivered"], caller.at),
            *receipts(visitor, READ, body["read"], caller.at),
        ]
        if items:
            self.guard.limit(f"receipt:{visitor.contact_key}", RECEIPTS, len(items))
            self.guard.limit(f"receipt:{caller.address}", RECEIPTS_OF_ADDRESS, len(items))
            self._accept(items, caller)
        if body["typing"] and not self.guard.rates.take(f"typing:{visitor.contact_key}", TYPINGS):
            self.intake.mention([acted(visitor, TYPED, caller.at, new_id())], caller.at)
        if body["page"] is not None:
            self._moved(caller, visitor, body["page"])
        return Response(status=204)

    def post_details(self, caller: Caller, visitor: ChatVisitor) -> Response:
        """What visitors tell of themselves."""
        self.guard.limit(f"act:{visitor.contact_key}", ACTS)
        body = json_body(_told)
        details = body["details"]
        told = told_by(visitor, details, Browser(body["language"], body["time_zone"]))
        self._accept([acted(visitor, TOLD, caller.at, new_id(), name=details.name, told=told)], caller)
        return Response(status=204)

    def post_rating(self, caller: Caller, visitor: ChatVisitor) -> Response:
        """How it was; whether the ticket is theirs the desk looks at, and says nothing either way."""
        self.guard.limit(f"rating:{visitor.contact_key}", RATINGS)
        if not self.offers.current(caller.site.id).rating:
            raise not_offered("Nobody is asked to rate in this chat.")
        body = json_body(_rating)
        items = rating(visitor, body["id"], body["ticket"], body["score"], body["text"], caller.at)
        self._accept(items, caller)
        return accepted(id=line_id(visitor, body["id"]), at=format_utc(caller.at))

    def post_transcript(self, caller: Caller, visitor: ChatVisitor) -> Response:
        """They want the talk as a mail; where it goes the desk decides by what it is told, now or before."""
        if not self.offers.current(caller.site.id).transcript:
            raise not_offered("Transcripts are not sent from this chat.")
        details = json_body(_transcript)["details"]
        self.guard.limit(f"transcript:{visitor.contact_key}", TRANSCRIPTS)
        told = told_by(visitor, details)
        wish = acted(visitor, ASKED_TRANSCRIPT, caller.at, new_id(), name=details.name, told=told)
        self._accept([wish], caller)
        return accepted(at=format_utc(caller.at))

    def _files(self, caller: Caller, visitor: ChatVisitor, said: Said) -> list[Upload]:
        """The files a message names; from now on they stay."""
        found = []
        for position, token in enumerate(said.files):
            try:
                found.append(named_by(caller.site, visitor, token))
            except TokenRefused:
                raise not_known(position) from None
        claim(found, self.room, caller.at)
        return found

    def _moved(self, caller: Caller, visitor: ChatVisitor, page: SeenPage) -> None:
        if not page.url or not self.offers.current(caller.site.id).page_context:
            return
        if not self.guard.rates.take(f"move:{visitor.contact_key}", MOVES):
            told = told_by(visitor, visit=SiteVisit(pages=[page]), now=caller.at)
            self.intake.mention([acted(visitor, MOVED, caller.at, new_id(), told=told)], caller.at)

    def _accept(self, items: Sequence[Item], caller: Caller) -> None:
        try:
            self.intake.accept(items, caller.at, time_ns())
        except BrokerUnavailable:
            self.intake.refused("broker-unavailable")
            raise Problem(
                503,
                "unavailable",
                "Not available now",
                "Nothing was accepted; send it again with the same id.",
                headers={"Retry-After": str(RETRY_SECONDS)},
            ) from None
