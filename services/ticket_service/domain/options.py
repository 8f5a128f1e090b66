"""Switches with which an administrator chooses how the desk deals with tickets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ALWAYS: Final = "always"
NEVER: Final = "never"
REOPEN: Final = (ALWAYS, NEVER)


@dataclass(frozen=True, slots=True)
class TicketOptions:
    """Every switch of the documents that belongs to tickets; the defaults are those of S000.

    - `reopen`: whether a customer's message opens a closed ticket again (S001) or a new ticket;
      `reopen_limit_days` (None: no limit): how long after closing it is still opened again (DESIGN §6).
    - `staff_tickets_are_read`: a ticket opened by staff is Read at once (S002, « Status lu automatique »).
    - `assign_to_creator`: it is assigned to who opened it (S002, « Affectation automatique »).
    - `reply_assigns`: who answers a ticket that nobody is responsible for becomes responsible.
    - `reclassify_closed`: a closed ticket's classification may be changed (S002, « Reclassifier »).
    - `children_close_first`: a ticket cannot be closed while a child of it is open.
    - `default_type`: `public` or `internal`, for tickets opened by hand.
    - `hours_per_day`: what a day worked is, in hours.
    """

    id: str = "desk"
    reopen: str = ALWAYS
    reopen_limit_days: int | None = None
    staff_tickets_are_read: bool = False
    assign_to_creator: bool = False
    reply_assigns: bool = False
    reclassify_closed: bool = False
    children_close_first: bool = False
    default_type: str = "public"
    hours_per_day: float = 8.0
    version: int = 0
