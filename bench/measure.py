"""How anything is measured here: in short slices that alternate, each beside a calibration of the machine.

A shared machine runs the same loop at half its speed from one minute to the next, so "run A, then run B" says
little. Slices of A and B take turns, each is scaled by what a fixed piece of work took just before and after
it, and what counts is the median over the rounds of the ratio within a round.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

CALIBRATION: Final = "(the same piece of Python before and after each slice)"
_LOOP: Final = 200_000
_REPEATS: Final = 3


@dataclass(frozen=True, slots=True)
class Slice:
    """One measured piece: `rate` per second as it was, and the calibrations around it in seconds."""

    variant: str
    round: int
    rate: float
    before: float
    after: float

    def scaled(self, reference: float) -> float:
        """The rate this would have been had the machine run as fast as when it needed `reference` seconds."""
        return self.rate * (self.before + self.after) / 2 / reference


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as fast, over the rounds: the median, and the range of the middle half."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} × ({self.low:.2f} to {self.high:.2f})"


class Series:
    """The slices of one interleaved run."""

    def __init__(self, slices: Sequence[Slice]) -> None:
        """At least one slice; every variant has one in each round."""
        self.slices = list(slices)
        self.reference = min(min(each.before, each.after) for each in slices)
        self.slowest = max(max(each.before, each.after) for each in slices)

    def rates(self, variant: str) -> list[float]:
        """The scaled rates of a variant, by round. KeyError when there is no such variant."""
        found = {each.round: each.scaled(self.reference) for each in self.slices if each.variant == variant}
        if not found:
            raise KeyError(variant)
        return [found[number] for number in sorted(found)]

    def rate(self, variant: str) -> float:
        """The median of the scaled rates."""
        return statistics.median(self.rates(variant))

    def ratio(self, variant: str, base: str) -> Ratio:
        """How many times as fast as `base`, each round compared with itself."""
        ratios = [ours / theirs for ours, theirs in zip(self.rates(variant), self.rates(base), strict=True)]
        return Ratio(statistics.median(ratios), percentile(ratios, 25), percentile(ratios, 75))

    @property
    def unrest(self) -> str:
        """How far the machine's speed went astray while this was measured."""
        return f"{self.reference * 1e3:.1f} to {self.slowest * 1e3:.1f} ms"

    def as_json(self) -> dict[str, Any]:
        """Everything, for the file."""
        return {"reference_seconds": self.reference, "slices": [asdict(each) for each in self.slices]}


def calibrate() -> float:
    """Seconds that a fixed piece of Python takes now (some 10 ms): the median of a few tries."""
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        total = 0
        for number in range(_LOOP):
            total += number & 7
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def interleave(
    variants: Mapping[str, Callable[[], float]],
    rounds: int,
    *,
    calibration: Callable[[], float] = calibrate,
) -> Series:
    """Measure each variant once a round, in turn; every second round in reverse order, so that none is
    always the one that comes after a certain other. A variant returns its rate per second.
    """
    slices: list[Slice] = []
    for number in range(rounds):
        order = list(variants) if number % 2 == 0 else list(reversed(list(variants)))
        for name in order:
            before = calibration()
            rate = variants[name]()
            slices.append(Slice(name, number, rate, before, calibration()))
    return Series(slices)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that at least so many percent of them do not exceed (nearest rank)."""
    if not values:
        raise ValueError("there are no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]
