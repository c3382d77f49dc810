"""`lumbar map FILE...`: drafts of unknown exports, the mapping files that they become, and their sources."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analytics.journal.drafting.concepts import folded, words_of
from analytics.journal.drafting.decisions import Draft
from analytics.journal.drafting.draft import families, samples_of
from analytics.journal.drafting.records import clinic_of
from analytics.journal.drafting.table_draft import Sample, draft_sample
from analytics.journal.drafting.toml import quoted, write_toml
from analytics.vocabulary.errors import ConfigurationError, LumbarError

SHORTER = {"dates": "dates.formats", "clinic": "constants.clinic_id", "decimal": "file.decimal"}


@dataclass(frozen=True, slots=True)
class Drafted:
    """What became of one table of the files: its draft, or why it could not be read.

    `mapping`: path of its mapping file, `written` now or only named. `note`: why it was not written.
    """

    name: str
    draft: Draft | None
    refusal: LumbarError | None = None
    mapping: str = ""
    written: bool = False
    note: str = ""
    sources: str = ""


def draft_files(
    paths: Sequence[Path], *, out: Path | None = None, answers: Sequence[str] = ()
) -> list[Drafted]:
    """Draft a mapping for every table of these files; files of one folder with the same headings are one.

    Writes into `out` where it is given, and never over a file. Raises ConfigurationError for an answer that
    is no KEY=VALUE.
    """
    told = answers_of(answers)
    samples, found = [], []
    for path in dict.fromkeys(paths):
        try:
            samples += samples_of(path, beside=tuple(paths))
        except LumbarError as refusal:
            found.append(Drafted(path.name, None, refusal))
    names: set[str] = set()
    for sample in families(samples):
        for draft in draft_sample(sample, told):
            found.append(_drafted(draft, sample, out, names))
    return found


def answers_of(given: Sequence[str]) -> dict[str, str]:
    """KEY=VALUE of the command line, by key; the few that have a shorter name by their own."""
    answers = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals or not key.strip() or not value.strip():
            raise ConfigurationError(
                "--answer: write KEY=VALUE as a question's options show it, as --answer dates=day-first."
            )
        answers[SHORTER.get(key.strip(), key.strip())] = value.strip()
    return answers


def _drafted(draft: Draft, sample: Sample, out: Path | None, names: set[str]) -> Drafted:
    name = f"{draft.file}, {draft.part}" if draft.part else draft.file
    if draft.table is None:
        return Drafted(name, draft)
    stem = _stem(draft, sample)
    while f"{stem}.toml" in names:
        stem += "-2"
    names.add(f"{stem}.toml")
    path = (out or Path("mappings")) / f"{stem}.toml"
    sources = "\n\n".join(
        f"[[sources]]\nfiles = {quoted(_as_given(each))}\nmapping = {quoted(_as_given(path))}"
        for each in sample.paths
    )
    if out is None:
        return Drafted(name, draft, mapping=_as_given(path), sources=sources)
    note = _write(path, write_toml(draft))
    return Drafted(name, draft, None, _as_given(path), not note, note, sources)


def _stem(draft: Draft, sample: Sample) -> str:
    """clinic-table, or clinic-file-table where the file's name says more."""
    path = sample.paths[0]
    words = [
        *words_of(clinic_of(path)),
        *words_of(path.stem),
        *words_of(sample.member),
        *words_of(sample.part),
    ]
    words += [draft.table or ""]
    plain = [re.sub(r"[^a-z0-9]", "", folded(word)) for word in dict.fromkeys(words)]
    return "-".join(word for word in plain if word)[:80] or "mapping"


def _as_given(path: Path) -> str:
    """A path as lumbar.toml may hold it: from here where it lies here."""
    here = Path.cwd()
    full = path if path.is_absolute() else here / path
    return full.relative_to(here).as_posix() if full.is_relative_to(here) else full.as_posix()


def _write(path: Path, text: str) -> str:
    """Write a new file; what hinders it, in words."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return "there is such a file already, and nothing was written; move it away or name another folder"
    except OSError as error:
        return f"cannot be written: {error.strerror}"
    return ""
