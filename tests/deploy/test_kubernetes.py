"""The kustomize base: every resource valid as it stands, every pod unprivileged, every reference met."""

from __future__ import annotations

from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from services.webhook_gateway.config import SPOOL_BYTES
from shared.runtime.channels_file import read_channels
from tests.deploy.desk import KUBERNETES, containers, documents, manifests, of_kind, pod, processes, workloads

VERSIONS = ("1.29", "1.37")
RESOURCES = [
    pytest.param(document, id=f"{document['kind']}/{document['metadata']['name']}")
    for _, document in manifests()
]
SECRETS = documents(KUBERNETES / "secrets.example.yaml")
DEPLOYMENTS = sorted(workloads())


def labels_match(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a label selector, of the two kinds used here, chooses these labels."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for rule in selector.get("matchExpressions", []):
        chosen = labels.get(rule["key"]) in rule["values"]
        if chosen != (rule["operator"] == "In"):
            return False
    return True


def pod_labels(name: str) -> dict[str, str]:
    labels: dict[str, str] = workloads()[name]["spec"]["template"]["metadata"]["labels"]
    return labels


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("document", RESOURCES)
def test_a_resource_is_valid_without_any_unknown_field(document: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(document, version, strict=True)


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret["metadata"]["name"])
def test_an_example_secret_is_valid_and_holds_no_real_one(secret: dict[str, Any]) -> None:
    kubernetes_validate.validate(secret, VERSIONS[-1], strict=True)
    confidential = [
        value for name, value in secret["stringData"].items() if name.endswith(("TOKEN", "PASSWORD"))
    ]
    assert all(value == "replace-me" for value in confidential)


def test_nothing_names_a_namespace_and_every_file_is_listed() -> None:
    assert all("namespace" not in document["metadata"] for _, document in manifests())
    files = {path for folder in ("base", "sandbox") for path in (KUBERNETES / folder).glob("*.yaml")}
    unlisted = {"kustomization.yaml", "channels.yaml"}
    assert {path for path in files if path.name not in unlisted} == {path for path, _ in manifests()}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_pod_has_no_privilege(name: str) -> None:
    deployment = workloads()[name]
    spec = pod(deployment)
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
    security = spec["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] > 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in containers(deployment):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
        assert "memory" in container["resources"]["limits"]
        assert ":" in container["image"]
        assert not container["image"].endswith(":latest")
    assert all("hostPath" not in volume for volume in spec["volumes"])


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_pod_is_probed_on_the_port_its_process_is_told(name: str) -> None:
    (container,) = pod(workloads()[name])["containers"]
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    (port,) = container["ports"]
    assert str(port["containerPort"]) == environment.get("PROBE_PORT", environment.get("PORT"))
    paths = {
        probe: (container[probe]["httpGet"]["path"], container[probe]["httpGet"]["port"])
        for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert paths == {
        "startupProbe": ("/healthz", port["name"]),
        "livenessProbe": ("/healthz", port["name"]),
        "readinessProbe": ("/readyz", port["name"]),
    }


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_what_a_container_mounts_exists_and_its_metrics_folder_is_a_mount(name: str) -> None:
    spec = pod(workloads()[name])
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    claims = workloads()[name]["spec"].get("volumeClaimTemplates", [])
    volumes |= {claim["metadata"]["name"]: claim for claim in claims}
    for container in containers(workloads()[name]):
        mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        assert set(mounts.values()) <= volumes.keys()
        assert "emptyDir" in volumes[mounts["/tmp"]]
        for entry in container.get("env", []):
            if entry["name"] == "PROMETHEUS_MULTIPROC_DIR":
                assert "emptyDir" in volumes[mounts[entry["value"]]]


def test_the_spool_outlives_its_pod_and_has_room_for_what_it_may_hold() -> None:
    (gateway,) = of_kind("StatefulSet").values()
    (claim,) = gateway["spec"]["volumeClaimTemplates"]
    (container,) = pod(gateway)["containers"]
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    assert mounts[environment["WEBHOOK_GATEWAY_SPOOL_DIR"]] == claim["metadata"]["name"]
    assert SPOOL_BYTES < 1024**3
    assert claim["spec"]["resources"]["requests"]["storage"] == "1Gi"
    kept = gateway["spec"]["persistentVolumeClaimRetentionPolicy"]
    assert kept == {"whenDeleted": "Retain", "whenScaled": "Retain"}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_what_a_pod_refers_to_is_in_the_base_or_in_the_example(name: str) -> None:
    secrets = {secret["metadata"]["name"] for secret in SECRETS}
    generated = {"sportello-channels"}
    for container in containers(workloads()[name]):
        for source in container["envFrom"]:
            if "secretRef" in source:
                assert source["secretRef"]["name"] in secrets
            else:
                assert source["configMapRef"]["name"] in of_kind("ConfigMap")
    volumes = pod(workloads()[name])["volumes"]
    assert {v["configMap"]["name"] for v in volumes if "configMap" in v} <= generated


def test_the_administrators_secret_is_read_by_preparation_only() -> None:
    for deployment in workloads().values():
        for container in pod(deployment)["containers"]:
            names = [source.get("secretRef", {}).get("name", "") for source in container["envFrom"]]
            assert not [name for name in names if name.endswith("-prepare")]


@pytest.mark.parametrize("kind", ["Service", "PodDisruptionBudget"])
def test_services_and_budgets_choose_the_pods_of_exactly_one_deployment(kind: str) -> None:
    for resource in of_kind(kind).values():
        selector = resource["spec"]["selector"]
        selector = selector if kind == "PodDisruptionBudget" else {"matchLabels": selector}
        chosen = [name for name in DEPLOYMENTS if labels_match(selector, pod_labels(name))]
        assert len(chosen) == 1, resource["metadata"]["name"]


def test_what_runs_several_times_is_spread_and_has_a_budget() -> None:
    several = {name for name, deployment in workloads().items() if deployment["spec"].get("replicas", 2) > 1}
    assert set(of_kind("PodDisruptionBudget")) == several
    for name in several:
        constraints = pod(workloads()[name])["topologySpreadConstraints"]
        assert all(labels_match(rule["labelSelector"], pod_labels(name)) for rule in constraints)


def test_the_autoscaler_owns_the_number_of_gateway_pods() -> None:
    (scaler,) = of_kind("HorizontalPodAutoscaler").values()
    target = scaler["spec"]["scaleTargetRef"]["name"]
    assert target == "webhook-gateway-web"
    assert "replicas" not in workloads()[target]["spec"]


def test_from_anywhere_only_the_gateway_and_the_desk_are_reached() -> None:
    public = set()
    for policy in of_kind("NetworkPolicy").values():
        for rule in policy["spec"].get("ingress", []):
            if "from" not in rule:
                public |= {
                    name
                    for name in DEPLOYMENTS
                    if labels_match(policy["spec"]["podSelector"], pod_labels(name))
                }
    assert public == {"ticket-service-web", "webhook-gateway-web", "webhook-gateway-streams"}


def test_every_pod_is_denied_whatever_no_policy_allows() -> None:
    policy = of_kind("NetworkPolicy")["sportello-nothing-else"]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert not {"ingress", "egress"} & policy.keys()
    assert all(labels_match(policy["podSelector"], pod_labels(name)) for name in DEPLOYMENTS)


def test_only_the_processes_that_call_others_may_go_out_to_the_world() -> None:
    outwards = set()
    for policy in of_kind("NetworkPolicy").values():
        for rule in policy["spec"].get("egress", []):
            world = [
                peer for peer in rule.get("to", []) if peer.get("ipBlock", {}).get("cidr") == "0.0.0.0/0"
            ]
            if world:
                assert all("10.0.0.0/8" in peer["ipBlock"]["except"] for peer in world)
                outwards |= {
                    name
                    for name in DEPLOYMENTS
                    if labels_match(policy["spec"]["podSelector"], pod_labels(name))
                }
    assert outwards == {
        *("notifier-worker", "webhook-gateway-worker", "mail-collector-worker", "ticket-service-timers"),
    }


def test_the_channels_example_is_readable_and_its_secrets_are_in_the_example() -> None:
    channels = read_channels(KUBERNETES / "base" / "channels.yaml")
    text = yaml.safe_dump([dict(channel.fields) for channel in channels])
    keys = {key for secret in SECRETS for key in secret["stringData"]}
    secrets = ("WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN", "WHATSAPP_ACCESS_TOKEN")
    for name in (*secrets, "WEBCHAT_IDENTITY_SECRET"):
        assert f"${{{name}}}" in text
        assert name in keys


def test_a_stopping_pod_has_longer_than_its_process_needs() -> None:
    for name, deployment in workloads().items():
        spec = pod(deployment)
        web = processes()[name].arguments[0] == "gunicorn"
        assert spec["terminationGracePeriodSeconds"] >= (60 if web else 45)
        assert ("lifecycle" in spec["containers"][0]) == web
