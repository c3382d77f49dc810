"""Questionnaires in wide form: odi_1 to odi_10, rmdq1 to rmdq24, eq5d_mobility, or a column of totals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from analytics.journal.drafting.assign import Assigned
from analytics.journal.drafting.codes import coded
from analytics.journal.drafting.columns import Column, look_at, quantile, share_where
from analytics.journal.drafting.concepts import words_of
from analytics.journal.drafting.decisions import NONE, Asked, Choice, Decision, Found
from analytics.journal.drafting.evidence import Look

STEMS = {
    "ODI": r"odi|odq|oswestry(?:_disability)?(?:_index)?",
    "RMDQ": r"rmdq|rdq|rmq|roland(?:_morris)?(?:_disability_questionnaire)?",
    "PSFS": r"psfs",
    "EQ5D5L": r"eq_?5d(?:_?5l)?|eq_5_d(?:_5_l)?",
    "PROMIS_PI": r"promis_?pi|promis_pain_interference|painin",
}
HIGHEST_ITEM = {"ODI": 10, "RMDQ": 24, "PSFS": 5, "EQ5D5L": 5, "PROMIS_PI": 60}
RANGE_OF_ITEM = {"ODI": (0, 5), "RMDQ": (0, 1), "PSFS": (0, 10), "EQ5D5L": (1, 5), "PROMIS_PI": (1, 5)}
NUMBERED = r"_?(?:item|q|question|frage|s|section|activity|a)?_?0*(\d{1,2})(?:_[a-z].*)?"
TOTAL = r"(?:_(?:total|score|sum|index|percent|pct|gesamt|summe|wert|value|t))*"
DIMENSIONS = {
    "mobility": "mobility", "mo": "mobility", "self_care": "self_care", "selfcare": "self_care",
    "sc": "self_care", "usual_activities": "usual_activities", "activity": "usual_activities",
    "activities": "usual_activities", "ua": "usual_activities", "pain": "pain_discomfort",
    "pain_discomfort": "pain_discomfort", "pd": "pain_discomfort", "anxiety": "anxiety_depression",
    "anxiety_depression": "anxiety_depression", "ad": "anxiety_depression",
}  # fmt: skip
EQ_ORDER = ("mobility", "self_care", "usual_activities", "pain_discomfort", "anxiety_depression")
NOTHING = Found()
RARE = 0.02  # share of the answers that may be slips
ENOUGH = 20  # totals; in fewer, even numbers alone prove nothing


@dataclass(frozen=True, slots=True)
class Asks:
    """One column of a questionnaire: its instrument and item; an empty item is the total."""

    theirs: str
    instrument: str
    item: str


def asks_of(heading: str) -> Asks | None:
    """Whether a heading is a question or the total of an instrument."""
    plain = "_".join(words_of(heading))
    for instrument, stem in STEMS.items():
        found = re.fullmatch(rf"(?:{stem})(?:{NUMBERED})", plain)
        if found and 1 <= int(found[1]) <= HIGHEST_ITEM[instrument]:
            number = int(found[1])
            return Asks(heading, instrument, EQ_ORDER[number - 1] if instrument == "EQ5D5L" else str(number))
        named = re.fullmatch(rf"(?:{stem})_([a-z_]+)", plain)
        if instrument == "EQ5D5L" and named and named[1] in DIMENSIONS:
            return Asks(heading, instrument, DIMENSIONS[named[1]])
        if re.fullmatch(rf"(?:{stem}){TOTAL}", plain):
            return Asks(heading, instrument, "")
    return None


def decide_items(columns: Sequence[Column], answers: dict[str, str]) -> tuple[Found, dict[str, Asks]]:
    """The [items] of a mapping, and by heading the columns that ask; what does not fit is asked."""
    asking = {one.theirs: one for column in columns if (one := asks_of(column.heading))}
    seen = {column.heading: column for column in columns}
    decisions, asked = [], []
    for instrument in dict.fromkeys(one.instrument for one in asking.values()):
        if answers.get(f"items.{instrument}") == NONE:
            continue
        own = {one.item: one.theirs for one in asking.values() if one.instrument == instrument}
        items = {item: theirs for item, theirs in own.items() if item} or own
        filled = {item: theirs for item, theirs in items.items() if seen[theirs].filled}
        faults = [
            fault for item, theirs in filled.items() if (fault := _fault(instrument, item, seen[theirs]))
        ]
        if faults:
            choices = (Choice(f"items.{instrument}={NONE}", "it is not read"),)
            asked.append(Asked(f"items.{instrument}", f"{instrument}: {faults[0]}", choices))
        elif filled:
            reason = f"{len(filled)} questions" if "" not in filled else "its total"
            decisions += [
                Decision(("items", instrument), item, theirs, f"{reason}; heading and range", 0.97)
                for item, theirs in sorted(items.items(), key=lambda one: (len(one[0]), one[0]))
            ]
    return Found(tuple(decisions), tuple(asked)), asking


def check_scores(looks: Sequence[Look], assigned: Assigned, answers: dict[str, str]) -> Found:
    """Scores in long form that are not in the range of their instrument, as points of 50 for percent."""
    if not {"instrument", "value"} <= set(assigned.taken):
        return NOTHING
    seen = {look.heading: look.column for look in looks}
    of, value = seen[assigned.taken["instrument"].theirs], seen[assigned.taken["value"].theirs]
    asked = []
    for word, instrument in coded(of, "instrument").known.items():
        key = f"scores.{instrument}"
        rows = pl.select((of.texts == word).fill_null(False)).to_series()
        own = look_at(value.texts.filter(rows).to_frame())[0]
        fault = _fault_of_total(instrument, own) if own.filled and answers.get(key) != "keep" else ""
        if fault:
            asked.append(
                Asked(key, f"{instrument}: {fault}.", (Choice(f"{key}=keep", "it is right as it is"),))
            )
    return Found((), tuple(asked))


def _fault(instrument: str, item: str, column: Column) -> str:
    """Why the answers cannot be those of the instrument as it is published; empty where they can."""
    if column.numeric < 0.9:
        return f'"{column.heading}" holds words where numbers are expected; export the codes'
    if item == "":
        return _fault_of_total(instrument, column)
    low, high = RANGE_OF_ITEM[instrument]
    inside = share_where(column, pl.col("number").is_between(low, high))
    if inside < 1 - RARE:
        return f'"{column.heading}" has answers outside {low} to {high}; recode them, or leave it out'
    return ""


def _fault_of_total(instrument: str, column: Column) -> str:
    number = pl.col("number")
    low, high = quantile(column, RARE), quantile(column, 1 - RARE)
    cells = int(column.numbers["cells"].sum())
    if instrument == "ODI":
        even = share_where(column, number % 2 == 0)
        if not (low >= 0 and high <= 100 and (high > 50 or (cells >= ENOUGH and even == 1 and high > 5))):
            return f'"{column.heading}" may be points of 50 instead of percent; export percent'
    fits = {
        "RMDQ": low >= 0 and high <= 24,
        "PSFS": low >= 0 and high <= 10,
        "EQ5D5L": low >= -1 and high <= 1,
        "PROMIS_PI": low >= 38 and high <= 84,
    }
    if not fits.get(instrument, True):
        return f'"{column.heading}" is not in the range of the score; export the score as it is published'
    return ""
