"""House rules that a linter does not know: sizes, names, who may use what."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("services", "shared", "sandbox", "deploy", "bench")
FORBIDDEN_NAMES = re.compile(r"(utils?|helpers?|common|misc|manager)$")
MAX_LINES = 300


def _modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", _modules(*SOURCES), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_small_and_says_what_it_is(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MAX_LINES
    assert ast.get_docstring(ast.parse(text))


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


@pytest.mark.parametrize("path", _modules("services"), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_composition_root_reads_settings(path: Path) -> None:
    if path.name in ("wiring.py", "config.py", "settings.py") or path.parent.name == "wiring":
        return
    names = _imports(path)
    assert not any(
        name.startswith("shared.runtime.settings") and "or_exit" not in name
        for name in names - {"shared.runtime.settings"}
    ), "settings are read in config.py and handed on by wiring"
    own_config = {name for name in names if re.fullmatch(r"services\.\w+\.config(\.\w+)?", name)}
    assert own_config == set(), "only wiring imports config"


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
