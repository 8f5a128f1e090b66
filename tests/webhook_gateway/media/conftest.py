"""A provider for each test that fetches."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.webhook_gateway.media.provider import Provider, running


@pytest.fixture
def provider() -> Iterator[Provider]:
    """The internet as far as a test needs it."""
    with running() as found:
        yield found
