"""House rules that a linter does not know: sizes, names, who may use what."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("services", "shared", "sandbox", "deploy", "bench")
FORBIDDEN_NAMES = re.compile(r"(utils?|helpers?|common|misc|manager)$")
MAX_LINES = 300


def _modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_module_is_small() -> None:
    large = [
        str(path.relative_to(ROOT))
        for path in _modules(*SOURCES)
        if len(path.read_text().splitlines()) > MAX_LINES
    ]
    assert large == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT)) for path in _modules(*SOURCES) if not ast.get_docstring(_tree(path))
    ]
    assert silent == []


def test_no_name_says_nothing() -> None:
    vague = [
        str(path.relative_to(ROOT))
        for path in _modules(*SOURCES, "tests")
        if any(FORBIDDEN_NAMES.match(part.removesuffix(".py")) for part in path.relative_to(ROOT).parts)
    ]
    assert vague == []


def test_services_is_a_folder_of_services_not_a_package() -> None:
    assert not (ROOT / "services" / "__init__.py").exists()


def test_every_package_of_shared_is_used_by_two_services_at_least() -> None:
    users: dict[str, set[str]] = {
        path.name: set() for path in (ROOT / "shared").iterdir() if (path / "__init__.py").exists()
    }
    for path in _modules("services"):
        service = path.relative_to(ROOT / "services").parts[0]
        for name in _imports(path):
            parts = name.split(".")
            if parts[0] == "shared" and len(parts) > 1 and parts[1] in users:
                users[parts[1]].add(service)
    assert {package for package, services in users.items() if len(services) < 2} == set()


def _reads_settings(path: Path) -> bool:
    """Settings are read in config.py and handed on by wiring; nobody else imports either."""
    if path.name in ("wiring.py", "config.py", "settings.py") or path.parent.name == "wiring":
        return False
    return any(
        (name.startswith("shared.runtime.settings.") and "or_exit" not in name)
        or re.fullmatch(r"services\.\w+\.config(\.\w+)?", name)
        for name in _imports(path)
    )


def test_only_the_composition_root_reads_settings() -> None:
    readers = [str(path.relative_to(ROOT)) for path in _modules("services") if _reads_settings(path)]
    assert readers == []


@pytest.mark.parametrize("service", ["webhook_gateway", "notifier"])
def test_a_channel_has_the_same_files_everywhere(service: str) -> None:
    expected = {
        "webhook_gateway": {"settings.py", "verify.py", "normalise.py", "receipts.py", "reply.py"},
        "notifier": {"settings.py", "send.py", "errors.py"},
    }[service]
    channels = ROOT / "services" / service / "channels"
    kinds = [path for path in channels.iterdir() if (path / "__init__.py").exists()]
    assert kinds
    for kind in kinds:
        # The replies of a mailbox are mails: services/notifier/mail/ sends them for all of them alike.
        wanted = {"settings.py"} if kind.name == "email" else expected
        assert wanted <= {path.name for path in kind.iterdir()}, kind


def test_the_desk_and_the_plumbing_know_no_provider() -> None:
    provider = re.compile(r"pywa|twilio|wamid|graph\.facebook|hub_signature", re.IGNORECASE)
    knowing = [
        str(path.relative_to(ROOT))
        for path in _modules("services/ticket_service", "shared")
        if provider.search(path.read_text()) and "shared/contracts" not in str(path)
    ]
    assert knowing == []
