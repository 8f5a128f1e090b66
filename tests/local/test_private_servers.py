"""Private servers keep their data and address over a crash, and leave nothing behind."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pika
import psutil
import pymongo
import pytest

from deploy.local import rabbitmq
from deploy.local.child import Child
from deploy.local.mongod import MongoNode
from deploy.local.ports import free_port
from deploy.local.private import PrivateMongo, PrivateRabbitMQ
from tests.support import servers


def connect(uri: str) -> pymongo.MongoClient[dict[str, Any]]:
    return pymongo.MongoClient(uri, w="majority", journal=True)


@pytest.mark.fault
def test_a_confirmed_message_survives_the_broker_being_killed(private_rabbitmq: PrivateRabbitMQ) -> None:
    url = private_rabbitmq.node.add_vhost("crash")
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    channel.confirm_delivery()
    channel.queue_declare("kept", durable=True, arguments={"x-queue-type": "quorum"})
    channel.basic_publish("", "kept", b"hello", pika.BasicProperties(delivery_mode=2))

    private_rabbitmq.kill()
    with pytest.raises(pika.exceptions.AMQPError):
        channel.basic_get("kept")
    private_rabbitmq.start()

    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        assert connection.channel().basic_get("kept")[2] == b"hello"


@pytest.mark.integration
def test_a_wrong_password_is_said_at_once(amqp_url: str) -> None:
    wrong = amqp_url.replace(pika.URLParameters(amqp_url).credentials.password, "wrong")
    with pytest.raises(rabbitmq.BrokerError, match="refuses the user name or password"):
        rabbitmq.wait_ready(wrong, 30)


@pytest.mark.integration
def test_each_test_gets_an_empty_virtual_host(amqp_vhost_url: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(amqp_vhost_url)) as connection:
        channel = connection.channel()
        with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="NOT_FOUND"):
            channel.queue_declare("kept", passive=True)


@pytest.mark.fault
def test_a_committed_document_survives_the_database_being_killed(private_mongo: PrivateMongo) -> None:
    with connect(private_mongo.uri) as client:
        client["crash"]["kept"].insert_one({"_id": 1})
        private_mongo.kill()
        private_mongo.start()
        assert client["crash"]["kept"].count_documents({}) == 1


@pytest.mark.fault
def test_data_that_last_ran_on_another_port_becomes_primary_again(tmp_path: Path) -> None:
    for _ in range(2):
        node = MongoNode(tmp_path, free_port())
        node.write_files()
        server = Child(node.command(), {}, tmp_path / "server.log", tmp_path)
        server.start()
        try:
            node.make_primary(60)
            with connect(node.uri) as client:
                assert client.admin.command("hello")["me"] == f"127.0.0.1:{node.port}"
        finally:
            server.stop()


@pytest.mark.integration
def test_a_transaction_left_open_is_ended_by_the_server_within_seconds(mongodb_uri: str) -> None:
    with connect(mongodb_uri) as client:
        limit = client.admin.command({"getParameter": 1, "transactionLifetimeLimitSeconds": 1})
        assert limit["transactionLifetimeLimitSeconds"] <= 5


@pytest.mark.integration
def test_a_database_of_a_test_is_gone_afterwards(mongodb_uri: str) -> None:
    with connect(mongodb_uri) as client:
        with servers.throwaway_database(mongodb_uri) as name:
            client[name]["documents"].insert_one({})
            client[f"{name}_other"]["documents"].insert_one({})
        assert not [found for found in client.list_database_names() if found.startswith(name)]


def test_a_stopped_child_takes_its_descendants_with_it(tmp_path: Path) -> None:
    child = Child(["sh", "-c", "sleep 300 & echo $!; wait"], {}, tmp_path / "log", tmp_path)
    child.start()
    deadline = time.monotonic() + 10
    while not (tmp_path / "log").read_text().strip() and time.monotonic() < deadline:
        time.sleep(0.01)
    descendant = int((tmp_path / "log").read_text())

    child.stop(timeout=5)

    assert not child.running
    psutil.wait_procs([psutil.Process(descendant)] if psutil.pid_exists(descendant) else [], timeout=5)
    assert not psutil.pid_exists(descendant) or psutil.Process(descendant).status() == psutil.STATUS_ZOMBIE
