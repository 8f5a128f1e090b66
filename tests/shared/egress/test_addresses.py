"""Nothing inside is reached by fetching a file, however its address is written."""

from __future__ import annotations

import httpx
import pytest

from shared.egress.addresses import ForbiddenAddress, Guard, is_public, origin_of, resolve


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("::ffff:93.184.216.34", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("172.31.255.255", False),
        ("192.168.1.1", False),
        ("192.0.0.192", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("239.1.1.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fe80::1%lo", False),
        ("fc00::1", False),
        ("fd00:ec2::254", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False),
        ("2002:a9fe:a9fe::1", False),
        ("2001:0:7f00:1:0:0:0:0", False),
        ("2001:db8::1", False),
        ("nonsense", False),
        ("", False),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "::1", "127.0.0.1"])
def test_an_address_written_as_a_number_is_what_it_means(host: str) -> None:
    with pytest.raises(ForbiddenAddress):
        Guard([], resolve).addresses(host, 443)


def test_one_inner_address_among_others_is_enough_to_refuse() -> None:
    guard = Guard([], lambda host, port: ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(ForbiddenAddress):
        guard.addresses("cdn.example", 443)


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.example/file",
        "https://cdn.example:8443/file",
        "https://cdn.example:22/file",
        "ftp://cdn.example/file",
        "file:///etc/passwd",
        "gopher://cdn.example/",
        "//cdn.example/file",
        "/etc/passwd",
        "",
    ],
)
def test_files_come_over_https_only(url: str) -> None:
    with pytest.raises(ForbiddenAddress):
        Guard([]).admit(httpx.URL(url))


def test_what_the_operator_names_may_be_inside_and_nothing_beside_it() -> None:
    named = origin_of(httpx.URL("http://127.0.0.1:8009/graph"))
    guard = Guard([named])
    guard.admit(httpx.URL("http://127.0.0.1:8009/anything"))
    assert guard.addresses("127.0.0.1", 8009) == ["127.0.0.1"]
    for other in ("http://127.0.0.1:8010/", "https://127.0.0.1:8009/", "http://localhost:8009/"):
        with pytest.raises(ForbiddenAddress):
            guard.admit(httpx.URL(other))
    with pytest.raises(ForbiddenAddress):
        guard.addresses("127.0.0.1", 443)
