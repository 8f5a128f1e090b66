"""Everything the interface rests on; made in wiring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.ticket_service.act.confidential import Vault
from services.ticket_service.act.presence import Throttle
from services.ticket_service.act.scanning import Scan
from services.ticket_service.acting import Desk
from services.ticket_service.auth import Authenticator, Doors
from services.ticket_service.console.live.hub import Hub
from services.ticket_service.domain.chat import ChatSite
from services.ticket_service.openid import OpenIdProvider
from services.ticket_service.store.access import Access
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
from services.ticket_service.store.viewing import Viewing
from shared.blobs.store import BlobStore
from shared.egress.addresses import Origin
from shared.runtime.channels_file import ChannelEntry


@dataclass(frozen=True, slots=True)
class Services:
    """Kept apart from Flask, so that wiring costs the worker and the relay no web framework."""

    desk: Desk
    queries: Queries
    tickets: TicketQueries
    records: RecordQueries
    people: PeopleQueries
    work: WorkQueries
    settings: SettingQueries
    shortcuts: ShortcutQueries
    quarantine: QuarantineQueries
    access: Access
    doors: Doors
    authenticator: Authenticator
    files: FileQueries
    channel_queries: ChannelQueries
    channels: tuple[ChannelEntry, ...]
    blobs: BlobStore
    scan: Scan | None
    presence: Throttle
    statistics: StatisticsQueries
    news: Hub
    viewing: Viewing
    traces: TraceQueries
    vault: Vault | None = None
    openid: OpenIdProvider | None = None
    webhook_origins: frozenset[Origin] = frozenset()
    chats: Mapping[str, ChatSite] = field(default_factory=dict)
