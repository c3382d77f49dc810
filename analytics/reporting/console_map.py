"""What `lumbar map` prints: what each column of an unknown export is, what is asked, what would be kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from analytics.vocabulary.errors import InputError
from analytics.vocabulary.rules import LINE_RULES

LISTED = 12  # rules of a preview


def show_drafts(drafted: Sequence[Any]) -> int:
    """Print every draft, then the lines for lumbar.toml. Returns the exit code: 3 where a file is refused."""
    console = Console(soft_wrap=True, highlight=False)
    for one in drafted:
        if one.refusal is not None:
            console.print(Text("refused  ", "red") + Text(_plain(str(one.refusal))))
        elif one.draft.table is None:
            console.print(Text(f"\n{_plain(one.name)}: not ours", "bold") + Text(f" ({one.draft.why})"))
        else:
            _show_draft(console, one)
    sources = [one.sources for one in drafted if one.sources]
    if sources:
        console.print(Text("\nFor lumbar.toml:\n", "bold"))
        console.print(Text("\n\n".join(sources)))
    return InputError.exit_code if any(one.refusal is not None for one in drafted) else 0


def _show_draft(console: Console, one: Any) -> None:
    draft = one.draft
    console.print(
        Text(f"\n{_plain(one.name)}: {draft.table}", "bold") + Text(f" ({draft.why}; {draft.lines:,} lines)")
    )
    columns = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("theirs", "ours", "sure", "why"):
        columns.add_column(name, overflow="fold", justify="right" if name == "sure" else "left")
    for column in draft.columns:
        columns.add_row(*_column(column))
    console.print(Padding(columns, (0, 0, 0, 2)))
    for decision in draft.decisions:
        if decision.section not in {("columns",), ("dates", "words")} and decision.section[:1] not in {
            ("codes",),
            ("items",),
        }:
            name = ".".join((*decision.section, decision.key))
            value = ", ".join(decision.value) if isinstance(decision.value, tuple) else str(decision.value)
            console.print(_indented(f"{_seen(name)}: {_seen(value)}  ({decision.reason})"))
    _show_preview(console, draft)
    for number, asked in enumerate(draft.asked, start=1):
        console.print(_indented(f"Question {number}: {asked.text}", "yellow"))
        for choice in asked.choices:
            meaning = f"  ({choice.meaning})" if choice.meaning else ""
            console.print(_indented(f"  --answer {_shell(choice.answer)}{meaning}"))
    said = f"written to {one.mapping}" if one.written else one.note and f"{one.mapping}: {one.note}"
    console.print(_indented(said or f"nothing written; --out FOLDER writes it as {one.mapping}"))


def _column(column: Any) -> tuple[Text, Text, Text, Text]:
    if column.ours is None:
        why = f"dropped: identifies a person ({column.identity})" if column.identity else column.reason
        return Text(_seen(column.theirs)), Text("-", "dim"), Text(""), Text(_plain(why), "dim")
    return (
        Text(_seen(column.theirs)),
        Text(column.ours),
        Text(f"{column.confidence:.2f}"),
        Text(_plain(column.reason)),
    )


def _show_preview(console: Console, draft: Any) -> None:
    seen = draft.preview
    if seen is None:
        console.print(_indented("No line can be kept before the questions are answered."))
        return
    first = " (with the first answer to each question)" if draft.asked else ""
    console.print(_indented(f"Of {seen.lines:,} lines {seen.kept:,} would be kept{first}."))
    for verb, rows in (("refused", seen.refused), ("mended", seen.mended)):
        for rule, column, lines in rows[:LISTED]:
            title = LINE_RULES[rule].title if rule in LINE_RULES else rule
            console.print(_indented(f"- {lines:,} {verb}: {title}{f' ({column})' if column else ''}"))


def _indented(text: str, style: str = "") -> Text:
    """A line that is neither wrapped nor cut, so that what is to be typed can be copied."""
    return Text(f"  {_plain(text)}", style)


def _plain(text: str) -> str:
    """Text on one line, without what a terminal would act on: a heading or the name of a file may hold it."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _seen(heading: str) -> str:
    """As much of a heading as a table has room for."""
    return _plain(heading)[:60]


def _shell(answer: str) -> str:
    """An answer as a shell takes it."""
    plain = _plain(answer)
    return (
        plain
        if plain.replace("_", "").replace(".", "").replace("=", "").replace("-", "").isalnum()
        else ("'" + plain.replace("'", "'\\''") + "'")
    )
