"""The worker's jobs in MongoDB: one document per file, claimed by moving the time when it is due."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import ASCENDING, ReturnDocument, UpdateOne
from pymongo.database import Database

from services.webhook_gateway.domain.media_job import FAILED, WAITING, Kept, MediaJob, Wanted
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

REMEMBERED: Final = timedelta(days=30)
"""An ended job that is asked for later than this is done again; the blob store then has the file already."""


class MongoMediaJobs:
    """The collection `media_jobs` of the gateway's own database; see the port MediaJobs."""

    def __init__(self, db: Database[Document]) -> None:
        self._jobs = db["media_jobs"]
        self._prepared = False

    def add(self, jobs: Sequence[MediaJob]) -> list[MediaJob]:
        """Keep new jobs and start failed ones again; the jobs as they are now."""
        if not jobs:
            return []
        self._prepare()
        with database_errors():
            self._jobs.bulk_write([_restart(job) for job in jobs], ordered=False)
            self._jobs.bulk_write([_insert(job) for job in jobs], ordered=True)
            found = {
                document["_id"]: _job(document)
                for document in self._jobs.find({"_id": {"$in": [job.wanted.id for job in jobs]}})
            }
        return [found[job.wanted.id] for job in jobs]

    def claim(self, now: datetime, until: datetime, mark: str, paused: Collection[str]) -> MediaJob | None:
        """The job that has been due for longest, or None."""
        due: Document = {"state": WAITING, "due_at": {"$lte": now}}
        if paused:
            due["wanted.channel_id"] = {"$nin": sorted(paused)}
        with database_errors():
            document = self._jobs.find_one_and_update(
                due,
                {"$set": {"due_at": until, "claim": mark}, "$inc": {"claims": 1}},
                sort=[("due_at", ASCENDING)],
                return_document=ReturnDocument.AFTER,
            )
        return _job(document) if document is not None else None

    def renew(self, job: MediaJob, until: datetime) -> bool:
        """Keep the claim for longer, if it is still ours."""
        with database_errors():
            done = self._jobs.update_one(
                {"_id": job.wanted.id, "state": WAITING, "claim": job.claim}, {"$set": {"due_at": until}}
            )
        return done.matched_count == 1

    def settle(self, job: MediaJob, mark: str) -> bool:
        """Replace the job, if it is still claimed with this mark."""
        with database_errors():
            done = self._jobs.replace_one(
                {"_id": job.wanted.id, "state": WAITING, "claim": mark}, _document(job)
            )
        return done.matched_count == 1

    def waiting(self) -> int:
        """How many jobs are not at their end."""
        with database_errors():
            return self._jobs.count_documents({"state": WAITING})

    def _prepare(self) -> None:
        """Indexes, before the first write of this process: the claim's, and one that forgets ended jobs."""
        if self._prepared:
            return
        with database_errors():
            self._jobs.create_index([("state", ASCENDING), ("due_at", ASCENDING)])
            self._jobs.create_index("ended_at", expireAfterSeconds=int(REMEMBERED.total_seconds()))
        self._prepared = True


def _insert(job: MediaJob) -> UpdateOne:
    document = _document(job)
    key = document.pop("_id")
    return UpdateOne({"_id": key}, {"$setOnInsert": document}, upsert=True)


def _restart(job: MediaJob) -> UpdateOne:
    fresh = {name: value for name, value in _document(job).items() if name not in ("_id", "wanted", "round")}
    return UpdateOne({"_id": job.wanted.id, "state": FAILED}, {"$set": fresh, "$inc": {"round": 1}})


def _document(job: MediaJob) -> Document:
    return {"_id": job.wanted.id, **asdict(job)}


def _job(document: dict[str, Any]) -> MediaJob:
    fields = {name: value for name, value in document.items() if name != "_id"}
    kept = fields.pop("kept")
    return MediaJob(
        **fields | {"wanted": Wanted(**fields["wanted"]), "kept": Kept(**kept) if kept is not None else None}
    )
