"""The servers of an instance (its own or given ones), and the list of programs to supervise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local import debian, dovecot, mongod, rabbitmq
from deploy.local.home import CERTIFIED_ADDRESS, MAIL_ADDRESS, Home, Secrets
from deploy.local.ports import PortPlan
from deploy.local.processes import INSTANCE_MARK, PROCESSES, Instance
from deploy.local.supervisor import SERVICES, Program

OWN_SECONDS = 120.0
GIVEN_SECONDS = 10.0


@dataclass(frozen=True)
class Servers:
    """Where broker, database and mailboxes are; a node is there only when it is the instance's own."""

    amqp_url: str
    mongodb_uri: str
    broker: rabbitmq.RabbitMQNode | None
    database: mongod.MongoNode | None
    mailboxes: dovecot.DovecotNode | None
    log_folder: Path

    @classmethod
    def chosen(cls, home: Home, plan: PortPlan, secrets: Secrets, environment: Mapping[str, str]) -> Servers:
        """Those of AMQP_URL, MONGODB_URI and MAIL_IMAP_PORT where given, else own ones below the home."""
        given_amqp, given_mongodb = environment.get("AMQP_URL", ""), environment.get("MONGODB_URI", "")
        broker = None if given_amqp else rabbitmq.RabbitMQNode(
            home=home.rabbitmq,
            port=plan["rabbitmq"],
            names_port=plan["rabbitmq.names"],
            cluster_port=plan["rabbitmq.cluster"],
            password=secrets.rabbitmq_password,
            cookie=secrets.rabbitmq_cookie,
        )  # fmt: skip
        database = None if given_mongodb else mongod.MongoNode(home.mongodb, plan["mongodb"], cache_gb=1.0)
        users = {
            environment.get("MAIL_ADDRESS", MAIL_ADDRESS): environment.get(
                "MAIL_PASSWORD", secrets.mail_password
            ),
            environment.get("MAIL_PEC_ADDRESS", CERTIFIED_ADDRESS): environment.get(
                "MAIL_PEC_PASSWORD", secrets.pec_password
            ),
        }
        own_mail = not environment.get("MAIL_IMAP_PORT", "")
        return cls(
            given_amqp or (broker.url if broker else ""),
            given_mongodb or (database.uri if database else ""),
            broker,
            database,
            dovecot.DovecotNode(home.dovecot, plan["dovecot"], users) if own_mail else None,
            home.logs,
        )

    def installed(self) -> Servers:
        """The same with what the own ones need installed; debian.NotInstallableError when that is impossible.

        Mailboxes are left out where Dovecot cannot be had: everything but mail works without it.
        """
        if self.broker:
            rabbitmq.ensure_installed()
        if self.database:
            mongod.ensure_installed()
        if self.mailboxes:
            try:
                dovecot.ensure_installed()
            except debian.NotInstallableError as error:
                print(f"Mailboxes are not available: {error}", flush=True)
                return replace(self, mailboxes=None)
        return self

    def own_programs(self) -> list[str]:
        """The names of the programs to start before everything else, in order."""
        broker = ["rabbitmq.names", "rabbitmq"] if self.broker else []
        return broker + (["mongodb"] if self.database else []) + (["dovecot"] if self.mailboxes else [])

    def own_ports(self) -> list[str]:
        """The names of the ports that the own ones listen on."""
        return [*self.own_programs(), *(["rabbitmq.cluster"] if self.broker else [])]

    def check_given(self) -> None:
        """Ask the given ones whether they are there, before anything starts. BrokerError, DatabaseError."""
        if self.broker is None:
            rabbitmq.wait_ready(self.amqp_url, GIVEN_SECONDS)
        if self.database is None:
            mongod.wait_ready(self.mongodb_uri, GIVEN_SECONDS)

    def wait_own(self) -> None:
        """Wait until the own ones accept work. BrokerError, DatabaseError or MailServerError otherwise."""
        if self.database:
            self.database.make_primary(OWN_SECONDS)
        if self.broker:
            rabbitmq.wait_ready(self.amqp_url, OWN_SECONDS)
        if self.mailboxes:
            dovecot.wait_ready(self.mailboxes.port, OWN_SECONDS)


def programs(desk: Instance, servers: Servers) -> list[Program]:
    """Everything to supervise: broker, database, mailboxes (when own) stop last, after all services."""
    mark = {INSTANCE_MARK: str(desk.home.root)}
    table = []
    if servers.broker:
        servers.broker.write_files()
        environment = servers.broker.environment() | mark
        for name, command, priority in (
            ("rabbitmq.names", servers.broker.names_command(), 10),
            ("rabbitmq", servers.broker.command(), 20),
        ):
            table.append(Program(name, command, environment, desk.home.log(name), priority, 60))
    if servers.database:
        servers.database.write_files()
        command = servers.database.command()
        table.append(Program("mongodb", command, mark, desk.home.log("mongodb"), 30, 30))
    if servers.mailboxes:
        servers.mailboxes.write_files()
        command = servers.mailboxes.command()
        table.append(Program("dovecot", command, mark, desk.home.log("dovecot"), 40, 30))
    for process in PROCESSES:
        environment = desk.environment(process)
        log = desk.home.log(process.name)
        table.append(Program(process.name, process.command, environment, log, 100, 40, SERVICES))
    return table
