"""What `lumbar check` prints: the account of every file, the rules and checks in words; never a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from analytics.vocabulary.errors import InputError, LumbarError
from analytics.vocabulary.gate import Gate
from analytics.vocabulary.results import Journal
from analytics.vocabulary.rules import LINE_RULES, RULES, Rule

OUTCOMES = {"refused": 0, "duplicate": 1, "repaired": 2}
LISTED = 12  # files or clinics that one rule names
GRAVITY = {"fail": 0, "warn": 1, "note": 2}
COUNTS = ("lines", "kept", "refused", "duplicates", "repaired", "rows")


def show_account(journal: Journal) -> None:
    """Print one row a file (lines = kept + refused + duplicates), the total, then every rule that struck."""
    account = journal.accounting.sort("file", "table")
    table = _table("file", "table", numbers=COUNTS)
    for row in account.select("file", "table", *COUNTS).iter_rows():
        table.add_row(*_cells(row))
    table.add_section()
    table.add_row("all files", "", *(f"{int(account[name].sum()):,}" for name in COUNTS))
    console = Console()
    console.print(table)
    struck = journal.fates.group_by("outcome", "rule", "file").agg(
        pl.col("lines").cast(pl.Int64).sum(), pl.col("first_line").min()
    )
    order = pl.col("outcome").replace_strict(OUTCOMES, return_dtype=pl.Int8)
    for (rule,), files in struck.sort(order, "rule", "file").group_by("rule", maintain_order=True):
        _show_rule(console, LINE_RULES[f"{rule}"], files)


def _show_rule(console: Console, rule: Rule, files: pl.DataFrame) -> None:
    """Its meaning and what to do, then the files and their first line."""
    console.print(Text(f"\n{rule.outcome}: {rule.title} ({rule.name})", "bold"))
    console.print(_indented(f"{rule.says({})} {rule.remedy}"))
    places = _table("file", numbers=("lines", "first line"))
    for row in files.select("file", "lines", "first_line").head(LISTED).iter_rows():
        places.add_row(*_cells(row))
    console.print(Padding(places, (0, 0, 0, 4)))
    _show_rest(console, files.height, "files")


def show_checks(checks: pl.DataFrame, gate: Gate, thresholds: Mapping[str, float]) -> None:
    """Print every check that has found something (Trend), where and how much, then publish or hold."""
    console = Console()
    order = pl.col("status").replace_strict(GRAVITY, default=None, return_dtype=pl.Int8)
    found = checks.with_columns(order=order).drop_nulls("order").sort("order", "check", "clinic_id", "table")
    for (name,), rows in found.group_by("check", maintain_order=True):
        rule = RULES[f"{name}"]
        console.print(Text(f"\n{rule.severity}: {rule.title} ({rule.name})", "bold"))
        if not rule.outcome:  # what a rule of a line says was printed with the account
            console.print(_indented(f"{rule.says(thresholds)} {rule.remedy}"))
        for row in rows.head(LISTED).iter_rows(named=True):
            console.print(_indented(_place(row, rule)))
        _show_rest(console, rows.height, "places")
    states = set(checks["state"])
    resolved = f", {checks.filter(state='resolved').height} resolved since the last run"
    console.print(Text(f"\n{found.height} found{'' if 'first run' in states else resolved}.", "bold"))
    if gate.decision == "publish":
        console.print(
            Text("Publish, by the settings, although checks ask to hold." if gate.anyway else "Publish.")
        )


def _show_rest(console: Console, places: int, what: str) -> None:
    if places > LISTED:
        console.print(_indented(f"and {places - LISTED} more {what}"))


def _place(row: dict[str, Any], rule: Rule) -> str:
    where = ", ".join(part for part in (row["clinic_id"], row["table"], row["column"]) if part)
    much = f": {row['violated']:,} of {row['of']:,} {rule.unit} ({row['share']:.1%})" if rule.unit else ""
    return f"- {where}{much}{'' if row['state'] == 'first run' else ', ' + row['state']}"


def _indented(text: str) -> Padding:
    return Padding(Text(text), (0, 0, 0, 4))


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
