"""Where a visitor writes from is told as a mark, by which some can be kept out and no place be found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.webhook_gateway.channels.webchat.settings import ChatSite
from services.webhook_gateway.channels.webchat.verify import ChatVisitor, anonymous, issue, verified_id
from tests.webhook_gateway.webchat.doors.rig import ORIGIN, OTHER, OTHER_ORIGIN, SECRET, SHOP, Chats, said


def mark_of(address: str, token: str = "", site: ChatSite = SHOP) -> str:
    chats = Chats(site)
    origin = OTHER_ORIGIN if site.id == OTHER.id else ORIGIN
    visitor_token = token or issue(site, anonymous(site))
    sent = chats.post("messages", said(), visitor_token, site=site.site_key, origin=origin, address=address)
    assert sent.status_code == 202, sent.text
    mark: str = chats.events("message.received")[0].data.visitor.network
    return mark


def test_visitors_of_one_line_have_one_mark_from_which_no_address_is_read() -> None:
    here = mark_of("203.0.113.7")
    assert len(here) == 32
    assert mark_of("203.0.113.7") == mark_of("::ffff:203.0.113.7") == here
    assert mark_of("2001:db8:1:2::3") == mark_of("2001:db8:1:2:ffff::1") != mark_of("2001:db8:1:3::3")
    elsewhere = {
        mark_of("203.0.113.8"),
        mark_of("203.0.113.7", site=replace(OTHER, identity_secret=SECRET)),
        mark_of("203.0.113.7", site=replace(SHOP, identity_secret="a new secret of the shop's own server")),
    }
    assert len(elsewhere) == 3
    assert here not in elsewhere


@pytest.mark.parametrize(
    "inside",
    ["127.0.0.1", "10.1.2.3", "172.17.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1", "", "unix:"],
)
def test_behind_a_proxy_nobody_counted_nobody_has_a_mark(inside: str) -> None:
    assert mark_of(inside) == ""


def test_whom_the_site_vouches_for_has_no_mark() -> None:
    user = ChatVisitor(SHOP.id, verified_id(SHOP, SECRET, "user-7"))
    assert mark_of("203.0.113.7", issue(SHOP, user)) == ""
