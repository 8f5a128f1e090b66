"""A home keeps the channels file it was made with: one from before there were live chats still starts."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from deploy.local.home import WEBCHAT_CHANNEL, Home
from deploy.local.ports import PortPlan
from deploy.local.processes import PREPARATIONS, PROCESSES, Instance, Process
from tests.deploy.test_every_process_gets_its_settings import read_all

EVERY = (*PROCESSES, *PREPARATIONS)


@pytest.mark.parametrize("process", EVERY, ids=lambda process: process.name)
@pytest.mark.parametrize("chat", [True, False], ids=["with a chat", "without"])
def test_every_process_finds_its_settings(
    process: Process, chat: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    desk = Instance(home, PortPlan(9000), home.prepare(), "amqp://u:p@b/", "mongodb://d/", {})
    document = yaml.safe_load(home.channels.read_text())
    declared = document["channels"]
    kept = [channel for channel in declared if chat or channel["id"] != WEBCHAT_CHANNEL]
    assert len(kept) == len(declared) - (not chat)
    home.channels.write_text(yaml.safe_dump({"channels": kept}))
    read_all(process, desk.environment(process), home.channels, monkeypatch, tmp_path)
