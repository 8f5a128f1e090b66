"""Tables as files: what comes out is what went in, and nothing of it can run."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from services.ticket_service.render.sheets import Cell, as_csv, as_workbook

EVIL = ["=1+1", "+39 335", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("https://evil.example";"x")']


def from_csv(rows: list[list[Cell]]) -> list[list[str]]:
    """The table as a reader of CSV has it, without its head."""
    text = b"".join(as_csv(["a"], rows)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


@pytest.mark.parametrize("text", EVIL)
def test_a_spreadsheet_takes_no_text_for_a_formula(text: str) -> None:
    assert from_csv([[text]]) == [[f"'{text}"]]
    with as_workbook(["a"], [[text]]) as file:
        cell = load_workbook(file).active["A2"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None


@given(st.lists(st.lists(st.text(max_size=30) | st.integers(-9, 9), min_size=2, max_size=2), max_size=20))
def test_what_comes_out_of_csv_is_what_went_in(rows: list[list[Cell]]) -> None:
    for given_row, row in zip(rows, from_csv(rows), strict=True):
        assert [cell.removeprefix("'") for cell in row] == [str(cell).removeprefix("'") for cell in given_row]


def test_times_numbers_and_nothing_are_what_they_are() -> None:
    row: list[Cell] = [datetime(2025, 2, 27, 22, 21, 33), 1.5, None, "x" * 40_000]  # noqa: DTZ001
    assert from_csv([row]) == [["2025-02-27 22:21:33", "1.5", "", "x" * 40_000]]
    with as_workbook(list("abcd"), [row]) as file:
        sheet = load_workbook(file).active
    assert [sheet[f"{column}2"].value for column in "ABC"] == row[:3]
    assert len(sheet["D2"].value) == 32_000


def test_a_long_table_comes_in_pieces() -> None:
    pieces = list(as_csv(["a"], (["x" * 1_000] for _ in range(300))))
    assert len(pieces) > 3
    assert b"".join(pieces).count(b"x" * 1_000) == 300
