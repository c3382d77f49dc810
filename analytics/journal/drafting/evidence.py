"""How surely one column of theirs is one of ours: what its heading says, weighed with what its cells hold."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from analytics.journal.drafting.codes import SEVERAL, Coded, coded, values_of
from analytics.journal.drafting.columns import Column, quantile, share_where
from analytics.journal.drafting.concepts import LANGUAGES
from analytics.journal.drafting.dates import Written
from analytics.journal.drafting.days import OF_A_PLAN, dates_held, with_time
from analytics.journal.drafting.headings import Said, kinds_of
from analytics.journal.drafting.identity import identity_in
from analytics.journal.drafting.lengths import LENGTH
from analytics.journal.drafting.units import EXERTION, PAIN

FIT_AT_LEAST = 0.5  # share of the cells that must hold what ours holds; below, the heading means another
GOOD_FIT = 0.9
UNLIKELY = 0.6  # what may be so, and must be asked
UNTOLD = 0.91  # few words of which none is known: enough for a heading that is sure, and for no other
FEW_WORDS = 30  # a closed list has no more
BY_WORDS = SEVERAL | {"setting", "feedback", "pace", "sex", "surgery", "instrument"}
OF_WORDS, OF_NAMES = 0.48, 0.9  # how sure words alone make; names of questionnaires mean nothing else
RANGES = {
    "level": (0, 100), "age": (0, 120), "birth_year": (1900, 2030), "brace_hours": (0, 24),
    "bed_rest_days": (0, 365), "hospital_nights": (0, 365), "prior_episodes": (0, 100),
    "sessions_per_week": (0, 21), "ability_at_prescription": (0, 10),
}  # fmt: skip
WHOLE = frozenset({"level", "age", "birth_year", "bed_rest_days", "hospital_nights", "prior_episodes"})


@dataclass(frozen=True, slots=True)
class Look:
    """One column with what was found in it, once for all of ours that it may be."""

    column: Column
    written: Written
    identity: str | None
    dates: int

    @property
    def heading(self) -> str:
        """As the export names it."""
        return self.column.heading


@dataclass(frozen=True, slots=True)
class Weighed:
    """One column of theirs as one of ours: how surely, and why."""

    theirs: str
    ours: str
    confidence: float
    reason: str


def look(column: Column, written: Written, *, dates: int) -> Look:
    """What a column holds; `dates` is how many columns of the file hold dates."""
    identity = identity_in(column) if written.share < GOOD_FIT else None
    return Look(column, written, identity, dates)


def weigh(seen: Look, said: Said) -> Weighed:
    """Heading and cells together. Cells that cannot be ours take the heading's word away."""
    language = LANGUAGES[said.language]
    heading = f"heading ({language})"
    if said.confidence < 0.9:
        heading += ", which may mean other things"
    if not seen.column.filled:
        return Weighed(seen.heading, said.ours, said.confidence, f"{heading}; no cell is filled")
    fit, support, held = _held(seen, said.ours)
    if said.confidence < 0.9 and said.ours in OF_A_PLAN and with_time(seen.column, seen.written):
        fit = min(fit, UNLIKELY)
    if said.confidence < 0.9 and fit == UNTOLD:
        return Weighed(seen.heading, said.ours, 0.0, f"{heading}, but {held}")
    if fit < FIT_AT_LEAST:
        return Weighed(seen.heading, said.ours, 0.0, f"{heading}, but {held}")
    sure = 1 - (1 - said.confidence) * (1 - support) if fit >= GOOD_FIT else said.confidence * fit
    return Weighed(seen.heading, said.ours, round(min(sure, 0.99), 2), f"{heading}; {held}")


def by_values(seen: Look, ours: str) -> Weighed | None:
    """A column whose heading says nothing, but whose words are those of one closed list of ours."""
    if not seen.column.filled or ours not in BY_WORDS:
        return None
    fit, support, held = _code(seen, ours)
    if fit < GOOD_FIT or support < 0.5:
        return None
    sure = OF_NAMES if ours == "instrument" else OF_WORDS
    return Weighed(seen.heading, ours, sure, f"heading not known; {held}")


def _held(seen: Look, ours: str) -> tuple[float, float, str]:
    """(share of the cells that fit, how much they speak for ours and no other, in words)."""
    kind = kinds_of(ours)[0]
    if kind == "moment":
        return dates_held(seen.column, seen.written, ours, dates=seen.dates)
    if kind == "number":
        return _number(seen, ours)
    if kind == "id":
        return _id(seen, ours)
    if kind == "yes" or values_of(ours):
        return _code(seen, ours)
    if ours == "time_zone":
        zones = seen.column.counts.filter(pl.col("text").str.contains(r"^[A-Za-z_]+/[A-Za-z_/]+$"))
        return int(zones["cells"].sum()) / seen.column.filled, 0.5, "names of time zones"
    fit = 0.0 if seen.written.share > 0.5 else 1.0
    return fit, 0.0, "text"


def _number(seen: Look, ours: str) -> tuple[float, float, str]:
    column = seen.column
    if ours in LENGTH and column.numeric < 0.5:
        times = column.counts.filter(pl.col("text").str.contains(r"(?i)^\d+\s*[hm]|^0?[0-4]:\d\d"))
        return int(times["cells"].sum()) / column.filled, 0.3, f"lengths of time in {column.filled:,} cells"
    low, high = RANGES.get(ours, (0, 100) if ours in PAIN else (0, 20) if ours in EXERTION else (None, None))
    inside = share_where(column, pl.col("number").is_between(low, high)) if low is not None else 1.0
    if ours in WHOLE:
        inside = min(inside, share_where(column, pl.col("number") == pl.col("number").round()))
    fit = min(column.numeric, 1.0) * inside
    if seen.written.share > 0.5 and not seen.written.counted:
        fit = 0.0
    support = 0.0
    if ours == "completed":
        parts = share_where(column, pl.col("number").is_between(0, 1, closed="none"))
        support = 0.5 if parts > 0.2 or column.counts["text"].str.ends_with("%").all() else 0.0
    return fit, support, _range_in_words(column, ours)


def _range_in_words(column: Column, ours: str) -> str:
    cells = int(column.numbers["cells"].sum())
    if not cells:
        return "no cell is a number"
    if ours in {"age", "birth_year", "value"}:
        return f"numbers in {cells:,} cells"
    low, high = (quantile(column, share) + 0.0 for share in (0, 1))  # + 0.0: no negative zero
    return f"{low:g} to {high:g} in {cells:,} cells"


def _id(seen: Look, ours: str) -> tuple[float, float, str]:
    column = seen.column
    distinct = column.counts.height
    held = f"{distinct:,} different in {column.filled:,} cells"
    if seen.written.share > 0.5 and not column.numeric:
        return 0.0, 0.0, "its cells are dates"
    if seen.identity in {"free text", "a telephone number"} or (seen.identity and ours == "clinic_id"):
        return 0.0, 0.0, f"its cells look like {seen.identity}"
    if coded(column, "supervised").share >= GOOD_FIT:
        return 0.0, 0.0, "its cells say yes or no"
    if coded(column, "instrument").share >= GOOD_FIT or column.counts["text"].str.contains("://").all():
        return 0.0, 0.0, "its cells name questionnaires or addresses"
    if seen.identity and ours == "patient_id":
        return 0.6, 0.0, f"its cells look like {seen.identity}, of which a keyed pseudonym would be made"
    repeated = column.filled > distinct
    return 1.0, 0.5 if repeated and ours == "patient_id" else 0.0, held


def _code(seen: Look, ours: str) -> tuple[float, float, str]:
    column = seen.column
    if seen.written.share > 0.5 and not seen.written.counted:
        return 0.0, 0.0, "its cells are dates"
    words = coded(column, ours)
    number = len(words.known) + len(words.strange)
    held = f"{number} different words in {column.filled:,} cells, {len(words.known)} of them known"
    if words.share >= GOOD_FIT:
        return words.share, _speaking(words, ours), held
    if number > FEW_WORDS or (number > 3 and number > 0.5 * column.filled):
        return words.share * 0.5, 0.0, held
    if kinds_of(ours)[0] == "yes" and number > 3:
        return 0.0, 0.0, held
    if not words.known:
        return UNTOLD, 0.0, held
    return 1.0 if column.numeric < 0.5 else 0.8, 0.0, held


def _speaking(words: Coded, ours: str) -> float:
    """Words of one list speak for it; yes and no stand for anything."""
    if kinds_of(ours)[0] == "yes" or len(set(words.known.values())) < 2:
        return 0.0
    return 0.8
