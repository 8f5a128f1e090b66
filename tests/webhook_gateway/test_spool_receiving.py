"""A webhook and the spool, from outside: accepted without the broker, behind what waits, or refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.webhook_gateway import wiring
from shared.contracts.catalogue import decode
from tests.webhook_gateway.spool.fakes import Spooling, metric
from tests.webhook_gateway.whatsapp import Gateway, message, status, webhook


class Desk:
    """A gateway with a real spool and a broker that can be away."""

    def __init__(self, folder: Path) -> None:
        self.process = Spooling(folder / "spool")
        self.broker = self.process.broker
        self.gateway = Gateway(publisher=self.broker, spool=self.process.spool)

    def post(self, *ids: str, **more: Any) -> int:
        """A webhook with these messages; the status of the answer."""
        return self.gateway.post(webhook([message(id=name) for name in ids], **more)).status_code

    def arrived(self) -> list[str]:
        """The ids that reached the broker."""
        return [decode(message.body).data.provider_message_id for message in self.broker.taken]

    def waiting(self) -> int:
        return self.process.directory.usage().entries


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def webhooks(result: str) -> float:
    labels = {"channel_kind": "whatsapp_cloud", "result": result}
    return REGISTRY.get_sample_value("sportello_webhooks_total", labels) or 0.0


def items() -> float:
    return REGISTRY.get_sample_value("sportello_webhook_items_total", {"item": "message"}) or 0.0


def test_while_the_broker_is_well_nothing_touches_the_disk(desk: Desk) -> None:
    assert desk.post("a", "b") == 200
    assert (desk.arrived(), desk.waiting()) == (["a", "b"], 0)


def test_without_the_broker_a_webhook_is_accepted_and_kept_whole(desk: Desk) -> None:
    before = webhooks("spooled"), webhooks("accepted"), items()
    desk.broker.away = True
    document = webhook([message(id="a"), message(id=None)], [status()])
    assert desk.gateway.post(document).status_code == 200
    assert desk.waiting() == 3
    assert (webhooks("spooled"), webhooks("accepted"), items()) == (before[0] + 1, before[1], before[2] + 1)
    desk.broker.away = False
    desk.process.drainer.drain()
    types = [decode(message.body).type for message in desk.broker.taken]
    assert sorted(types) == ["delivery.reported", "item.quarantined", "message.received"]


def test_what_comes_while_something_waits_goes_behind_it(desk: Desk) -> None:
    desk.broker.away = True
    assert desk.post("a") == 200
    desk.broker.away = False
    assert desk.post("b") == 200
    assert desk.arrived() == []
    desk.process.drainer.drain()
    assert desk.post("c") == 200
    assert desk.arrived() == ["a", "b", "c"]


def test_a_message_that_is_refused_is_kept_and_the_answer_is_200(desk: Desk) -> None:
    desk.broker.refuses = lambda _message: True
    assert desk.post("a") == 200
    assert desk.waiting() == 1


def test_a_forged_webhook_never_reaches_the_disk(desk: Desk) -> None:
    desk.broker.away = True
    assert desk.gateway.post(webhook([message()]), "another secret").status_code == 403
    assert desk.waiting() == 0


def test_without_broker_and_disk_nothing_is_promised(desk: Desk) -> None:
    before = webhooks("broker-unavailable")
    desk.broker.away = True
    shutil.rmtree(desk.process.directory.folder)
    answer = desk.gateway.post(webhook([message()]))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert webhooks("broker-unavailable") == before + 1


def test_a_broken_disk_does_not_keep_webhooks_from_a_broker_that_is_well(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.broker.away = True
    desk.post("a")
    desk.broker.away = False

    def broken(*_arguments: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(desk.process.directory, "write", broken)
    assert desk.post("b") == 200
    assert desk.arrived() == ["b"]
    desk.broker.away = True
    assert desk.post("c") == 503


def test_a_full_spool_is_not_overtaken(desk: Desk, tmp_path: Path) -> None:
    full = Spooling(tmp_path / "spool", desk.broker, max_bytes=100)
    gateway = Gateway(publisher=desk.broker, spool=full.spool)
    desk.broker.away = True
    desk.post("a")
    desk.broker.away = False
    assert gateway.post(webhook([message(id="b")])).status_code == 503
    desk.process.drainer.drain()
    assert gateway.post(webhook([message(id="b")])).status_code == 200
    assert desk.arrived() == ["a", "b"]


def readiness(desk: Desk) -> tuple[int, str]:
    answer = desk.gateway.client.get("/readyz")
    return answer.status_code, (answer.json or {})["checks"]["broker"]


def test_ready_without_the_broker_as_long_as_the_spool_takes_webhooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "CONNECT_SECONDS", 0.0)
    desk = Desk(tmp_path)
    assert readiness(desk) == (200, "ok")
    desk.broker.away = True
    code, reason = readiness(desk)
    assert (code, reason.partition(":")[0]) == (200, "degraded")
    shutil.rmtree(desk.process.directory.folder)
    assert desk.post("a") == 503
    code, reason = readiness(desk)
    assert code == 503
    assert "the spool cannot be written: No such file" in reason
    desk.process.directory.prepare()
    assert readiness(desk)[0] == 200


def test_a_gateway_that_starts_is_given_a_moment_to_connect(desk: Desk) -> None:
    desk.broker.away = True
    assert readiness(desk) == (503, "connecting to the broker")
    desk.broker.away = False
    assert readiness(desk) == (200, "ok")


def test_a_scrape_shows_what_waits_now(desk: Desk) -> None:
    desk.broker.away = True
    desk.post("a", "b")
    assert b"sportello_spool_entries 2.0" in desk.gateway.client.get("/metrics").data
    desk.broker.away = False
    desk.process.drainer.drain()
    assert b"sportello_spool_entries 0.0" in desk.gateway.client.get("/metrics").data
    assert metric("spool_bytes") == 0
