"""How `./sportello test` runs: side by side where everything is run, as asked where somebody chose."""

from __future__ import annotations

import pytest

from deploy.local.test import side_by_side

SHARED = ["-n", "3", "--dist", "loadscope", "--no-loadscope-reorder"]


@pytest.mark.parametrize("arguments", [[], ["-q"], ["-x", "-v"], ["--durations=20"]])
def test_everything_is_run_by_several_processes(arguments: list[str]) -> None:
    assert side_by_side(arguments, {}) == SHARED


@pytest.mark.parametrize("arguments", [["tests/shared"], ["-n", "0"], ["-n4"], ["-p", "no:xdist"], ["--co"]])
def test_who_chooses_what_or_how_gets_just_that(arguments: list[str]) -> None:
    assert side_by_side(arguments, {}) == []


def test_a_given_broker_is_used_by_one_process_only() -> None:
    assert side_by_side([], {"AMQP_URL": "amqp://broker/"}) == []
