"""Workbooks (XLSX, ODS, XLS) -> text tables, one a sheet."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from analytics.journal.forms import ods, xls, xlsx
from analytics.journal.forms.markup import DamagedError
from analytics.journal.forms.sheet import Sheet, holds_table, tables_of
from analytics.journal.forms.stored import Stored, refuse_bomb
from analytics.journal.mapping import File
from analytics.journal.table import TextTable, shown
from analytics.vocabulary.errors import InputError

ZIP = b"PK\x03\x04"
MOST_BYTES = 50_000_000  # of an XLS, which is held in memory with all its cells


def parts_of(stored: Stored, file: File) -> list[str]:
    """The sheets that hold a table, those that a person sees first; empty and chart sheets are left out."""
    del file
    with _opened(stored) as sheets:
        return [sheet.name for sheet in _with_tables(sheets)]


def read_workbook(stored: Stored, file: File, columns: Collection[str] | None = None) -> Iterator[TextTable]:
    """Read one sheet: `file.part`, or the first that holds a table; a line is a row of the spreadsheet.

    Raises InputError in words where the file cannot be read or has no such sheet.
    """
    with _opened(stored) as sheets:
        if file.part is None:
            chosen = next(iter(_with_tables(sheets)), None)
        else:
            chosen = next((sheet for sheet in sheets if sheet.name == file.part), None)
        if chosen is None:
            there = ", ".join(shown(sheet.name) for sheet in sheets) or "none"
            raise DamagedError(
                f"has no sheet '{shown(file.part)}'. Its sheets: {there}. Mend file.part in the mapping."
                if file.part
                else "all its sheets are empty. Export it again."
            )
        yield from tables_of(chosen, file, columns)


def _with_tables(sheets: list[Sheet]) -> list[Sheet]:
    """Sheets with a row of two cells, or where no sheet has one, with any cell."""
    ordered = sorted(sheets, key=lambda sheet: not sheet.visible)
    tables = [sheet for sheet in ordered if holds_table(sheet, cells=2)]
    return tables or [sheet for sheet in ordered if holds_table(sheet, cells=1)]


@contextmanager
def _opened(stored: Stored) -> Iterator[list[Sheet]]:
    """The sheets of a workbook; whatever is wrong with the file is said as one InputError."""
    try:
        with stored.on_disk() as path, _sheets(path) as sheets:
            yield sheets
    except DamagedError as damage:
        raise InputError(f"{stored.name}: {damage}") from None
    except (BadZipFile, zlib.error, EOFError, UnicodeError):
        raise InputError(f"{stored.name}: {DamagedError()}") from None


@contextmanager
def _sheets(path: Path) -> Iterator[list[Sheet]]:
    with path.open("rb") as opened:
        head = opened.read(512)
    if head.startswith(ZIP):
        try:
            refuse_bomb(path)
        except InputError as bomb:  # of an unpacked file, it says another name
            raise DamagedError(str(bomb).partition(": ")[2]) from None
        with ZipFile(path) as package:
            names = {name.lower() for name in package.namelist()}
            if "xl/workbook.bin" in names:
                raise DamagedError("is a binary workbook (XLSB). Save it again as XLSX.")
            yield (ods if "content.xml" in names else xlsx).sheets_of(package)
    elif head.startswith(xls.MAGIC):
        if path.stat().st_size > MOST_BYTES:
            raise DamagedError(f"has more than {MOST_BYTES:,} bytes. Save it again as XLSX.")
        yield xls.sheets_of(path)
    elif head.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"<"):
        raise DamagedError("is a web page or XML under a workbook's name. Open it, and save it as XLSX.")
    else:
        raise DamagedError
