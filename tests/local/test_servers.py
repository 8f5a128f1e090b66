"""Which servers an instance has of its own, and what it does without the ones that cannot be had."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local import debian, dovecot
from deploy.local.home import Home
from deploy.local.ports import PortPlan
from deploy.local.programs import Servers

GIVEN = {"AMQP_URL": "amqp://broker/", "MONGODB_URI": "mongodb://database/"}


def chosen(tmp_path: Path, **environment: str) -> Servers:
    home = Home(tmp_path)
    return Servers.chosen(home, PortPlan(9000), home.prepare(), environment)


def test_all_are_its_own_unless_they_are_given(tmp_path: Path) -> None:
    own = chosen(tmp_path)
    assert own.own_programs() == ["rabbitmq.names", "rabbitmq", "mongodb", "dovecot"]
    assert set(own.own_ports()) == {*own.own_programs(), "rabbitmq.cluster"}
    assert chosen(tmp_path, **GIVEN).own_programs() == ["dovecot"]
    assert chosen(tmp_path, **GIVEN, MAIL_IMAP_PORT="143").own_programs() == []


def test_the_mailboxes_are_those_that_the_services_are_told_of(tmp_path: Path) -> None:
    servers = chosen(tmp_path, MAIL_ADDRESS="help@desk.example", MAIL_PASSWORD="of the real one")
    assert servers.mailboxes is not None
    secrets = Home(tmp_path).prepare()
    assert dict(servers.mailboxes.users) == {
        "help@desk.example": "of the real one",
        "support@pec.sportello.example": secrets.pec_password,
    }


def test_where_dovecot_cannot_be_had_everything_but_mail_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def impossible() -> None:
        raise debian.NotInstallableError("Dovecot is missing, and only root may install it.")

    monkeypatch.setattr(dovecot, "ensure_installed", impossible)
    servers = chosen(tmp_path, **GIVEN).installed()
    assert servers.own_programs() == []
    assert "only root may install it" in capsys.readouterr().out
