"""What a visitor's browser named: an address only where it is one, a name for every page."""

from __future__ import annotations

import pytest

from services.ticket_service.console.chats.words import place_name, safe_address


@pytest.mark.parametrize("address", ["https://shop.example/carrello?id=1", "http://shop.example"])
def test_addresses_of_the_web_may_be_links(address: str) -> None:
    assert safe_address(address) == address


_NO_LINKS = (
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "\x01javascript:x"),
    *("//evil.test", "/tickets", "https://", "https://[", ""),
)


@pytest.mark.parametrize("address", _NO_LINKS)
def test_nothing_else_may(address: str) -> None:
    assert safe_address(address) == ""


@pytest.mark.parametrize(
    ("title", "url", "name"),
    [
        ("Carrello", "https://shop.example/carrello", "Carrello"),
        ("", "https://shop.example/carrello?x=1", "shop.example/carrello"),
        ("", "https://[", "https://["),
        ("", "about:", "about:"),
    ],
)
def test_a_page_is_called_by_its_title_else_by_where_it_is(title: str, url: str, name: str) -> None:
    assert place_name({"title": title, "url": url}) == name
