"""Run once before the desk's processes, after every update: what is missing is made, the rest stays."""

from __future__ import annotations

import hashlib
import secrets
import sys

import structlog

from services.ticket_service.domain.first_run import code_digest, new_code
from services.ticket_service.domain.settings import FirstSettings
from services.ticket_service.passwords import Argon2Passwords
from services.ticket_service.store.preparing import Preparing
from services.ticket_service.store.preparing_people import PreparingPeople
from services.ticket_service.wiring.base import first_settings_or_exit, settings_or_exit
from services.ticket_service.wiring.preparing import build_preparing
from shared.mongo.transactions import database_errors
from shared.runtime.clock import utc_now
from shared.runtime.ids import new_id

_log = structlog.get_logger(__name__)


def prepare(preparing: Preparing, first: FirstSettings) -> None:
    """Indexes, stored documents, statuses, settings, administrator or code; Unavailable without a database.

    A setting that the environment names is set each time; one it does not name keeps what it has.
    """
    with database_errors():
        preparing.indexes()
        if changed := preparing.stored_before():
            _log.info("documents of an earlier version adapted", documents=changed)
        if preparing.settings.statuses(first.preset):
            _log.info("statuses made", preset=first.preset)
        preparing.settings.desk(first.time_zone, first.title_pattern)
        preparing.settings.numbering(first.number_prefix)
        preparing.settings.dictionaries()
        preparing.lists.stored_before()
        _prepare_access(preparing.people, first)


def _prepare_access(people: PreparingPeople, first: FirstSettings) -> None:
    if first.admin_email is None or first.admin_password is None:
        _let_in(people)
        return
    email = first.admin_email.strip().lower()
    user_id = people.user_id(email)
    if user_id is None:
        password_hash = Argon2Passwords().hash(first.admin_password)
        if people.administrator(new_id(), email, password_hash, utc_now()):
            _log.info("administrator made")
        user_id = people.user_id(email)
    if first.api_token is not None and user_id is not None:
        people.api_token(hashlib.sha256(first.api_token.encode()).hexdigest(), user_id, utc_now())


def _let_in(people: PreparingPeople) -> None:
    """A desk without users is opened in the browser, by whoever sees what this process says."""
    code = new_code(secrets.choice)
    if people.first_run(code_digest(code), utc_now()):
        # Not through the log: what that is sent to may be read by more people than whoever installs the desk.
        sys.stdout.write(f"\nThe desk has no users yet. Open it at /setup with the code  {code}\n\n")
        sys.stdout.flush()


def main() -> None:
    """Read the settings, prepare, and say so."""
    settings = settings_or_exit("prepare")
    first = first_settings_or_exit()
    prepare(build_preparing(settings), first)
    _log.info("database prepared", database=settings.mongodb_database)


if __name__ == "__main__":
    main()
