"""What leaves the desk by mail and by webhook."""

from __future__ import annotations

from typing import Any, Final

from services.ticket_service.domain.notices import Notices
from services.ticket_service.store.kinds.kind import Kind

KINDS: Final[dict[type[Any], Kind]] = {
    Notices: Kind("notices", cached=True, audited=True),
}
