"""What an earlier version stored, made readable for this one; nothing is left to do the second time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.database import Database

from services.notifier.store.documents import Document

_BATCH: Final = 500


def adapt(db: Database[Document]) -> int:
    """Deliveries from before messages had parts, and pauses from before they were reported; how many.

    Run before the processes of this version start, after those of the earlier one have ended.
    """
    changed = 0
    updates: list[UpdateOne] = []
    for update in _deliveries(db):
        updates.append(update)
        if len(updates) == _BATCH:
            changed += db["deliveries"].bulk_write(updates, ordered=False).modified_count
            updates = []
    if updates:
        changed += db["deliveries"].bulk_write(updates, ordered=False).modified_count
    pauses = db["channel_pauses"].update_many({"reported": {"$exists": False}}, {"$set": {"reported": False}})
    return changed + pauses.modified_count


def _deliveries(db: Database[Document]) -> Iterator[UpdateOne]:
    for document in db["deliveries"].find({"message_id": {"$exists": False}}):
        whole: dict[str, Any] = {
            "message_id": document["_id"],
            "part": 0,
            "parts": 1,
            "attempt": 0,
            "reply_to": None,
            "tries": document["attempts"],
            "tried_at": None,
            "content": _content(document["content"]),
        }
        yield UpdateOne({"_id": document["_id"]}, {"$set": whole, "$unset": {"attempts": ""}})


def _content(content: Document) -> Document:
    template, rest = content["template"], ""
    if template:
        rest = json.dumps({"template": template | {"components": json.loads(template["components"])}})
    return {"kind": content["kind"], "text": content["text"], "rest": rest}
