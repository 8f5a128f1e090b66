"""The desk that all journeys share: started once, by the command, with a mail server to send by."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.desk import Desk, running_desk
from tests.support.mailbox import Mailbox, running_mailbox


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    """Where everything arrives that the desk sends by mail."""
    with running_mailbox() as mailbox:
        yield mailbox


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox) -> Iterator[Desk]:
    """A running desk with empty data."""
    settings = {"SPORTELLO_SMTP_URL": mailbox.url, "SPORTELLO_MAIL_FROM": "Sportello <desk@example.com>"}
    with running_desk(tmp_path_factory.mktemp("desk") / "home", settings) as desk:
        yield desk
