"""Where a finding is, how much of what could be looked at it is, and since when: one line of a card."""

from __future__ import annotations

from typing import Any

from analytics.exhibits.numbers import count, percent, words
from analytics.vocabulary.language import tr
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.rules import Rule


def place_of(rule: Rule, row: dict[str, Any]) -> str:
    """Where: clinic, table and column, how much, and since when."""
    about = [tr("table {table}").format(table=words(row["table"]))] if row["table"] else []
    if row["column"] and rule.level in {"row", "column"}:
        about.append(tr("column {column}").format(column=words(row["column"])))
    where = f"{clinic_of(row['clinic_id'])} ({', '.join(about)})" if about else clinic_of(row["clinic_id"])
    told = "; ".join(part for part in (_amount(rule, row), _state(row)) if part)
    return f"{where}: {told}" if told else where


def _amount(rule: Rule, row: dict[str, Any]) -> str:
    if not rule.unit:
        return ""
    if row["share"] is None:
        return tr("too few patients to show a number")
    return tr("{share} (about {violated} of {of} {unit})").format(
        share=_share(row["share"]), violated=count(row["violated"]), of=count(row["of"]), unit=tr(rule.unit)
    )


def _share(share: float) -> str:
    return percent(share, digits=0 if share >= 0.095 or share == 0 else 1)


def _state(row: dict[str, Any]) -> str:
    before = row["share_before"]
    if row["state"] == "new":
        return tr("new since the last run")
    if row["state"] != "persisting":
        return ""
    if before is None or row["share"] is None:
        return tr("also in the last run")
    was = _share(before)
    if was == _share(row["share"]):
        return tr("as in the last run")
    return tr("in the last run {share}").format(share=was)


def clinic_of(clinic_id: str) -> str:
    """A clinic as the page for the data steward names it: by the id that its exports have."""
    return {
        NETWORK: tr("All clinics"),
        "several": tr("Several clinics"),
        "unknown": tr("Clinic not known"),
    }.get(clinic_id, clinic_id)
