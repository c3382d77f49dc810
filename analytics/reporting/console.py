"""What `lumbar check` prints: the account of every file and the rules that lines broke; never a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analytics.vocabulary.errors import InputError, LumbarError
from analytics.vocabulary.results import Journal

COUNTS = ("lines", "kept", "refused", "duplicates", "repaired", "rows")


def show_account(journal: Journal) -> None:
    """Print one row a file (lines = kept + refused + duplicates), the total, then one row a rule."""
    account = journal.accounting.sort("file", "table")
    table = _table("file", "table", numbers=COUNTS)
    for row in account.select("file", "table", *COUNTS).iter_rows():
        table.add_row(*_cells(row))
    table.add_section()
    table.add_row("all files", "", *(f"{int(account[name].sum()):,}" for name in COUNTS))
    rules = (
        journal.findings.group_by("outcome", "rule", "file")
        .agg(pl.len().alias("lines"), pl.col("line").min().alias("first line"))
        .sort("outcome", "rule", "file")
    )
    findings = _table("outcome", "rule", "file", numbers=("lines", "first line"))
    for row in rules.iter_rows():
        findings.add_row(*_cells(row))
    console = Console()
    console.print(table)
    if rules.height:
        console.print(findings)


def show_files(looked_at: Sequence[Any]) -> int:
    """Print one line a file: read, or refused and why. Returns the exit code: 3 where one was refused."""
    console = Console(soft_wrap=True)
    refused = [found for found in looked_at if isinstance(found, LumbarError)]
    for found in looked_at:
        label = Text("refused  ", "red") if isinstance(found, LumbarError) else Text("read     ", "green")
        console.print(label + Text(str(found)))
    return InputError.exit_code if refused else 0


def _table(*texts: str, numbers: Sequence[str]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in texts:
        table.add_column(name, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def _cells(row: tuple[Any, ...]) -> list[Text]:
    """As plain text, so that no markup in a file's name is read."""
    return [Text(f"{cell:,}" if isinstance(cell, int) else str(cell)) for cell in row]
