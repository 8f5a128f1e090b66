"""What documents are made with: installed when it is missing, and nothing stops where it cannot be."""

from __future__ import annotations

import ctypes.util
import re
from pathlib import Path
from typing import Any

import pytest

from deploy.local import debian, pango

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("there", [True, False])
def test_it_is_installed_only_when_it_is_missing(monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    installed: list[Any] = []
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: name if there else None)
    monkeypatch.setattr(debian, "install", lambda packages, **_: installed.append(packages))
    pango.ensure_installed()
    assert installed == ([] if there else [pango.PACKAGES])


def test_where_it_cannot_be_installed_everything_else_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise debian.NotInstallableError("Run: sudo apt-get install libpango-1.0-0")

    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    monkeypatch.setattr(debian, "install", refuse)
    pango.install_or_say()
    assert "sudo apt-get install libpango-1.0-0" in capsys.readouterr().out


def test_the_desks_image_has_the_same_packages() -> None:
    (install,) = re.findall(
        r"apt-get install -y --no-install-recommends([^&]+)&&", (ROOT / "deploy/Dockerfile").read_text()
    )
    assert sorted(install.replace("\\", " ").split()) == sorted(pango.PACKAGES)
