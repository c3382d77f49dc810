"""What a draft holds: lines of a mapping with their reasons, and decisions that are left to a person."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.journal.drafting.preview import Preview
from analytics.journal.mapping import Mapping, Question

Value = str | int | tuple[str, ...]
NONE = "none"
DROPS = "\x1f"  # between the headings of several answers `drop=`


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of a mapping: the table of the TOML it stands in, key, value, and why.

    `confidence` is empty where there was nothing to weigh.
    """

    section: tuple[str, ...]
    key: str
    value: Value
    reason: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question: what `--answer KEY=...` takes, what it means, the lines it would write."""

    answer: str
    meaning: str
    lines: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision that the data does not prove. Without choices, a person writes the answer."""

    key: str
    text: str
    choices: tuple[Choice, ...] = ()

    def as_question(self) -> Question:
        """As a mapping holds it."""
        return Question(key=self.key, text=self.text, options=tuple(one.answer for one in self.choices))


@dataclass(frozen=True, slots=True)
class Found:
    """What one look at the data gives: lines of the mapping, and questions."""

    decisions: tuple[Decision, ...] = ()
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnDraft:
    """One column of the export: which of ours it is (none: not read), how surely, and why.

    `identity`: what it says of a person, where it does; such a column is never read.
    """

    theirs: str
    ours: str | None
    confidence: float
    reason: str
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A mapping for one table of an export, as far as the data proves it.

    `preview` is the account of the sample, under the first answer to each question; none where no line can
    be kept yet. `table` is empty where the part is none of ours. `mapping` is valid, but it is refused until
    nothing in `asked` is left. `lines`: how many were looked at.
    """

    file: str
    part: str
    table: str | None
    why: str
    lines: int
    columns: tuple[ColumnDraft, ...] = ()
    decisions: tuple[Decision, ...] = ()
    asked: tuple[Asked, ...] = ()
    preview: Preview | None = None

    @property
    def questions(self) -> tuple[Question, ...]:
        """What a person must answer."""
        return tuple(one.as_question() for one in self.asked)

    @property
    def unmapped(self) -> tuple[ColumnDraft, ...]:
        """Columns that the mapping does not read."""
        return tuple(one for one in self.columns if one.ours is None)

    @property
    def mapping(self) -> Mapping | None:
        """The mapping with its questions; None where the part is no table of ours."""
        if self.table is None:
            return None
        return Mapping.model_validate(as_dict(self.table, self.decisions) | {"questions": self.questions})


def on_one_line(heading: str) -> str:
    """A heading as a person can type it: what cannot be seen, as the end of a line, is a space."""
    return "".join(letter if letter.isprintable() else " " for letter in heading)


def asked_again(one: Asked, answers: dict[str, str]) -> Asked:
    """A question that stays open though it was answered says so."""
    keys = {choice.answer.partition("=")[0] for choice in one.choices}
    if keys & set(answers):
        return Asked(one.key, f"{one.text} The answer that was given is none of these.", one.choices)
    return one


def as_dict(table: str, decisions: tuple[Decision, ...]) -> dict[str, object]:
    """The decisions as a mapping's TOML would give them."""
    content: dict[str, object] = {"table": table, "columns": {}}
    for one in decisions:
        place: dict[str, object] = content
        for name in one.section:
            place = place.setdefault(name, {})  # pyright: ignore[reportAssignmentType]
        place[one.key] = one.value
    return content


def together(*found: Found) -> Found:
    """Several looks as one."""
    return Found(
        tuple(one for each in found for one in each.decisions),
        tuple(one for each in found for one in each.asked),
    )
