"""Mails as documents."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Final

from services.notifier.domain.content import File
from services.notifier.domain.delivery import Failure
from services.notifier.domain.mail import DONE, Frame, Mail, Mailbox, Thread
from services.notifier.store.documents import Document
from shared.runtime.clock import utc_now

REMEMBERED: Final = timedelta(days=30)
"""For as long a request that comes again is known to be done."""
_BESIDE: Final = ("_id", "open", "expires_at", "recipients")
"""What a document has besides the mail's own fields."""


def mail_document(mail: Mail) -> Document:
    """What has addresses or headers as keys is stored as text: a dot in them must not upset the store."""
    document: Document = asdict(replace(mail, headers={}, refused={}, reached={}))
    document["_id"] = document.pop("id")
    # By these it is found, however somebody wrote the address.
    document["recipients"] = sorted({one.address.casefold() for one in (*mail.to, *mail.cc)})
    document |= {"headers": json.dumps(dict(mail.headers)), "refused": json.dumps(dict(mail.refused))}
    document["reached"] = [{"address": address, "at": at} for address, at in mail.reached.items()]
    if mail.stage == DONE:
        return document | {"open": False, "expires_at": utc_now() + REMEMBERED}
    return document | {"open": True}


def mail_of(document: Document) -> Mail:
    """The mail of a document, also of one from before mails had threads."""
    plain = {name: value for name, value in document.items() if name not in _BESIDE}
    sender, reply_to, failure = plain["sender"], plain["reply_to"], plain["failure"]
    return Mail(
        **plain
        | {
            "id": document["_id"],
            "to": tuple(Mailbox(**one) for one in plain["to"]),
            "cc": tuple(Mailbox(**one) for one in plain["cc"]),
            "left": tuple(plain["left"]),
            "taken": tuple(plain["taken"]),
            "sender": sender and Mailbox(**sender),
            "reply_to": reply_to and Mailbox(**reply_to),
            "files": tuple(File(**one) for one in plain["files"]),
            "headers": json.loads(plain["headers"]),
            "refused": json.loads(plain["refused"]),
            "reached": {one["address"]: one["at"] for one in plain.get("reached", ())},
            "thread": _thread_of(plain.get("thread")),
            "frame": Frame(**plain.get("frame", {})),
            "failure": failure and Failure(**failure),
        }
    )


def _thread_of(document: Document | None) -> Thread:
    return Thread(document["token"], tuple(document["references"])) if document else Thread()
