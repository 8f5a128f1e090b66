"""The arithmetic behind every figure."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.measure import Series, Slice, interleave, percentile


class Machine:
    """A machine whose speed changes from slice to slice; its calibration takes accordingly long."""

    def __init__(self, speeds: list[float]) -> None:
        self._speeds = itertools.cycle(speeds)
        self._now = 1.0
        self.order: list[str] = []

    def calibration(self) -> float:
        return 0.013 / self._now

    def variant(self, name: str, rate: float) -> Callable[[], float]:
        def measure() -> float:
            self.order.append(name)
            return rate * self._now

        return measure

    def change(self) -> None:
        self._now = next(self._speeds)


def test_a_machine_that_changes_its_speed_between_rounds_does_not_change_the_ratio() -> None:
    machine = Machine([1.0, 0.4, 0.7, 0.5])
    fast, slow = machine.variant("fast", 3000.0), machine.variant("slow", 1000.0)
    slices: list[Slice] = []
    for number in range(4):
        machine.change()
        once = interleave({"fast": fast, "slow": slow}, 1, calibration=machine.calibration).slices
        slices += [replace(each, round=number) for each in once]
    found = Series(slices)
    assert found.ratio("fast", "slow").median == pytest.approx(3.0)
    assert found.rate("fast") == pytest.approx(3000.0), "scaled to the machine at its best"
    assert found.rates("slow") == pytest.approx([1000.0] * 4)


def test_slices_alternate_and_every_second_round_runs_backwards() -> None:
    machine = Machine([1.0])
    variants = {name: machine.variant(name, 1.0) for name in "abc"}
    interleave(variants, 3, calibration=lambda: 1.0)
    assert "".join(machine.order) == "abccbaabc"


def test_a_slice_is_scaled_by_what_was_measured_around_it() -> None:
    assert Slice("a", 0, rate=100.0, before=0.02, after=0.04).scaled(0.015) == pytest.approx(200.0)


def test_one_disturbed_round_does_not_move_the_median() -> None:
    rates = [(20.0, 10.0), (21.0, 10.0), (2.0, 10.0), (19.0, 10.0), (20.0, 10.0)]
    slices = [
        Slice(name, number, rate, 1.0, 1.0)
        for number, pair in enumerate(rates)
        for name, rate in zip("ab", pair, strict=True)
    ]
    ratio = Series(slices).ratio("a", "b")
    assert ratio.median == pytest.approx(2.0)
    assert (ratio.low, ratio.high) == pytest.approx((1.9, 2.0))


def test_an_unknown_variant_is_an_error_not_a_zero() -> None:
    with pytest.raises(KeyError):
        Series([Slice("a", 0, 1.0, 1.0, 1.0)]).rate("b")


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 1), (1, 1), (50, 50), (50.1, 51), (99, 99), (99.1, 100), (100, 100)]
)
def test_percentiles_are_values_that_were_measured(percent: float, expected: int) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], percent) == expected


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 100))
def test_at_least_that_share_of_the_values_does_not_exceed_a_percentile(
    values: list[float], percent: float
) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) >= percent / 100 * len(values) - 1e-6


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)
