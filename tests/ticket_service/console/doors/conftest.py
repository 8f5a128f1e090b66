"""Passwords are checked at once here: how slowly and how alike is proved in tests/ticket_service/api."""

from __future__ import annotations

import pytest

from tests.ticket_service.api.rig import PASSWORD, Rig


@pytest.fixture(autouse=True)
def quick_passwords(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = rig.web.services.authenticator._passwords
    hashes: dict[str, str] = {}

    def verify(kept: str | None, given: str) -> bool:
        return bool(kept) and (given == PASSWORD if kept not in hashes else hashes[kept] == given)

    def kept_of(given: str) -> str:
        hashes[f"hash {len(hashes) + 1}"] = given
        return f"hash {len(hashes)}"

    monkeypatch.setattr(passwords, "verify", verify)
    monkeypatch.setattr(passwords, "hash", kept_of)
