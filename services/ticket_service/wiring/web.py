"""The web process: the REST interface and what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from pymongo import MongoClient
from pymongo.database import Database

from services.ticket_service.act.confidential import Vault
from services.ticket_service.act.presence import Throttle
from services.ticket_service.act.scanning import Scan
from services.ticket_service.acting import Desk
from services.ticket_service.api.limits import Limits
from services.ticket_service.api.services import Services
from services.ticket_service.api.session_cookie import CookieKeys
from services.ticket_service.auth import Authenticator, Doors
from services.ticket_service.clamd import Clamd
from services.ticket_service.config import ConfidentialSettings, DeskProcessSettings
from services.ticket_service.console.live.hub import MOST_STREAMS, Hub
from services.ticket_service.domain.chat import ChatSite
from services.ticket_service.domain.mail_token import NO_MAIL, MailDesk
from services.ticket_service.domain.openid import OpenId
from services.ticket_service.openid import OpenIdProvider
from services.ticket_service.passwords import Argon2Passwords
from services.ticket_service.sealing import FernetSeal
from services.ticket_service.store.access import Access
from services.ticket_service.store.door_key import door_key
from services.ticket_service.store.mongo import MongoDeskStore
from services.ticket_service.store.news import NewsSource
from services.ticket_service.store.queries import Queries
from services.ticket_service.store.queries_channels import ChannelQueries
from services.ticket_service.store.queries_files import FileQueries
from services.ticket_service.store.queries_people import PeopleQueries
from services.ticket_service.store.queries_quarantine import QuarantineQueries
from services.ticket_service.store.queries_records import RecordQueries
from services.ticket_service.store.queries_settings import SettingQueries
from services.ticket_service.store.queries_shortcuts import ShortcutQueries
from services.ticket_service.store.queries_statistics import StatisticsQueries
from services.ticket_service.store.queries_tickets import TicketQueries
from services.ticket_service.store.queries_traces import TraceQueries
from services.ticket_service.store.queries_work import WorkQueries
from services.ticket_service.store.second_factors import SecondFactors
from services.ticket_service.store.sessions import Sessions
from services.ticket_service.store.viewing import Viewing
from services.ticket_service.totp import OneTimeCodes
from services.ticket_service.wiring.base import blob_store, connect_database, mail_desk
from shared.blobs.store import BlobStore
from shared.egress.addresses import Origin
from shared.mongo.connect import Document, database_check
from shared.runtime.channels_file import ChannelEntry
from shared.runtime.clock import utc_now
from shared.runtime.health import Check
from shared.runtime.ids import new_id

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Web:
    """What the web application rests on, what its readiness looks at, how much it lets through."""

    services: Services
    checks: dict[str, Check]
    limits: Limits | None = None
    trusted_proxies: int = 0
    cookies: CookieKeys = field(default_factory=CookieKeys)


def build_web(settings: DeskProcessSettings) -> Web:
    """What the REST interface needs; it knows the database only, events leave through the outbox."""
    client, db = connect_database(settings, "web")
    blobs = blob_store(settings, client, "web")
    scan = Clamd(settings.clamd_address) if settings.clamd_address else None
    outward = settings.outward
    web = web_on(
        *(client, db, blobs, settings.channels),
        scan=scan,
        webhook_origins=outward.webhook_origins,
        vault=vault_of(settings.confidential),
        cookies=_cookies(settings, db),
        openid=settings.doors.openid,
        streams=settings.streams,
        mail=mail_desk(settings, db),
        chats=settings.chats,
    )
    limits = Limits(outward.rate_limit, settings.mongodb_uri, settings.mongodb_database)
    return replace(web, limits=limits, trusted_proxies=outward.trusted_proxies)


def _cookies(settings: DeskProcessSettings, db: Database[Document]) -> CookieKeys:
    """The keys that the environment names, else the desk's own. Unavailable while that cannot be read."""
    if not settings.doors.keys:
        _log.warning("SPORTELLO_SECRET_KEY is not set: a copy of the database is enough to forge log-ins")
    keys = settings.doors.keys or (door_key(db),)
    return CookieKeys(keys, https=settings.confidential.desk_url.startswith("https://"))


def vault_of(settings: ConfidentialSettings) -> Vault | None:
    """What confidential requests rest on; None while a key or the desk's address is missing."""
    if not settings.keys or not settings.desk_url:
        return None
    return Vault(FernetSeal(settings.keys), settings.desk_url)


def web_on(
    client: MongoClient[Document],
    db: Database[Document],
    blobs: BlobStore,
    channels: tuple[ChannelEntry, ...] = (),
    clock: Callable[[], datetime] = utc_now,
    scan: Scan | None = None,
    webhook_origins: frozenset[Origin] = frozenset(),
    vault: Vault | None = None,
    cookies: CookieKeys | None = None,
    openid: OpenId | None = None,
    streams: int = MOST_STREAMS,
    mail: MailDesk = NO_MAIL,
    chats: Mapping[str, ChatSite] | None = None,
) -> Web:
    """The same on a database that is already connected."""
    access, store = Access(db), MongoDeskStore(client, db)
    cookies = cookies or CookieKeys()
    doors = Doors(Sessions(db), SecondFactors(db), OneTimeCodes(cookies.keys))
    services = Services(
        Desk(store, clock, new_id, scans=scan is not None, mail=mail),
        Queries(db),
        TicketQueries(db),
        RecordQueries(db),
        PeopleQueries(db),
        WorkQueries(db),
        SettingQueries(db),
        ShortcutQueries(db),
        QuarantineQueries(db),
        access,
        doors,
        Authenticator(access, doors, Argon2Passwords(), clock),
        FileQueries(db),
        ChannelQueries(db),
        channels,
        blobs,
        scan,
        Throttle(),
        StatisticsQueries(db),
        Hub(NewsSource(db), streams),
        Viewing(db),
        TraceQueries(db),
        vault=vault,
        openid=OpenIdProvider(openid, clock) if openid else None,
        webhook_origins=webhook_origins,
        chats=chats or {},
    )

    def prepared() -> None:
        store.workflow()  # raises, and so says why, while `prepare` has not run

    checks = {"database": lambda: database_check(client), "prepared": prepared}
    return Web(services, checks, cookies=cookies)
