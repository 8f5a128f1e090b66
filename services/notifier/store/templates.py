"""Templates and what is to be done about them, in MongoDB."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import ASCENDING, MongoClient, ReplaceOne, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.notifier.domain.delivery import Failure
from services.notifier.domain.template import ChannelTemplate, TemplateRecord, TemplateSubmission
from services.notifier.domain.template_task import TemplateTask
from services.notifier.ports import T
from services.notifier.store.documents import Document
from services.notifier.store.repeat import until_decided
from shared.contracts.envelope import Event
from shared.mongo.transactions import database_errors
from shared.outbox.entry import COLLECTION, outbox_document
from shared.runtime.clock import utc_now

REMEMBERED: Final = timedelta(days=30)
"""For as long a submission that comes again is known to be done."""


class MongoTemplateStore:
    """Templates, their tasks and the outbox of one database."""

    def __init__(self, client: MongoClient[Document], db: Database[Document]) -> None:
        self._client = client
        self._db = db

    def prepare(self) -> None:
        """Create the indexes (again and again without harm)."""
        with database_errors():
            # The channel is a part of it: two channels may have templates of the same name.
            self._db["templates"].create_index(
                [("channel_id", ASCENDING), ("name", ASCENDING), ("language", ASCENDING)],
                name="by_name",
                unique=True,
            )
            self._db["template_tasks"].create_index("due_at", name="due")
            self._db["template_tasks"].create_index("expires_at", name="expiry", expireAfterSeconds=0)

    def transact(self, work: Callable[[MongoTemplateTransaction], T]) -> T:
        """Run `work` in one transaction, again when others wrote the same documents meanwhile."""
        return until_decided(self._client, lambda session: work(MongoTemplateTransaction(self._db, session)))

    def template(self, channel_id: str, name: str, language: str) -> ChannelTemplate | None:
        """One template."""
        with database_errors():
            document = self._db["templates"].find_one(
                {"channel_id": channel_id, "name": name, "language": language}
            )
        return _template_of(document) if document else None

    def claim(self, channel_ids: Collection[str], now: datetime, until: datetime) -> TemplateTask | None:
        """The task that has been due for longest, moved on to `until` in the same step."""
        with database_errors():
            document = self._db["template_tasks"].find_one_and_update(
                {"due_at": {"$lte": now}, "channel_id": {"$in": list(channel_ids)}},
                {"$set": {"due_at": until}, "$inc": {"claims": 1}},
                sort=[("due_at", ASCENDING)],
                return_document=ReturnDocument.AFTER,
            )
        return _task_of(document) if document else None


class MongoTemplateTransaction:
    """Reads and writes of one transaction."""

    def __init__(self, db: Database[Document], session: ClientSession) -> None:
        self._db = db
        self._session = session

    def templates(self, channel_id: str) -> list[ChannelTemplate]:
        """All templates of a channel."""
        found = self._db["templates"].find({"channel_id": channel_id}, session=self._session)
        return [_template_of(document) for document in found]

    def save_templates(self, templates: Sequence[ChannelTemplate]) -> None:
        """Add or replace templates."""
        writes = []
        for template in templates:
            record = template.record
            key = {"channel_id": template.channel_id, "name": record.name, "language": record.language}
            writes.append(ReplaceOne(key, key | _template_document(template), upsert=True))
        if writes:
            self._db["templates"].bulk_write(writes, session=self._session)

    def ask(self, task: TemplateTask) -> None:
        """Add the task; of a known reading bring the time forward."""
        new: dict[str, Any] = {
            "channel_id": task.channel_id,
            "submission": task.submission and _submission_document(task.submission),
            "claims": task.claims,
            "tries": task.tries,
            "troubled": task.troubled,
        }
        if task.submission is None:
            change = {"$setOnInsert": new, "$min": {"due_at": task.due_at}, "$inc": {"asked": 1}}
        else:
            change = {"$setOnInsert": new | {"due_at": task.due_at, "asked": 1}}
        self._db["template_tasks"].update_one({"_id": task.id}, change, upsert=True, session=self._session)

    def finish(self, task: TemplateTask) -> None:
        """Keep a claimed task; asked for again meanwhile, only its time stays as it was asked for."""
        tasks = self._db["template_tasks"]
        kept: Document = {"tries": task.tries, "troubled": task.troubled}
        tasks.update_one({"_id": task.id}, {"$set": kept}, session=self._session)
        time: Document = {"due_at": task.due_at}
        if task.due_at is None:
            time["expires_at"] = utc_now() + REMEMBERED
        tasks.update_one({"_id": task.id, "asked": task.asked}, {"$set": time}, session=self._session)

    def announce(self, events: Sequence[Event]) -> None:
        """Put events into the outbox."""
        if events:
            self._db[COLLECTION].insert_many(
                [outbox_document(event) for event in events], session=self._session
            )


def _template_document(template: ChannelTemplate) -> Document:
    """Components as text: no key or number of the provider's can upset the store."""
    record = asdict(template.record)
    record["components"] = json.dumps(record["components"])
    return {
        "channel_kind": template.channel_kind,
        "record": record,
        "revision": template.revision,
        "changed_at": template.changed_at,
        "request_id": template.request_id,
        "error": template.error and asdict(template.error),
    }


def _template_of(document: Document) -> ChannelTemplate:
    record: Document = document["record"]
    error = document["error"]
    return ChannelTemplate(
        channel_id=document["channel_id"],
        channel_kind=document["channel_kind"],
        record=TemplateRecord(**record | {"components": tuple(json.loads(record["components"]))}),
        revision=document["revision"],
        changed_at=document["changed_at"],
        request_id=document["request_id"],
        error=error and Failure(**error),
    )


def _submission_document(submission: TemplateSubmission) -> Document:
    return asdict(submission) | {"components": json.dumps(list(submission.components))}


def _task_of(document: Document) -> TemplateTask:
    submission: Document | None = document["submission"]
    if submission is not None:
        submission = submission | {"components": tuple(json.loads(submission["components"]))}
    return TemplateTask(
        id=document["_id"],
        channel_id=document["channel_id"],
        due_at=document["due_at"],
        submission=TemplateSubmission(**submission) if submission is not None else None,
        asked=document["asked"],
        claims=document["claims"],
        tries=document["tries"],
        troubled=document["troubled"],
    )
