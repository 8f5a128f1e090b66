"""Rows of a table as CSV or as an Excel workbook, harmless to the programs that open them."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import IO, Any, Final

from xlsxwriter import Workbook

Cell = str | int | float | datetime | None
"""Times are without a zone: as they are to be read."""

BOM: Final = "\ufeff"
"""Without it Excel takes UTF-8 for the computer's own code page."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL: Final = 32_000
_TIME: Final = "%Y-%m-%d %H:%M:%S"
_CHUNK: Final = 64 * 1024


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The table as CSV in UTF-8, piece by piece.

    A text that a spreadsheet would take for a formula gets an apostrophe in front (CWE-1236): what customers
    write must never run on an agent's computer.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BOM)
    writer.writerow([_harmless(head) for head in heads])
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
        if buffer.tell() >= _CHUNK:
            yield _taken(buffer)
    yield _taken(buffer)


def as_workbook(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> IO[bytes]:
    """The table as an Excel workbook in a temporary file, at its beginning; closing it removes it.

    Rows are written as they come. Texts stay texts: no formulas, no links, nothing that Excel could run.
    """
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the caller reads and closes it
    options: dict[str, Any] = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(file, options) as book:
        sheet = book.add_worksheet()
        bold, time = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, bold)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell[:_LONGEST_CELL])
                elif isinstance(cell, datetime):
                    sheet.write_datetime(number, column, cell, time)
                elif cell is not None:
                    sheet.write_number(number, column, cell)
    file.seek(0)
    return file


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The content of a file, which is closed at its end."""
    with file:
        while piece := file.read(_CHUNK):
            yield piece


def _plain(cell: Cell) -> Any:
    if isinstance(cell, datetime):
        return cell.strftime(_TIME)
    return _harmless(cell) if isinstance(cell, str) else cell


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
