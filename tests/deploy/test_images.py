"""The one Dockerfile, what goes into an image, and the health check inside it."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest

from deploy.healthcheck import check
from tests.deploy.desk import ROOT, SERVICES, entry_module, processes

DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")


def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), ROOT / "deploy/Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_stage_starts_from_the_same_pinned_image() -> None:
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert set(images) == {"python:3.11-slim-bookworm"}


def test_the_image_runs_as_a_numeric_user_and_checks_its_health() -> None:
    last_stage = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    assert re.findall(r"^USER (.+)$", last_stage, re.MULTILINE) == ["10001:10001"]
    assert "/srv/sportello/deploy/healthcheck.py" in last_stage


def test_libraries_are_installed_by_hash_alone() -> None:
    (install,) = re.findall(r"pip install(?:[^&]|\\\n)*", DOCKERFILE)
    assert {"--require-hashes", "--no-deps"} <= set(install.split())


def locked_requirements(service: str) -> str:
    folder = ROOT / "sandbox" if service == "sandbox" else ROOT / "services" / service
    return (folder / "requirements.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_brings_locked_requirements(service: str) -> None:
    locked = locked_requirements(service)
    pinned = re.findall(r"^[a-z0-9][^ \n]*==\S+ \\$", locked, re.MULTILINE)
    assert pinned
    assert len(pinned) == len(re.findall(r"^[a-z0-9]", locked, re.MULTILINE))


# Where a shared module imports a library only when it is asked for what needs it.
ON_DEMAND = {"gevent"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_process_imports_nothing_that_its_image_lacks(service: str) -> None:
    packages = ["sandbox"] if service == "sandbox" else [f"services.{service}", "shared"]
    graph = grimp.build_graph(*packages, include_external_packages=True, cache_dir=None)
    started = [entry_module(p) for p in processes(with_preparations=True).values() if p.service == service]
    imported = {module for entry in started for module in graph.find_upstream_modules(entry)}
    libraries = {module for module in imported if graph.is_module_squashed(module)} - sys.stdlib_module_names
    locked = set(re.findall(r"^([a-z0-9-]+)==", locked_requirements(service), re.MULTILINE))
    distributions = packages_distributions()
    missing = {
        library
        for library in libraries - ON_DEMAND
        if not locked & {re.sub(r"[-_.]+", "-", name).lower() for name in distributions[library]}
    }
    assert libraries
    assert not missing


def test_only_what_images_need_goes_to_the_builder() -> None:
    lines = [
        line
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    assert lines[0] == "*"
    allowed = {line.removeprefix("!").rstrip("/") for line in lines if line.startswith("!")}
    assert allowed == {"services", "shared", "sandbox", "deploy/gunicorn.conf.py", "deploy/healthcheck.py"}


class _Probe(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def probe_port() -> Iterator[str]:
    """A server that is alive but not ready."""
    with HTTPServer(("127.0.0.1", 0), _Probe) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield str(server.server_port)
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("variable", ["PORT", "PROBE_PORT"])
def test_a_process_that_answers_is_healthy(probe_port: str, variable: str) -> None:
    assert check({variable: probe_port}, "/healthz") == ""


def test_the_probe_port_is_asked_before_the_web_port(probe_port: str) -> None:
    assert check({"PORT": "1", "PROBE_PORT": probe_port}, "/healthz") == ""


def test_a_process_that_is_not_well_says_so(probe_port: str) -> None:
    assert check({"PORT": probe_port}, "/readyz") == f"/readyz on port {probe_port} answered 503"


@pytest.mark.parametrize("environment", [{}, {"PORT": ""}, {"PORT": "http"}])
def test_without_a_port_the_check_fails_and_says_why(environment: dict[str, str]) -> None:
    assert "names a port" in check(environment, "/healthz")


def test_the_script_ends_with_1_when_nobody_answers() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "deploy/healthcheck.py"],
        env={"PORT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no answer on port 1" in done.stderr
