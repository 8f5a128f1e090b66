"""Settings and connections, as every process of the desk needs them."""

from __future__ import annotations

from collections.abc import Callable

from pymongo import MongoClient
from pymongo.database import Database

from services.ticket_service.config import DeskProcessSettings, read_first_settings, read_settings
from services.ticket_service.consume import SERVICE
from services.ticket_service.domain.mail_token import MailDesk
from services.ticket_service.domain.settings import FirstSettings
from services.ticket_service.store.door_key import StoredDoorKey
from shared.blobs.gridfs import GridFsBlobStore
from shared.mongo.connect import Document, connect, database
from shared.runtime.health import Check
from shared.runtime.logging import configure_logging
from shared.runtime.settings import or_exit

Connected = tuple[MongoClient[Document], Database[Document]]


def settings_or_exit(process: str) -> DeskProcessSettings:
    """The settings of a process, its logs set up; exits with 2 after listing everything that is wrong."""
    settings = or_exit(read_settings)
    configure_logging(SERVICE, process, settings.process.log_level)
    return settings


def first_settings_or_exit() -> FirstSettings:
    """What an empty desk starts with; exits with 2 after listing everything that is wrong."""
    return or_exit(read_first_settings)


def connect_database(settings: DeskProcessSettings, process: str, *, patient: bool = False) -> Connected:
    """The client and the desk's database; connects when first used. SettingsError for unsafe settings."""
    client = connect(settings.mongodb_uri, f"{SERVICE}.{process}", patient=patient)
    return client, database(client, settings.mongodb_database)


def mail_desk(settings: DeskProcessSettings, db: Database[Document]) -> MailDesk:
    """What the desk knows of its own mail; its tokens rest on the keys that sign log-ins.

    Nothing is asked of the database yet.
    """
    return MailDesk(settings.doors.keys or StoredDoorKey(db), settings.mailboxes)


def blob_store(settings: DeskProcessSettings, client: MongoClient[Document], process: str) -> GridFsBlobStore:
    """Where files lie; on the desk's own connection where it is the same server."""
    own = settings.blobs.uri == settings.mongodb_uri
    keeper = client if own else connect(settings.blobs.uri, f"{SERVICE}.{process}.blobs")
    return GridFsBlobStore(keeper, settings.blobs.database)


def when(connected: Callable[[], bool]) -> Check:
    """A readiness check of a connection to the broker."""
    return lambda: None if connected() else "no connection to the broker"
