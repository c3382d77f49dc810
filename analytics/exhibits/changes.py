"""What changed since the last report, and what moved it: new data, settings or the program."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.markup import nothing, paragraphs, table_html
from analytics.exhibits.numbers import count, number, percent, words
from analytics.vocabulary.language import long_date, tr
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.results import Exhibit

ID = "changes"
CLINIC = "clinic"  # a row of no number: a clinic come or gone
ORDER = (
    "pain_reduction", "expected", "difference", "signal", "baseline_pain", "outcome_pain", "responder",
    "completion", "adherence", "patients",
)  # fmt: skip
SHARES = ("responder", "completion", "adherence")
OF_ALL = ("expected", "difference", "signal")
KEPT = ("clinic_id", "measure", "old", "new", "old_text", "new_text", "moved_by")


def changes_table(changes: pl.DataFrame, *, name: str) -> Exhibit:
    """One row is one headline number that changed: before, now, and what moved it.

    Raises ValueError for the changes of several clinics: no page shows another clinic's.
    """
    title = tr("What changed since the last report?")
    if not changes.height:
        why = tr("This page was not made in a run of reports, so it is not compared with an earlier one.")
        return nothing(ID, title=title, why=why)
    if changes["clinic_id"].n_unique() > 1:
        raise ValueError("An exhibit shows the changes of one clinic, not of several.")
    run = changes.row(0, named=True)  # what is compared with what stands on each row
    if run["basis"] != "compared":
        return nothing(ID, title=title, why=_not_compared(run))
    numbers = _in_order(changes)
    told = [_first(numbers, run), *_moved_by(numbers, run), *_come_and_gone(changes)]
    body = paragraphs([text for text in told if text], kind="changes")
    if not numbers:
        return Exhibit(ID, title, body=body)
    data = changes.filter(pl.col("measure").is_in(ORDER)).select(*KEPT, pl.col("since").cast(pl.String))
    caption = tr("Numbers that changed since the last report: {name}").format(name=name)
    return Exhibit(ID, title, body=body, table=_table(numbers, caption=caption), data=data)


def _not_compared(run: dict[str, Any]) -> str:
    if run["basis"] == "first":
        return tr("This is the first report, so there is no earlier one to compare it with.")
    if run["basis"] == "new clinic":
        return tr(
            "The last report ({day}) did not hold this clinic, so there is nothing to compare with."
        ).format(day=long_date(run["since"]))
    return tr(
        "The last report left no record that can be read, so nothing is compared with it. From the next "
        "report on, changes are shown here."
    )


def _in_order(changes: pl.DataFrame) -> list[dict[str, Any]]:
    """The numbers that changed, the fall in pain first."""
    numbers = changes.filter(pl.col("measure").is_in(ORDER))
    return numbers.sort(pl.col("measure").cast(pl.Enum(ORDER))).to_dicts()


def _first(numbers: list[dict[str, Any]], run: dict[str, Any]) -> str:
    """How the fall in pain moved; it is what a reader asks first."""
    day = long_date(run["since"])
    if not numbers:
        return tr("No headline number changed since the last report ({day}).").format(day=day)
    row = numbers[0]
    if row["measure"] != "pain_reduction":
        told = tr("Since the last report ({day}) the numbers in the table changed; the fall in pain did not.")
        return told.format(day=day)
    old, new = _pair(row)
    if row["old"] is None:
        told = tr("The fall in pain in the last report ({day}): {old}. Now: {new}.")
    elif row["new"] is None:
        told = tr("The fall in pain, {old} points in the last report ({day}), can no longer be told.")
    else:
        told = tr("Since the last report ({day}) the fall in pain went from {old} to {new} points.")
    return told.format(day=day, old=old, new=new)


def _moved_by(numbers: list[dict[str, Any]], run: dict[str, Any]) -> list[str]:
    """What moved the numbers, as far as it can be told, then what exactly differs."""
    said = {
        "": tr(
            "The exports, the settings and the program are those of the last report, so what moved the "
            "numbers is not known. Please tell those who run these reports."
        ),
        "day": tr("Only the day that the report speaks of changed, so that moved the numbers."),
        "data": tr("Only the exports changed, so new data moved the numbers."),
        "day, data": tr("Only the exports and the day of the report changed, so new data moved the numbers."),
        "settings": tr("Only the settings changed, so they moved the numbers."),
        "code": tr("Only the program changed, so it moved the numbers."),
    }
    several = tr("Several things changed at once ({causes}), so it cannot be told which moved a number.")
    verdict = said.get(run["moved_by"], several.format(causes=_causes(run["moved_by"])))
    return [verdict if numbers else "", *_differences(run)]


def _differences(run: dict[str, Any]) -> list[str]:
    """Which day, how many files, which settings and versions: only those that differ."""
    files = tr("Export files: {files} now; {changed} changed, {new} new, {gone} no longer there.").format(
        files=count(run["files"]),
        changed=count(run["files_changed"]),
        new=count(run["files_new"]),
        gone=count(run["files_gone"]),
    )
    versions = run["code_changed"]
    details = {
        "day": tr("The report speaks of {day}; the last one spoke of {since}.").format(
            day=long_date(run["as_of"]), since=long_date(run["since"])
        ),
        "data": files,
        "settings": tr("Settings that changed: {settings}.").format(settings=run["settings_changed"]),
        "code": tr("The program changed: {versions}.").format(versions=versions)
        if versions
        else tr("The program changed."),
    }
    return [details[part] for part in run["moved_by"].split(", ") if part]


def _come_and_gone(changes: pl.DataFrame) -> list[str]:
    """Clinics that are new or gone: only the network's rows name any."""
    rows = changes.filter(pl.col("measure") == CLINIC)
    come, gone = (sorted(filter(None, rows[name].to_list())) for name in ("new_text", "old_text"))
    return [
        tr("New in the reports: {names}.").format(names=", ".join(come)) if come else "",
        tr("No longer in the reports: {names}.").format(names=", ".join(gone)) if gone else "",
    ]


def _causes(moved_by: str) -> str:
    named = {
        "day": tr("day of the report"), "data": tr("exports"), "settings": tr("settings"),
        "code": tr("program"),
    }  # fmt: skip
    return ", ".join(named[part] for part in moved_by.split(", ") if part)


def _table(numbers: list[dict[str, Any]], *, caption: str) -> str:
    labels = {
        "pain_reduction": tr("Fall in pain, points"), "expected": tr("Fall expected, points"),
        "difference": tr("Difference from what was expected, points"),
        "signal": tr("Beside what was expected"), "baseline_pain": tr("Pain at the start, 0 to 10"),
        "outcome_pain": tr("Pain at the end, 0 to 10"), "responder": tr("Meaningfully better"),
        "completion": tr("Pain rated in the last third of the weeks"), "adherence": tr("Plan kept"),
        "patients": tr("Patients that can be compared"),
    }  # fmt: skip
    rows = [[labels[row["measure"]], *_pair(row), _moved(row["moved_by"])] for row in numbers]
    heads = [tr("Number"), tr("Last report"), tr("Now"), tr("What moved it")]
    of_all = any(row["measure"] in OF_ALL and row["clinic_id"] != NETWORK for row in numbers)
    note = tr("What is expected rests on all clinics: it can move without new data of this one")
    return table_html(rows, headings=heads, caption=caption, note=note if of_all else "")


def _moved(moved_by: str) -> str:
    if not moved_by:
        return tr("not known")
    if moved_by in {"data", "day, data"}:
        return tr("new data")
    causes = _causes(moved_by)
    return tr("cannot be told apart: {causes}").format(causes=causes) if "," in moved_by else causes


def _pair(row: dict[str, Any]) -> tuple[str, str]:
    """Before and now, with as few digits as tell them apart; in words where there is no number."""
    old, new = (_written(row, when, digits=1) for when in ("old", "new"))
    if old == new or row["measure"] == "difference":
        old, new = (_written(row, when, digits=2) for when in ("old", "new"))
    return old, new


def _written(row: dict[str, Any], when: str, *, digits: int) -> str:
    value = row[when]
    if value is None:
        return words(row[f"{when}_text"])
    if row["measure"] == "patients":
        return count(round(value))
    return percent(value) if row["measure"] in SHARES else number(value, digits=digits)
