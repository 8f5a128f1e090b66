"""The launcher: what it installs and when, and what it says when something is wrong."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from deploy.local.home import REPOSITORY

LAUNCHER = REPOSITORY / "sportello"


@pytest.fixture
def launcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The launcher's module, working on a copy of a tree that is nearly empty."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("sportello_launcher", str(LAUNCHER))
    spec = importlib.util.spec_from_loader("sportello_launcher", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    (tmp_path / "development.txt").write_text("one==1\n")
    (tmp_path / "service.txt").write_text("two==2\n")
    (tmp_path / "other.txt").write_text("three==3\n")
    monkeypatch.setattr(module, "REPOSITORY", tmp_path)
    monkeypatch.setattr(module, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMPS", tmp_path / "stamps.json")
    monkeypatch.setattr(module, "DEVELOPMENT", "development.txt")
    monkeypatch.setattr(module, "PYTHON", Path(sys.executable))
    return module


@pytest.fixture
def installed(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that the launcher asked pip to install, in order."""
    files: list[str] = []
    monkeypatch.setattr(launcher, "install", files.extend)
    return files


def test_a_file_is_installed_once_and_again_only_after_it_changed(
    launcher: ModuleType, installed: list[str]
) -> None:
    for _ in range(2):
        launcher.prepare(("service.txt", "other.txt"))
    assert installed == ["service.txt", "other.txt"]

    (launcher.REPOSITORY / "other.txt").write_text("three==3.1\n")
    launcher.prepare(("service.txt", "other.txt"))
    assert installed == ["service.txt", "other.txt", "other.txt"]


def test_with_everything_for_development_installed_nothing_more_is_needed_to_run(
    launcher: ModuleType, installed: list[str]
) -> None:
    launcher.prepare(("development.txt",))
    launcher.prepare(("service.txt", "other.txt"))
    assert installed == ["development.txt"]


def test_what_failed_to_install_is_tried_again(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(files: list[str]) -> None:
        raise launcher.LaunchError("no network")

    monkeypatch.setattr(launcher, "install", fail)
    for _ in range(2):
        with pytest.raises(launcher.LaunchError):
            launcher.prepare(("service.txt",))


def test_pip_checks_hashes_and_a_failure_shows_what_it_said(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(launcher.REPOSITORY)
    (launcher.REPOSITORY / "service.txt").write_text("pip==1.0\n")
    with pytest.raises(launcher.LaunchError, match=r"could not install service\.txt"):
        launcher.install(["service.txt"])
    assert "--hash" in capfd.readouterr().err


def test_every_file_it_installs_exists_and_is_locked(launcher: ModuleType) -> None:
    for files, _ in launcher.COMMANDS.values():
        for file in files or ():
            assert "--hash=sha256:" in (REPOSITORY / file).read_text(), file


def test_no_locked_file_names_an_index_or_a_path_of_somebodys_machine() -> None:
    locked = [
        file
        for file in REPOSITORY.rglob("*.txt")
        if ".in" in {other.suffix for other in file.parent.glob(f"{file.stem}.*")}
        and not {".venv", ".sportello"} & set(file.parts)
    ]
    assert len(locked) >= 8
    for file in locked:
        for line in file.read_text().splitlines():
            assert "://" not in line, file
            assert not line.lstrip().startswith(("--index-url", "--extra-index-url", "--find-links")), file


def test_all_locked_files_agree_on_every_version() -> None:
    versions: dict[str, set[str]] = {}
    for file in [REPOSITORY / "requirements-dev.txt", *REPOSITORY.glob("*/*/requirements.txt")]:
        for line in file.read_text().splitlines():
            name, equals, version = line.removesuffix(" \\").partition("==")
            if equals and not line.startswith((" ", "#")):
                versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([], 0, "up [--detach]"),
        (["--help"], 0, "bench [name]"),
        (["frobnicate"], 2, "no command 'frobnicate'"),
        (["status"], 3, "Start it with ./sportello up"),
        (["down"], 0, "Nothing runs"),
        (["logs", "notifier"], 1, "start the desk with ./sportello up"),
    ],
)
def test_commands_answer_without_an_environment_and_from_any_folder(
    arguments: list[str], code: int, says: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, str(LAUNCHER), *arguments],
        cwd=tmp_path,
        env=os.environ | {"SPORTELLO_HOME": "relative-home"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert says in done.stdout + done.stderr
    assert not (REPOSITORY / "relative-home").exists()


def test_processes_of_a_command_may_keep_what_they_compiled(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(os, "chdir", lambda _folder: None)
    monkeypatch.setattr(os, "execv", lambda *_command: seen.append(os.getenv("PYTHONDONTWRITEBYTECODE")))
    launcher.main(["status"])
    assert seen == [None]
