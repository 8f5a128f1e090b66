"""Ports are counted from one base; what is taken is named together with the remedy."""

from __future__ import annotations

import socket

import pytest

from deploy.local.ports import OFFSETS, PortError, PortPlan, plan_from_environment, require_free


def test_no_two_parts_share_a_port_and_servers_lie_at_twenty_and_above() -> None:
    assert len(set(OFFSETS.values())) == len(OFFSETS)
    assert {name: OFFSETS[name] for name in ("ticket_service.web", "sandbox")} == {
        "ticket_service.web": 0,
        "sandbox": 9,
    }
    assert all(OFFSETS[name] >= 20 for name in ("rabbitmq", "rabbitmq.names", "rabbitmq.cluster", "mongodb"))


@pytest.mark.parametrize(("text", "base"), [("", 8000), ("9000", 9000), (" 9000 ", 9000), ("65505", 65505)])
def test_the_base_comes_from_the_environment(text: str, base: int) -> None:
    assert plan_from_environment({"SPORTELLO_PORT_BASE": text}).base == base


@pytest.mark.parametrize("text", ["x", "-1", "0", "80", "65506", "8000.5", "８０００"])
def test_a_useless_base_is_refused_with_what_it_must_be(text: str) -> None:
    with pytest.raises(PortError, match="must be a number from 1024 to"):
        plan_from_environment({"SPORTELLO_PORT_BASE": text})


def test_a_taken_port_is_named_with_its_process_and_the_remedy() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        plan = PortPlan(other.getsockname()[1])
        with pytest.raises(PortError) as refused:
            require_free(plan, ["ticket_service.web"])
    assert f"port {plan.base} (ticket_service.web)" in str(refused.value)
    assert "SPORTELLO_PORT_BASE=" in str(refused.value)
    require_free(plan, ["ticket_service.web"])
