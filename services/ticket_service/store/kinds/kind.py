"""What the store has to know about a kind of record: where it is kept, and by what it is found."""

from __future__ import annotations

from dataclasses import dataclass

from pymongo import IndexModel


@dataclass(frozen=True, slots=True)
class Kind:
    """`id_field` names the field that is the record's id.

    `cached` is for small lists and settings of administrators, read in the hot path; `audited` for what only
    they change, so that each change is written into the audit log. `of_ticket` is for what belongs to one
    ticket (its field `ticket_id`): it goes where that goes when it is merged, and away with it. `of_talk`
    is for what was said in one conversation (`conversation_id`): it goes with that when contacts are merged.
    """

    collection: str
    indexes: tuple[IndexModel, ...] = ()
    cached: bool = False
    audited: bool = False
    of_ticket: bool = False
    of_talk: bool = False
    id_field: str = "id"
