"""What goes wrong with notices and webhooks, as problems with what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from services.ticket_service.act import notices, webhooks
from services.ticket_service.api.problems import invalid
from shared.web.problems import Problem

PROBLEMS: Final[dict[type[Exception], Callable[[Any], Problem]]] = {
    notices.WrongNotices: lambda error: invalid(error.mistakes),
    webhooks.TooMany: lambda error: Problem(
        409, "too-many-webhooks", f"A desk has at most {error} webhooks.", "Delete one that is not used."
    ),
}
