"""Whose lines these are, and how many make one record: constants and lines_per_record of a draft."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import polars as pl

from analytics.journal.drafting.assign import Assigned
from analytics.journal.drafting.concepts import words_of
from analytics.journal.drafting.decisions import Asked, Choice, Decision, Found
from analytics.journal.drafting.evidence import Look
from analytics.journal.drafting.tables import NAMES

MANY, SOME = 0.5, 0.05  # share of the lines that repeat a patient's time
ENOUGH = 10  # lines that repeat a time; fewer are corrections
SAME = 0.95  # of the repeated times at which what belongs to the session stays the same
OF_SESSION = ("duration_min", "pain_before", "pain_after", "completed", "setting", "supervised")
MEANS = {"many": "they are parts of one session", "one": "the last line corrects the others"}
NEEDED = {
    "sessions": "performed_at",
    "plans": "valid_from",
    "measures": "measured_on",
}


def decide_who(path: PurePath, assigned: Assigned, answers: dict[str, str]) -> Found:
    """Constants for the clinic and the patient where no column tells them: never a guess."""
    asked, decisions = [], []
    unsure = {one.ours for group in assigned.open for one in group}
    needed = ("clinic_id",) if assigned.table == "clinics" else ("clinic_id", "patient_id")
    for ours in needed:
        if ours in assigned.taken or ours in unsure:
            continue
        key, who = f"constants.{ours}", ours.removesuffix("_id")
        if answers.get(key):
            decisions.append(Decision(("constants",), ours, answers[key], "your answer"))
            continue
        name = clinic_of(path) if ours == "clinic_id" else path.stem
        line = Decision(
            ("constants",), ours, name, f"from the name of the {'folder' if name != path.stem else 'file'}"
        )
        text = f"No column tells the {who}. If all lines are of one, which?"
        asked.append(Asked(key, text, (Choice(f"{key}={name}", line.reason, (line,)),)))
    lacking = NEEDED.get(assigned.table, "")
    if lacking and lacking not in assigned.taken and lacking not in unsure:
        asked.append(
            Asked(f"columns.{lacking}", f"No column tells {lacking}, which every line needs. Which is it?")
        )
    return Found(tuple(decisions), tuple(asked))


def clinic_of(path: PurePath) -> str:
    """The folder's name, or the file's where the folder's says nothing of a clinic."""
    general = {"", "exports", "export", "data", "downloads", "tmp", "files"} | {
        word for words in NAMES.values() for word in words.split()
    }
    folder = path.parent.name
    return path.stem if set(words_of(folder)) <= general else folder


def decide_lines(looks: Sequence[Look], assigned: Assigned, answers: dict[str, str]) -> Found:
    """Exercise apps write a session over several lines, one an exercise or set."""
    if assigned.table != "sessions" or "performed_at" not in assigned.taken:
        return Found()
    share, constant = _repeated(looks, assigned)
    reason, told = f"{share:.0%} of the lines repeat a patient's time", answers.get("lines_per_record")
    if told in MEANS:
        return Found((Decision((), "lines_per_record", told, "your answer"),))
    if share >= MANY and constant >= SAME:
        return Found((Decision((), "lines_per_record", "many", f"{reason}, and each is one session"),))
    if share < SOME:
        return Found()
    choices = tuple(
        Choice(f"lines_per_record={value}", meaning, (Decision((), "lines_per_record", value, meaning),))
        for value, meaning in MEANS.items()
    )
    text = f"{reason[0].upper()}{reason[1:]}. Are these parts of one session?"
    return Found((), (Asked("lines_per_record", text, choices),))


def _repeated(looks: Sequence[Look], assigned: Assigned) -> tuple[float, float]:
    """(share of the different lines that repeat a patient's time, share of those times with one session)."""
    theirs = {ours: f"#{one.theirs}" for ours, one in assigned.taken.items()}
    every = pl.DataFrame([look.column.texts.alias(f"#{look.heading}") for look in looks])
    key = [theirs[ours] for ours in ("patient_id", "performed_at") if ours in theirs]
    frame = every.drop_nulls(theirs["performed_at"]).unique()
    repeated = frame.filter(pl.struct(key).is_duplicated())
    if repeated.height < ENOUGH:
        return 0.0, 0.0
    one = [theirs[ours] for ours in OF_SESSION if ours in theirs]
    groups = repeated.group_by(key).agg(pl.col(one).n_unique()) if one else pl.DataFrame()
    same = float(groups.select(pl.all_horizontal(pl.col(one) == 1).mean()).item()) if one else 0.0
    return repeated.height / frame.height, same
