"""The desk that all journeys share: started once, by the command."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.desk import Desk, running_desk


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A running desk with empty data."""
    with running_desk(tmp_path_factory.mktemp("desk") / "home") as desk:
        yield desk
