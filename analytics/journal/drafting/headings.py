"""How surely a heading names one of our columns, and in which language: by its words alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import polars as pl

from analytics.journal.drafting.concepts import (
    LANGUAGES,
    STOP,
    Segment,
    folded,
    lexicon,
    segmentations,
    words_of,
)
from analytics.journal.drafting.phrases import BESIDE, PERSONAL, PHRASES
from analytics.vocabulary.schema import TABLES

SAME, STRONG, WEAK, OPEN = 1.0, 0.97, 0.75, 0.5  # our own name; says it; may say it; leaves it open
COMPOUND, MIXED = 0.99, 0.97  # a compound word was parted; two languages in one heading
STRANGE, OTHER = 0.7, 0.55  # a word that is not known, or one that says another thing, stands beside
DIGITS = 0.85  # a number stands beside, as in 'VAS 1'
MARKS = {"~": WEAK, "?": OPEN}
UNITS = {
    "min": "minutes", "mins": "minutes", "minutes": "minutes", "minuten": "minutes", "minuter": "minutes",
    "minutos": "minutes", "minuti": "minutes", "h": "hours", "hrs": "hours", "std": "hours", "hours": "hours",
    "stunden": "hours", "s": "seconds", "sec": "seconds", "secs": "seconds", "sek": "seconds",
    "seconds": "seconds", "sekunden": "seconds", "nrs": "NPRS", "nprs": "NPRS", "vas": "VAS", "eva": "VAS",
    "mm": "VAS_0_100", "cm": "cm", "cr10": "CR10", "percent": "percent", "pct": "percent",
    "prozent": "percent",
}  # fmt: skip
SPAN = r"(?<![\d.])(\d{1,2})\s?(?:-|–|—|…|\.\.\.?|to|bis|à|a|til|till|tot)\s?(\d{1,3})(?![\d.])"
EXTRA_TYPES = {"birth_date": pl.Date(), "birth_year": pl.Int32()}


@dataclass(frozen=True, slots=True)
class Said:
    """What a heading says: our column (or a kind of identity), how surely, and in which language."""

    ours: str
    confidence: float
    language: str


@dataclass(frozen=True, slots=True)
class Hints:
    """What a heading says of its values: a range and units, as in 'Pain (0-10)' or 'Dauer [min]'."""

    span: tuple[int, int] | None
    units: frozenset[str]


def hints_of(heading: str) -> Hints:
    """The range and the units that a heading names."""
    span = re.search(SPAN, folded(heading[:200]))
    units = {UNITS[word] for word in words_of(_joined(heading)) if word in UNITS}
    units |= {"percent"} if "%" in heading else set()
    return Hints((int(span[1]), int(span[2])) if span else None, frozenset(units))


def _joined(heading: str) -> str:
    """The heading with the name of Borg's scale as one word."""
    return re.sub(r"(?i)\bcr[-\s]10\b", "cr10", heading)


def said_of(heading: str, table: str, *, first: str = "en") -> list[Said]:
    """What a heading may say of one table's columns, surest first; `first` is tried first."""
    bare = re.sub(SPAN, " ", _joined(heading[:200]))
    found = {ours: _surest(bare, ours, phrases, first) for ours, phrases in _phrases(table).items()}
    said = [Said(ours, *best) for ours, best in found.items() if best[0] > 0]
    return sorted(said, key=lambda one: (-one.confidence, one.ours))


def identity_of(heading: str) -> Said | None:
    """The kind of identifying content that a heading names, if it does."""
    found = [
        Said(kind, *_surest(heading[:200], kind, _parsed(text), "en")) for kind, text in PERSONAL.items()
    ]
    best = max(found, key=lambda one: one.confidence)
    return best if best.confidence >= WEAK else None


def language_of(headings: Iterable[str]) -> str:
    """The language of most words of a file's headings that only some languages know; English where none."""
    words = [word for heading in headings for word in words_of(heading)]
    counts = Counter({language: sum(word in lexicon(language) for word in words) for language in LANGUAGES})
    return max(LANGUAGES, key=lambda language: counts[language])


@cache
def _phrases(table: str) -> dict[str, tuple[tuple[float, tuple[str, ...]], ...]]:
    return {ours: _parsed(text) for ours, text in PHRASES[table].items()}


@cache
def _parsed(text: str) -> tuple[tuple[float, tuple[str, ...]], ...]:
    phrases = [one.strip() for one in text.split("|")]
    return tuple((MARKS.get(one[0], STRONG), tuple(one.lstrip("~?").split("+"))) for one in phrases)


@cache
def _surest(
    heading: str, ours: str, phrases: tuple[tuple[float, tuple[str, ...]], ...], first: str
) -> tuple[float, str]:
    """The highest confidence that any phrase in any language gives, and that language."""
    if words_of(heading) == words_of(ours):
        return SAME, "en"
    best = (0.0, "en")
    for language in (first, *LANGUAGES):
        for segments in segmentations(heading, language):
            for strength, phrase in phrases:
                left = _left_over(segments, phrase)
                if left is None:
                    continue
                parted = COMPOUND if any(segment.compound for segment in segments) else 1.0
                sure = strength * parted * _cost(left, ours, phrase)
                best = max(best, (sure, language), key=lambda one: one[0])
    return best


def _left_over(segments: tuple[Segment, ...], phrase: tuple[str, ...]) -> tuple[Segment, ...] | None:
    """The segments beside those that say the phrase; None where it is not said."""
    if not phrase:
        return segments
    for place, segment in enumerate(segments):
        if phrase[0] in segment.concepts:
            left = _left_over(segments[:place] + segments[place + 1 :], phrase[1:])
            if left is not None:
                return left
    return None


def _cost(left: tuple[Segment, ...], ours: str, phrase: tuple[str, ...]) -> float:
    """What words beside a phrase take from it; small words, and units beside a number, take nothing."""
    beside = _beside(ours) | set(phrase)
    with_unit = kinds_of(ours) == ("number",)
    cost = 1.0
    for segment in left:
        if segment.text in STOP or segment.concepts & beside or (with_unit and segment.text in UNITS):
            continue
        cost *= OTHER if segment.concepts else DIGITS if segment.text.isdigit() else STRANGE
    return cost


@cache
def _beside(ours: str) -> frozenset[str]:
    if ours in PERSONAL:
        return frozenset({"patient", "id", "number"})
    if kinds_of(ours) == ("id",) or ours.startswith("clinic"):  # whose id it is, is what matters
        return BESIDE["id"]
    return BESIDE[""] | frozenset().union(*(BESIDE.get(kind, frozenset()) for kind in kinds_of(ours)))


@cache
def kinds_of(ours: str) -> tuple[str, ...]:
    """What kind of cells a column of ours holds: number, moment, id, yes, code or text."""
    if ours.endswith("_id"):
        return ("id",)
    for schema in TABLES.values():
        if ours in schema.columns():
            return (_kind(schema.columns()[ours].dtype),)
    return (_kind(EXTRA_TYPES.get(ours, pl.String())),)


def _kind(dtype: pl.DataType) -> str:
    if dtype.is_numeric():
        return "number"
    if dtype.is_temporal():
        return "moment"
    return "yes" if dtype == pl.Boolean else "text"
