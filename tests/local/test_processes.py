"""Each process gets the environment it needs, and no secret that only another one needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.home import Home
from deploy.local.ports import PortPlan
from deploy.local.processes import PREPARATIONS, PROCESSES, Instance, Process, inherited


@pytest.fixture
def desk(tmp_path: Path) -> Instance:
    home = Home(tmp_path)
    return Instance(home, PortPlan(9000), home.prepare(), "amqp://u:p@b/", "mongodb://d/", {})


def named(name: str) -> Process:
    (found,) = [process for process in (*PROCESSES, *PREPARATIONS) if process.name == name]
    return found


def test_every_process_listens_where_the_port_table_says(desk: Instance) -> None:
    for process in PROCESSES:
        environment = desk.environment(process)
        port = environment.get("PORT") or environment["PROBE_PORT"]
        assert int(port) == desk.plan[process.name], process.name
        assert ("PORT" in environment) != ("PROBE_PORT" in environment), process.name


def test_only_web_processes_share_counters_in_a_folder_and_each_has_its_own(desk: Instance) -> None:
    folders = [
        environment["PROMETHEUS_MULTIPROC_DIR"]
        for environment in map(desk.environment, PROCESSES)
        if "PROMETHEUS_MULTIPROC_DIR" in environment
    ]
    assert len(folders) == len(set(folders)) == 5


@pytest.mark.parametrize(
    ("process", "has", "lacks"),
    [
        (
            "ticket_service.web",
            {
                "MONGODB_URI",
                "AMQP_URL",
                "SPORTELLO_CHANNELS",
                "SPORTELLO_CONFIDENTIAL_KEY",
                "SPORTELLO_DESK_URL",
            },
            {"WHATSAPP_ACCESS_TOKEN"},
        ),
        ("ticket_service.prepare", {"SPORTELLO_ADMIN_PASSWORD", "SPORTELLO_API_TOKEN"}, {"PROBE_PORT"}),
        (
            "ticket_service.worker",
            {"MONGODB_URI", "PROBE_PORT"},
            {"SPORTELLO_API_TOKEN", "SPORTELLO_CONFIDENTIAL_KEY", "MAIL_PASSWORD"},
        ),
        ("ticket_service.timers", {"SPORTELLO_SECRET_KEY"}, {"SPORTELLO_CONFIDENTIAL_KEY"}),
        (
            "webhook_gateway.web",
            {
                *("WHATSAPP_APP_SECRET", "AMQP_URL", "WEBHOOK_GATEWAY_SPOOL_DIR", "BLOBS_URI"),
                *("WEBCHAT_IDENTITY_SECRET", "MONGODB_URI"),
            },
            {"MAIL_PASSWORD"},
        ),
        (
            "webhook_gateway.streams",
            {
                *("MONGODB_URI", "SPORTELLO_FILES_SECRET", "WEBCHAT_IDENTITY_SECRET", "SPORTELLO_PUBLIC_URL"),
                *("PORT", "PROMETHEUS_MULTIPROC_DIR", "WORKER_CONNECTIONS"),
            },
            {"AMQP_URL", "WHATSAPP_APP_SECRET", "BLOBS_URI", "PROBE_PORT"},
        ),
        ("webhook_gateway.worker", {"WHATSAPP_ACCESS_TOKEN", "MONGODB_URI"}, {"SPORTELLO_FILES_SECRET"}),
        (
            "notifier.worker",
            {"WHATSAPP_ACCESS_TOKEN", "MONGODB_URI", "SPORTELLO_FILES_SECRET", "MAIL_PASSWORD"},
            {"SPORTELLO_ADMIN_PASSWORD"},
        ),
        ("mail_collector.web", {"AMQP_URL"}, {"MONGODB_URI", "WHATSAPP_APP_SECRET"}),
        (
            "mail_collector.worker",
            {"AMQP_URL", "MONGODB_URI", "PROBE_PORT", "MAIL_IMAP_PORT", "MAIL_PASSWORD", "MAIL_PEC_PASSWORD"},
            {"WHATSAPP_APP_SECRET", "SPORTELLO_SECRET_KEY"},
        ),
        ("mail_collector.prepare", {"MONGODB_URI"}, {"PROBE_PORT", "WHATSAPP_APP_SECRET"}),
        (
            "sandbox",
            {"GATEWAY_URL", "WHATSAPP_APP_SECRET", "MAIL_IMAP_PORT", "MAIL_SMTP_PORT", "MAIL_PASSWORD"},
            {"AMQP_URL", "MONGODB_URI"},
        ),
    ],
)
def test_secrets_go_where_they_are_needed(
    desk: Instance, process: str, has: set[str], lacks: set[str]
) -> None:
    environment = desk.environment(named(process))
    assert has <= set(environment)
    assert not lacks & set(environment)


def test_each_service_has_a_database_of_its_own(desk: Instance) -> None:
    names = {
        process.service: environment["MONGODB_DATABASE"]
        for process, environment in ((process, desk.environment(process)) for process in PROCESSES)
        if "MONGODB_DATABASE" in environment
    }
    assert names == {
        "ticket_service": "sportello_ticket_service",
        "notifier": "sportello_notifier",
        "webhook_gateway": "sportello_webhook_gateway",
        "mail_collector": "sportello_mail_collector",
    }


def test_those_who_make_links_to_files_and_those_who_serve_them_share_a_secret(desk: Instance) -> None:
    made = desk.environment(named("notifier.worker"))["SPORTELLO_FILES_SECRET"]
    assert desk.environment(named("webhook_gateway.web"))["SPORTELLO_FILES_SECRET"] == made
    assert len(made) > 30


def test_what_only_one_process_may_be_given_is_not_inherited_by_all() -> None:
    assert inherited(
        {"PORT": "1", "PROMETHEUS_MULTIPROC_DIR": "/x", "SPORTELLO_TIME_ZONE": "Europe/Rome"}
    ) == {"SPORTELLO_TIME_ZONE": "Europe/Rome"}
