"""What the desk offers on each channel, in MongoDB: one document per channel, the latest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.contracts import chat_offered
from shared.contracts.catalogue import CONTRACTS
from shared.contracts.chat_offered import ChatOffered
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

OFFERS: Final = "chat_offers"
_CONTRACT: Final = CONTRACTS[chat_offered.TYPE]


class MongoOffers:
    """The collection `chat_offers`; see the port Offers."""

    def __init__(self, db: Database[Document]) -> None:
        self._offers = db[OFFERS]

    def keep(self, offers: Sequence[ChatOffered]) -> None:
        """Keep each, unless a later one of its channel is there."""
        for offer in offers:
            earlier = {"_id": offer.channel_id, "revision": {"$lt": offer.revision}}
            with database_errors():
                try:
                    self._offers.replace_one(earlier, offer_document(offer), upsert=True)
                except DuplicateKeyError:
                    continue  # what is there is this one, or a later one

    def get(self, channel_id: str) -> ChatOffered | None:
        """What a channel offers; None when the desk has not said yet."""
        with database_errors():
            found = self._offers.find_one({"_id": channel_id})
        return offer_in(found) if found else None


def offer_document(offer: ChatOffered) -> Document:
    """The offer as the contract has it on the wire."""
    return {"_id": offer.channel_id, "revision": offer.revision, "offer": _CONTRACT.write(offer)}


def offer_in(document: Document) -> ChatOffered:
    """The offer in a document."""
    offer: ChatOffered = _CONTRACT.read(document["offer"])
    return offer
