"""What the tests of this folder compare: the table of processes, and the deployment files as documents."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from deploy.local.processes import PREPARATIONS, PROCESSES, Process

ROOT = Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
PROMETHEUS = ROOT / "deploy" / "prometheus"
SERVICES = sorted({process.service for process in PROCESSES})


def deployed_name(process: Process) -> str:
    """A process's name where dots and underscores are not allowed: ticket-service-web."""
    return process.name.replace("_", "-").replace(".", "-")


def container_command(process: Process) -> list[str]:
    """The command of the table, as a container's (whose PATH begins with the image's own environment)."""
    program = list(process.arguments)
    return program if program[0] == "gunicorn" else ["python", "-m", *program]


def entry_module(process: Process) -> str:
    """The module with which a process begins: services.notifier.app, services.notifier.worker."""
    return process.arguments[-1].partition(":")[0]


def processes(*, with_preparations: bool = False) -> dict[str, Process]:
    """The table, by the names used in deployment."""
    table = PROCESSES + (PREPARATIONS if with_preparations else ())
    return {deployed_name(process): process for process in table}


def documents(path: Path) -> list[dict[str, Any]]:
    """The YAML documents of a file."""
    return [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]


@cache
def manifests() -> tuple[tuple[Path, dict[str, Any]], ...]:
    """Every Kubernetes resource of the base and of the sandbox component, with its file."""
    found = []
    for folder in (KUBERNETES / "base", KUBERNETES / "sandbox"):
        (kustomization,) = documents(folder / "kustomization.yaml")
        for name in kustomization["resources"]:
            found += [(folder / name, document) for document in documents(folder / name)]
    return tuple(found)


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    """The resources of one kind, by name."""
    return {document["metadata"]["name"]: document for _, document in manifests() if document["kind"] == kind}


def workloads() -> dict[str, dict[str, Any]]:
    """What runs pods of ours, by name."""
    return of_kind("Deployment") | of_kind("StatefulSet")


def pod(deployment: dict[str, Any]) -> dict[str, Any]:
    """The pod template's spec."""
    spec: dict[str, Any] = deployment["spec"]["template"]["spec"]
    return spec


def containers(deployment: dict[str, Any]) -> list[dict[str, Any]]:
    """All containers of a deployment, the initial ones first."""
    spec = pod(deployment)
    return [*spec.get("initContainers", []), *spec["containers"]]
