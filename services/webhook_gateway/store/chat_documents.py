"""A line of a chat as a document, and back."""

from __future__ import annotations

from datetime import datetime

from services.webhook_gateway.chat_ports import Line
from shared.contracts import chat_posted
from shared.contracts.catalogue import CONTRACTS
from shared.contracts.chat_posted import ChatPosted
from shared.mongo.connect import Document

_CONTRACT = CONTRACTS[chat_posted.TYPE]


def line_key(channel_id: str, line_id: str) -> str:
    """A line's id is unique in its channel."""
    return f"{channel_id}:{line_id}"


def line_document(key: str, chat: str, seq: int, posted: ChatPosted, kept_at: datetime) -> Document:
    """The line as the contract has it on the wire, and what is looked for besides."""
    return {
        "_id": key,
        "chat": chat,
        "seq": seq,
        "visitor": posted.visitor_id,
        "at": posted.at,
        "kept_at": kept_at,
        "line": _CONTRACT.write(posted),
    }


def line(document: Document) -> Line:
    """The line in a document."""
    return Line(document["seq"], _CONTRACT.read(document["line"]))
