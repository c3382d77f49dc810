"""What the words of a closed list mean: known words in eleven languages, and those that must be asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import polars as pl

from analytics.journal.drafting.code_words_course import COURSE_CODES, YES_NO
from analytics.journal.drafting.code_words_session import SESSION_CODES
from analytics.journal.drafting.columns import Column
from analytics.journal.drafting.concepts import folded
from analytics.journal.values import FALSE, TRUE
from analytics.vocabulary.schema import TABLES

WORDS = SESSION_CODES | COURSE_CODES | YES_NO
SEPARATORS = ("", ";", "|", ",", "/", "+", "\n")
MOST_WORDS = 2_000
SEVERAL = frozenset({"exercise_types", "muscle_groups", "equipment", "goals"})  # our lists
# letters for the sexes are only known together: M is male beside F, and female beside H (mujer, hombre)
SEX_LETTERS = (
    {"f": "female", "m": "male"}, {"w": "female", "m": "male"}, {"f": "female", "h": "male"},
    {"m": "female", "h": "male"}, {"v": "female", "m": "male"}, {"k": "female", "m": "male"},
    {"n": "female", "m": "male"},
)  # fmt: skip
YES_LETTERS = (
    {"y": "true", "n": "false"}, {"j": "true", "n": "false"}, {"o": "true", "n": "false"},
    {"s": "true", "n": "false"}, {"k": "true", "e": "false"}, {"t": "true", "n": "false"},
    {"t": "true", "f": "false"}, {"v": "true", "f": "false"}, {"w": "true", "f": "false"},
)  # fmt: skip
TICKS = frozenset("x✓✔☑☒")


@dataclass(frozen=True, slots=True)
class Coded:
    """How a column writes a closed list: known words, words that are not, and what parts several of them.

    `known`: their word = our value; `strange`: their word = its cells. `share`: of the words' cells, known.
    """

    known: dict[str, str]
    strange: dict[str, int]
    separator: str
    share: float


def values_of(ours: str) -> tuple[str, ...]:
    """The closed list of a column of ours: its values, or true and false; empty where it has none."""
    for schema in TABLES.values():
        column = schema.columns().get(ours)
        if column is not None:
            if column.dtype == pl.Boolean:
                return ("true", "false")
            return tuple((column.metadata or {}).get("values") or ())
    return ()


def coded(column: Column, ours: str) -> Coded:
    """Read a column as the closed list of `ours`."""
    many = any(
        isinstance(schema.columns()[ours].dtype, pl.List)
        for schema in TABLES.values()
        if ours in schema.columns()
    )
    ways = [_coded(column, ours, mark) for mark in (SEPARATORS if many else SEPARATORS[:1])]
    return max(ways, key=lambda way: (round(way.share, 3), -SEPARATORS.index(way.separator)))


def _coded(column: Column, ours: str, separator: str) -> Coded:
    words: dict[str, int] = {}
    for text, cells in column.counts.head(MOST_WORDS).iter_rows():
        for part in text.split(separator) if separator else (text,):
            word = part.strip()
            if word:
                words[word] = words.get(word, 0) + cells
    dictionary = _dictionary(ours) | _letters(words, ours)
    if values_of(ours) == ("true", "false") and _numbered(set(words)):
        dictionary = {}
    known = {word: dictionary[folded(word)] for word in words if folded(word) in dictionary}
    strange = {word: cells for word, cells in words.items() if word not in known}
    total = sum(words.values())
    return Coded(known, strange, separator, sum(words[word] for word in known) / total if total else 0.0)


def _letters(words: dict[str, int], ours: str) -> dict[str, str]:
    """Single letters, where all that stand in the column are one known pair (and one for 'other')."""
    pairs = {"sex": SEX_LETTERS}.get(ours, YES_LETTERS if values_of(ours) == ("true", "false") else ())
    letters = {folded(word) for word in words if len(word) == 1}
    if values_of(ours) == ("true", "false") and len(words) == 1 and letters <= TICKS:
        return dict.fromkeys(
            letters, "true"
        )  # a tick where it is so, and an empty cell where nothing is said
    for pair in pairs:
        if set(pair) <= letters and letters - set(pair) <= ({"d", "x"} if ours == "sex" else set()):
            return pair | ({"d": "other", "x": "other"} if ours == "sex" else {})
    return {}


def _numbered(words: set[str]) -> bool:
    """Whether yes and no are numbers of which 1 need not be yes: 1 and 2, or 1 alone."""
    return all(word.isdigit() for word in words) and bool(words - {"0"}) and "0" not in words


@cache
def _dictionary(ours: str) -> dict[str, str]:
    """By folded word: our value; a word of two values is none."""
    lists = WORDS.get("yes" if values_of(ours) == ("true", "false") else ours, {})
    found: dict[str, set[str]] = {folded(value): {value} for value in values_of(ours)}
    for value, words in lists.items():
        for word in words.split(","):
            found.setdefault(folded(word.strip()), set()).add(value)
    return {word: min(values) for word, values in found.items() if len(values) == 1}


def to_write(one: Coded, ours: str) -> dict[str, str]:
    """The codes that a mapping must hold: what the reader does not know by itself, in the usual case each."""
    usual: dict[str, tuple[str, str]] = {}
    for word, value in one.known.items():  # the most frequent first
        usual.setdefault(word.lower(), (word, value))
    if values_of(ours) == ("true", "false"):
        by_itself = dict.fromkeys(TRUE, "true") | dict.fromkeys(FALSE, "false")
        return {word: value for word, value in sorted(usual.values()) if by_itself.get(word.lower()) != value}
    return {word: value for word, value in sorted(usual.values()) if word != value}


def may_be_shown(one: Coded, column: Column) -> bool:
    """Whether words may stand in a question: few, short and repeated, so that none is one patient's own."""
    return len(one.known) + len(one.strange) <= 20 and all(
        len(word) <= 40 and cells >= 3 for word, cells in one.strange.items()
    )
