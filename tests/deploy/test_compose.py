"""docker-compose.yml: accepted by the real Compose, started in the right order, no container privileged."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from marshmallow import Schema, fields

from deploy.compose import write_env
from services.webhook_gateway.channels.webchat.settings import ChatSiteSchema
from shared.runtime.channels_file import read_channels
from tests.deploy.conftest import Compose
from tests.deploy.desk import ROOT, processes

SOURCE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
SERVICES = sorted(yaml.safe_load(SOURCE)["services"])
ONE_SHOTS = {"ticket-service-prepare", "notifier-prepare", "mail-collector-prepare", "mongodb-setup"}
PUBLISHED = {
    *("ticket-service-web", "webhook-gateway-web", "webhook-gateway-streams", "sandbox", "prometheus"),
}
OUTWARDS = PUBLISHED | {
    *("notifier-worker", "webhook-gateway-worker", "mail-collector-worker", "ticket-service-timers"),
}


def test_a_first_look_is_valid_and_starts_the_sandbox_but_not_prometheus(
    compose: Compose, env_file: Path
) -> None:
    done = compose("config", "--services", env_file=env_file)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert set(done.stdout.split()) == set(SERVICES) - {"prometheus"}


def test_the_file_follows_the_compose_specification() -> None:
    done = subprocess.run(
        [
            Path(sys.executable).with_name("check-jsonschema"),
            "--builtin-schema",
            "vendor.compose-spec",
            ROOT / "docker-compose.yml",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_missing_secrets_are_all_named_with_the_remedy(compose: Compose, tmp_path: Path) -> None:
    empty = tmp_path / "env"
    empty.touch()
    done = compose("config", "--quiet", env_file=empty)
    assert done.returncode != 0
    for name in write_env.SECRETS:
        assert re.search(rf"{name} is missing a value: run python3 deploy/compose/write_env\.py", done.stderr)


def test_write_env_makes_secrets_that_differ_for_its_owner_alone(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    write_env.write(first)
    write_env.write(second)
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    values = [
        line.partition("=")[2]
        for path in (first, second)
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.partition("=")[0] in write_env.SECRETS
    ]
    assert len(set(values)) == 2 * len(write_env.SECRETS)
    assert all(re.fullmatch(r"[0-9a-f]{48}", value) for value in values)


def test_write_env_never_replaces_the_passwords_a_database_was_made_with(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text("MINE=1\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, ROOT / "deploy/compose/write_env.py", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "exists already" in done.stderr
    assert path.read_text(encoding="utf-8") == "MINE=1\n"


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_no_privilege_and_writes_only_where_it_must(
    composed: dict[str, Any], name: str
) -> None:
    service = composed[name]
    user = service["user"].partition(":")[0]
    assert user.isdigit()
    assert int(user) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"cap_add", "privileged", "devices", "pid", "ipc"} & service.keys()
    assert "docker.sock" not in str(service)
    assert all(mount["type"] == "volume" or mount.get("read_only") for mount in service.get("volumes", []))


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_bounded_restarted_and_pinned(composed: dict[str, Any], name: str) -> None:
    service = composed[name]
    limits = service["deploy"]["resources"]["limits"]
    assert {"cpus", "memory", "pids"} <= limits.keys()
    tag = service["image"].partition(":")[2]
    assert re.fullmatch(r"dev|v?\d+\.\d+\.\d+", tag)
    if name in ONE_SHOTS:
        assert service["restart"] == "no"
        assert service["healthcheck"]["disable"] is True
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", sorted(processes()))
def test_a_process_counts_as_healthy_when_it_is_ready_and_may_finish_what_it_does(
    composed: dict[str, Any], name: str
) -> None:
    service = composed[name]
    test = service["healthcheck"]["test"]
    assert test == ["CMD", "python", "/srv/sportello/deploy/healthcheck.py", "/readyz"]
    graceful = re.search(
        r"^graceful_timeout = (\d+)$", (ROOT / "deploy/gunicorn.conf.py").read_text(), re.MULTILINE
    )
    assert graceful is not None
    assert int(service["stop_grace_period"].removesuffix("s")) > int(graceful[1])


@pytest.mark.parametrize("name", sorted(processes().keys() - {"sandbox"}))
def test_a_process_waits_for_a_broker_that_is_well(composed: dict[str, Any], name: str) -> None:
    assert composed[name]["depends_on"]["rabbitmq"]["condition"] == "service_healthy"


def test_databases_are_set_up_before_anything_is_prepared(composed: dict[str, Any]) -> None:
    for name in ("ticket-service-prepare", "notifier-prepare"):
        assert composed[name]["depends_on"]["mongodb-setup"]["condition"] == "service_completed_successfully"
    assert composed["mongodb-setup"]["depends_on"]["mongodb"]["condition"] == "service_healthy"
    assert "transactionLifetimeLimitSeconds=3" in composed["mongodb"]["command"][0]


@pytest.mark.parametrize("name", SERVICES)
def test_only_what_must_be_reached_is_published_and_on_loopback_unless_asked_otherwise(
    composed: dict[str, Any], name: str
) -> None:
    ports = composed[name].get("ports", [])
    assert bool(ports) == (name in PUBLISHED)
    assert all(port["host_ip"] == "127.0.0.1" for port in ports)
    if "network_mode" not in composed[name]:
        assert ("outside" in composed[name]["networks"]) == (name in OUTWARDS)


def test_the_spool_is_a_volume_its_owner_can_write(composed: dict[str, Any]) -> None:
    service = composed["webhook-gateway-web"]
    folder = service["environment"]["WEBHOOK_GATEWAY_SPOOL_DIR"]
    (mount,) = [mount for mount in service["volumes"] if mount["target"] == folder]
    assert mount["type"] == "volume"
    owner, _, group = service["user"].partition(":")
    dockerfile = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    assert f"install -d -o {owner} -g {group} -m 0700 {folder}" in dockerfile


def test_broker_and_databases_cannot_reach_the_world() -> None:
    assert yaml.safe_load(SOURCE)["networks"]["data"] == {"internal": True}


SECRET_HOLDERS = {
    "SPORTELLO_ADMIN_PASSWORD": {"ticket-service-prepare"},
    "SPORTELLO_API_TOKEN": {"ticket-service-prepare"},
    "MONGODB_ROOT_PASSWORD": {"mongodb", "mongodb-setup"},
    "WHATSAPP_APP_SECRET": {"sandbox", "webhook-gateway-web", "webhook-gateway-worker"},
    "WHATSAPP_ACCESS_TOKEN": {"sandbox", "notifier-worker", "webhook-gateway-worker"},
    "SPORTELLO_FILES_SECRET": {"notifier-worker", "webhook-gateway-web", "webhook-gateway-streams"},
    "WEBCHAT_IDENTITY_SECRET": {
        *("webhook-gateway-web", "webhook-gateway-worker", "webhook-gateway-streams", "sandbox"),
    },
    "AMQP_URL": {
        *("ticket-service-web", "ticket-service-worker", "ticket-service-relay", "ticket-service-timers"),
        *("ticket-service-prepare", "webhook-gateway-web", "webhook-gateway-worker", "notifier-web"),
        *("notifier-worker", "notifier-relay", "notifier-prepare", "mail-collector-web"),
        *("mail-collector-worker", "mail-collector-prepare"),
    },
    "SPORTELLO_CONFIDENTIAL_KEY": {"ticket-service-web"},
    "SPORTELLO_SECRET_KEY": {"ticket-service-web"},
}


@pytest.mark.parametrize("secret", SECRET_HOLDERS)
def test_a_secret_is_given_only_to_those_who_need_it(composed: dict[str, Any], secret: str) -> None:
    holders = {name for name, service in composed.items() if secret in service.get("environment", {})}
    assert holders == SECRET_HOLDERS[secret]


META_FIELDS = ("phone_number_id", "waba_id", "app_secret", "verify_token", "access_token", "graph_url")
TWILIO_FIELDS = ("account_sid", "auth_token", "number", "public_url", "twilio_url")


def _strings(names: tuple[str, ...]) -> Schema:
    return Schema.from_dict(dict.fromkeys(names, fields.String(required=True)))()


def test_the_channels_file_resolves_with_what_the_containers_are_given(composed: dict[str, Any]) -> None:
    meta, twilio, chat = read_channels(ROOT / "deploy/compose/channels.yaml")
    environment = composed["webhook-gateway-web"]["environment"] | composed["notifier-worker"]["environment"]
    sandbox = composed["sandbox"]["environment"]
    settings = meta.resolve(_strings(META_FIELDS), environment)
    assert settings["phone_number_id"] == sandbox["WHATSAPP_PHONE_NUMBER_ID"]
    assert settings["access_token"] == sandbox["WHATSAPP_ACCESS_TOKEN"]
    assert settings["graph_url"] == "http://sandbox:8000/graph"
    settings = twilio.resolve(_strings(TWILIO_FIELDS), environment)
    assert settings["auth_token"] == sandbox["TWILIO_AUTH_TOKEN"]
    assert settings["public_url"] == sandbox["TWILIO_WEBHOOK_URL"]
    assert settings["twilio_url"] == sandbox["TWILIO_URL"]
    settings = chat.resolve(ChatSiteSchema(), composed["webhook-gateway-streams"]["environment"])
    assert settings["site_key"] == sandbox["WEBCHAT_SITE_KEY"]
    assert settings["identity_secret"] == sandbox["WEBCHAT_IDENTITY_SECRET"]
    assert settings["streams_url"] == sandbox["WEBCHAT_STREAMS_URL"]
    # The shop's page takes the widget from where its visitor's browser reaches the gateway.
    assert sandbox["WEBCHAT_GATEWAY_URL"] == "http://127.0.0.1:8001"
