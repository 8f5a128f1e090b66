"""Verdicts, the table, the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.report import MISSED, REACHED, Report, machine, write


@pytest.mark.parametrize(("measured", "verdict"), [(0.54, MISSED), (0.55, REACHED), (0.9, REACHED)])
def test_what_should_be_large_is_missed_when_smaller(measured: float, verdict: str) -> None:
    report = Report("x")
    report.at_least("G1", "gateway", 0.55, measured, "shown")
    assert report.rows[0].verdict == verdict
    assert report.missed == (verdict == MISSED)
    assert report.faults == [], "a missed goal is no fault"


@pytest.mark.parametrize(("measured", "verdict"), [(50.1, MISSED), (50.0, REACHED), (1.0, REACHED)])
def test_what_should_be_small_is_missed_when_larger(measured: float, verdict: str) -> None:
    report = Report("x")
    report.at_most("G7", "p99", 50.0, measured, "ms")
    assert report.rows[0].verdict == verdict


def test_whatever_was_lost_is_a_fault() -> None:
    report = Report("x")
    report.none_of("G7", "lost", ["lost: message 1", "lost: message 2"])
    assert report.faults == ["lost: message 1", "lost: message 2"]
    assert report.rows[0].measured == "2"
    assert report.missed


def test_a_note_has_no_verdict() -> None:
    report = Report("x")
    report.note("rate", "1,000 /s")
    assert not report.missed


def test_the_table_lines_up() -> None:
    report = Report("x")
    report.at_least("G1", "short", 0.55, 0.6, "0.60 ×")
    report.note("something much longer", "1")
    head, rule, first, second = report.table().splitlines()
    assert head.index("measured") == first.index("0.60 ×") == second.index("1")
    assert set(rule) == {"-", " "}


def test_the_file_holds_everything(tmp_path: Path) -> None:
    report = Report("gateway")
    report.at_least("G1", "gateway", 0.55, 0.6, "0.60 ×")
    report.none_of("", "lost", ["lost: one"])
    report.details["series"] = {"slices": []}
    path = write(report, machine(), tmp_path / "bench")
    assert path.name.startswith("gateway-")
    document = json.loads(path.read_text())
    assert document["rows"][0]["verdict"] == REACHED
    assert document["faults"] == ["lost: one"]
    assert document["machine"]["cores"] >= 1
    assert document["details"] == {"series": {"slices": []}}
