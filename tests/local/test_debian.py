"""Installing Debian packages: none starts its own server meanwhile, and refusals say what to do instead."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.local import debian

THEIRS = "#!/bin/sh\nexit 104\n"


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "policy-rc.d"
    monkeypatch.setattr(debian, "POLICY", file)
    monkeypatch.setattr(debian, "PACKAGES_KEPT", tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    return file


def install() -> None:
    debian.install(["a", "b"], purpose="A thing", instead="Or do without.")


@pytest.mark.parametrize("before", [None, THEIRS])
@pytest.mark.parametrize("fails", [False, True])
def test_no_service_may_start_while_installing_and_the_policy_of_before_is_back_afterwards(
    policy: Path, monkeypatch: pytest.MonkeyPatch, before: str | None, fails: bool
) -> None:
    if before is not None:
        policy.write_text(before)
    during: list[str] = []

    def apt(*arguments: str) -> None:
        during.append(policy.read_text())
        assert policy.stat().st_mode & 0o111
        if fails and arguments[0] == "install":
            raise debian.NotInstallableError("apt-get install failed")

    monkeypatch.setattr(debian, "_apt", apt)
    if fails:
        with pytest.raises(debian.NotInstallableError):
            install()
    else:
        install()

    assert len(during) == 2
    assert all("exit 101" in text for text in during)
    assert (policy.read_text() if policy.exists() else None) == before
    assert list(policy.parent.iterdir()) == ([policy] if before else [])


def test_a_policy_left_behind_by_a_killed_run_is_replaced_by_the_one_of_before(
    policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy.write_text(THEIRS)
    killed = debian._no_service_starts()
    killed.__enter__()
    monkeypatch.setattr(debian, "_apt", lambda *arguments: None)

    install()

    assert policy.read_text() == THEIRS


def test_who_is_not_root_is_told_the_command(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(
        debian.NotInstallableError, match=r"sudo apt-get install --no-install-recommends a b .*Or do without"
    ):
        install()


def test_other_systems_are_told_what_to_do_instead(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(debian.NotInstallableError, match=r"A thing is missing.*Or do without"):
        install()


@pytest.mark.parametrize("succeeds", [True, False])
def test_apt_shows_progress_and_all_it_said_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], succeeds: bool
) -> None:
    fake = tmp_path / "apt-get"
    code = 0 if succeeds else 100
    fake.write_text(f"#!/bin/sh\necho 'Get:1 a'\necho 'detail nobody needs'\nexit {code}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    if succeeds:
        debian._apt("update")
    else:
        with pytest.raises(debian.NotInstallableError, match=r"apt-get update failed \(exit code 100\)"):
            debian._apt("update")
    output = capfd.readouterr()
    assert "Get:1 a" in output.out
    assert ("detail nobody needs" in output.err) is not succeeds


def test_of_many_that_install_at_once_each_waits_for_the_others(
    policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work: list[int] = []
    together: list[int] = []

    def apt(*_arguments: str) -> None:
        at_work.append(1)
        together.append(len(at_work))
        time.sleep(0.01)
        at_work.pop()

    monkeypatch.setattr(debian, "_apt", apt)
    with ThreadPoolExecutor(5) as pool:
        for each in [pool.submit(install) for _ in range(5)]:
            each.result()
    assert together == [1] * 10
    assert not policy.exists()
