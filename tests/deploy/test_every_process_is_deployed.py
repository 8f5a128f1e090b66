"""Compose, Kubernetes and Prometheus know every process of the table, no other, and run the same commands."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from deploy.local.ports import PortPlan
from tests.deploy.desk import (
    PROMETHEUS,
    container_command,
    containers,
    pod,
    processes,
    workloads,
)

INFRASTRUCTURE = {"rabbitmq", "mongodb", "mongodb-setup", "prometheus"}
SANDBOX = {"sandbox"}  # a stand-in for providers, without metrics


def scrape_job(name: str) -> dict[str, Any]:
    (job,) = yaml.safe_load((PROMETHEUS / name).read_text(encoding="utf-8"))["scrape_configs"]
    assert job["job_name"] == "sportello"
    return dict(job)


def targets(name: str) -> dict[str, str]:
    return {
        group["labels"]["process"]: address
        for group in scrape_job(name)["static_configs"]
        for address in group["targets"]
    }


def test_compose_runs_every_process_and_no_other(composed: dict[str, Any]) -> None:
    assert set(composed) - INFRASTRUCTURE == set(processes(with_preparations=True))


@pytest.mark.parametrize("name", processes(with_preparations=True))
def test_compose_runs_the_command_of_the_table_in_the_image_of_its_service(
    composed: dict[str, Any], name: str
) -> None:
    process = processes(with_preparations=True)[name]
    assert composed[name]["command"] == container_command(process)
    assert composed[name]["image"] == f"sportello/{process.service}:dev"
    assert composed[name]["build"]["args"] == {"SERVICE": process.service}


def test_kubernetes_runs_every_process_and_no_other() -> None:
    assert set(workloads()) == set(processes())


@pytest.mark.parametrize("name", processes())
def test_kubernetes_runs_the_command_of_the_table_in_the_image_of_its_service(name: str) -> None:
    process = processes()[name]
    (container,) = pod(workloads()[name])["containers"]
    assert container["command"] == container_command(process)
    assert re.fullmatch(rf"sportello/{process.service}:\d+\.\d+\.\d+", container["image"])


@pytest.mark.parametrize("name", processes())
def test_a_service_with_a_preparation_runs_it_before_each_of_its_processes(
    composed: dict[str, Any], name: str
) -> None:
    process = processes()[name]
    table = processes(with_preparations=True)
    preparation = f"{process.service}.prepare".replace("_", "-").replace(".", "-")
    before = [c["command"] for c in containers(workloads()[name])[:-1]]
    conditions = {n: need["condition"] for n, need in composed[name].get("depends_on", {}).items()}
    if preparation in table:
        assert before == [container_command(table[preparation])]
        assert conditions[preparation] == "service_completed_successfully"
    else:
        assert before == []
        assert preparation not in conditions


def test_prometheus_scrapes_every_process_where_compose_runs_it(composed: dict[str, Any]) -> None:
    expected = {}
    for name in processes().keys() - SANDBOX:
        environment = composed[name]["environment"]
        port = environment.get("PROBE_PORT") or environment["PORT"]
        expected[processes()[name].name] = f"{name}:{port}"
    assert targets("prometheus.yml") == expected


def test_prometheus_scrapes_every_process_where_up_runs_it() -> None:
    plan = PortPlan()
    names = {process.name for name, process in processes().items() if name not in SANDBOX}
    assert targets("local.yml") == {name: f"127.0.0.1:{plan[name]}" for name in names}


@pytest.mark.parametrize("name", sorted(processes().keys() - SANDBOX))
def test_prometheus_in_kubernetes_finds_each_pod_and_names_its_process(name: str) -> None:
    deployment = workloads()[name]
    metadata = deployment["spec"]["template"]["metadata"]
    (port,) = pod(deployment)["containers"][0]["ports"]
    assert metadata["annotations"] == {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(port["containerPort"]),
        "prometheus.io/path": "/metrics",
    }
    labels = {
        "__meta_kubernetes_pod_annotation_prometheus_io_scrape": "true",
        "__meta_kubernetes_pod_container_port_name": port["name"],
        "__meta_kubernetes_pod_label_app_kubernetes_io_name": metadata["labels"]["app.kubernetes.io/name"],
        "__meta_kubernetes_pod_label_app_kubernetes_io_component": metadata["labels"][
            "app.kubernetes.io/component"
        ],
    }
    relabelled = relabel(labels, scrape_job("kubernetes.yml")["relabel_configs"])
    assert relabelled is not None
    assert relabelled["process"] == processes()[name].name


def relabel(labels: dict[str, str], rules: list[dict[str, Any]]) -> dict[str, str] | None:
    """What Prometheus does with the rules used here: `keep`, and `replace` with whole-string matches."""
    labels = dict(labels)
    for rule in rules:
        joined = ";".join(labels.get(name, "") for name in rule["source_labels"])
        match = re.fullmatch(rule.get("regex", "(.*)"), joined)
        if rule.get("action", "replace") == "keep":
            if not match:
                return None
        elif match:
            template = rule.get("replacement", "$1")
            labels[rule["target_label"]] = match.expand(re.sub(r"\$\{?(\d)\}?", r"\\\1", template))
    return labels
