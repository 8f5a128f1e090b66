"""One prepared desk for all tests here, empty at the beginning of each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ticket_service.api.rig import Rig, running


@pytest.fixture(scope="session")
def _session_rig(mongodb_uri: str) -> Iterator[Rig]:
    with running(mongodb_uri) as rig:
        yield rig


@pytest.fixture
def rig(_session_rig: Rig) -> Rig:
    """The desk with its REST interface: S000, the time zone of Rome, an administrator and an agent."""
    _session_rig.clean()
    return _session_rig
