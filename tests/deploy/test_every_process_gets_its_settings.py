"""With the environment Compose and Kubernetes give it, each process finds its settings complete and right."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.local.processes import Process
from tests.deploy.desk import KUBERNETES, ROOT, containers, documents, of_kind, pod, processes, workloads

READERS = {
    "webhook_gateway.web": ["read_web_settings"],
    "webhook_gateway.worker": ["read_worker_settings"],
    "webhook_gateway.streams": ["chats.settings.read_streams_settings"],
    "notifier.worker": ["read_worker_settings"],
    "ticket_service.prepare": ["read_settings", "read_first_settings"],
    "sandbox": ["load_settings"],
}
TABLE = processes(with_preparations=True)


def readers(process: Process) -> list[Callable[[], Any]]:
    """The functions with which this process reads its settings."""
    package = "sandbox" if process.service == "sandbox" else f"services.{process.service}"
    found = []
    for reader in READERS.get(process.name, ["read_settings"]):
        module, _, name = reader.rpartition(".")
        found.append(getattr(importlib.import_module(f"{package}.{module or 'config'}"), name))
    return found


def read_all(
    process: Process, environment: dict[str, str], channels: Path, patch: pytest.MonkeyPatch, folder: Path
) -> None:
    """Read this process's settings from this environment alone; files and folders lie elsewhere here."""
    moved = {"SPORTELLO_CHANNELS": str(channels), "WEBHOOK_GATEWAY_SPOOL_DIR": str(folder / "spool")}
    for name in list(os.environ):
        patch.delenv(name)
    for name, value in environment.items():
        patch.setenv(name, moved.get(name, value))
    for read in readers(process):
        read()


@pytest.mark.parametrize("name", TABLE)
def test_in_compose(
    composed: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # What .env does not name, Compose passes on as null: the container does not get it.
    given = {key: value for key, value in composed[name]["environment"].items() if value is not None}
    read_all(TABLE[name], given, ROOT / "deploy/compose/channels.yaml", monkeypatch, tmp_path)


@pytest.mark.parametrize("name", TABLE)
def test_in_kubernetes(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = kubernetes_environment(TABLE[name])
    read_all(TABLE[name], given, KUBERNETES / "base/channels.yaml", monkeypatch, tmp_path)


def kubernetes_environment(process: Process) -> dict[str, str]:
    """What the process's container finds there, with the example's secrets filled in."""
    secrets = {
        secret["metadata"]["name"]: secret["stringData"]
        for secret in documents(KUBERNETES / "secrets.example.yaml")
    }
    environment: dict[str, str] = {}
    container = container_of(process)
    for source in container["envFrom"]:
        if "configMapRef" in source:
            environment |= of_kind("ConfigMap")[source["configMapRef"]["name"]]["data"]
        else:
            environment |= secrets[source["secretRef"]["name"]]
    environment |= {entry["name"]: entry["value"] for entry in container.get("env", [])}
    return {key: value.replace("replace-me", "x" * 24) for key, value in environment.items()}


def container_of(process: Process) -> dict[str, Any]:
    """The container that runs this process; for a preparation, that of the first workload which has it."""
    for workload in workloads().values():
        image = pod(workload)["containers"][0]["image"]
        for container in containers(workload):
            if container["command"][-1] == process.arguments[-1] and process.service in image:
                return container
    raise AssertionError(f"nothing runs {process.name}")
