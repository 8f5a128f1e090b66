"""Two desks that answer each other by themselves, through mail servers that lose the marks of machines."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from deploy.local.home import Home
from tests.support.desk import Desk, running_desk
from tests.support.letters import MailCustomer
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.journey, pytest.mark.timeout(420)]

OTHER = "help@other.example"
BREAKER = 12
"""Automatic mails that one address gets from a desk within a day."""


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Another whole desk, with a mailbox of another domain."""
    root = tmp_path_factory.mktemp("other") / "home"
    home = Home(root)
    home.prepare()
    home.channels.write_text(home.channels.read_text().replace("support@sportello.example", OTHER))
    with running_desk(root, {"MAIL_ADDRESS": OTHER}) as desk:
        yield desk


def introduce(one: Desk, domain: str, another: Desk) -> None:
    """Mails of one desk to this domain go to the other's mail server, which sees no marks of machines."""
    port = urlsplit(another.endpoints["smtp"]).port
    MailCustomer(one).call("routes", domain=domain, port=port, unmarked=True)


def sent(desk: Desk, recipient: str) -> int:
    """How many mails the desk handed to its mail server for this mailbox."""
    calls = desk.provider_calls("smtp", "/mails")
    return len([call for call in calls if _plain(call["body"]["to"]) == [recipient]])


def _plain(addresses: list[str]) -> list[str]:
    return [f"{a.partition('@')[0].partition('+')[0]}@{a.partition('@')[2]}" for a in addresses]


def settle(*desks: Desk) -> None:
    """Until each desk has dealt with a mail written now: and so with what lay in its mailbox before."""
    customers = [MailCustomer(desk) for desk in desks]
    for customer in customers:
        customer.write("Ultima")
    for customer in customers:
        customer.waits_for(customer.ticket()["number"])


def test_two_desks_that_face_each_other_fall_silent(desk: Desk, other: Desk) -> None:
    ours = desk.credentials["mail"]["address"]
    introduce(desk, "other.example", other)
    introduce(other, "sportello.example", desk)
    mail = f"From: Help <{OTHER}>\r\nTo: {ours}\r\nSubject: Una domanda\r\nMessage-ID: <q@other.example>\r\n"
    answer = desk.http.post(
        f"{desk.endpoints['sandbox']}/api/mail/raw",
        params={"from": OTHER},
        content=f"{mail}\r\nCome va?\r\n".encode(),
        headers={"Content-Type": "message/rfc822"},
    )
    assert answer.status_code == 200, answer.text
    wait_until(lambda: sent(other, ours), 60)

    def count() -> tuple[int, int]:
        return sent(desk, OTHER), sent(other, ours)

    def round_of_silence() -> bool:
        before = count()
        settle(desk, other)
        settle(desk, other)
        return count() == before

    wait_until(round_of_silence, 240)
    assert 1 <= sent(desk, OTHER) <= BREAKER
    assert 1 <= sent(other, ours) <= BREAKER
    assert len([ticket for ticket in other.items("/tickets") if ticket["title"] != "Ultima"]) == 1
