"""`lumbar map FILE...`: drafts of unknown exports, the mapping files that they become, and their sources."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from analytics.journal.drafting.concepts import folded, words_of
from analytics.journal.drafting.decisions import DROPS, Draft
from analytics.journal.drafting.draft import families, rows_left, samples_of
from analytics.journal.drafting.overlap import KEY as SAME
from analytics.journal.drafting.overlap import name_of, settle
from analytics.journal.drafting.records import clinic_of
from analytics.journal.drafting.table_draft import Sample, draft_sample
from analytics.journal.drafting.toml import quoted, write_toml
from analytics.journal.mapping import Mapping
from analytics.journal.table import shown
from analytics.vocabulary.errors import ConfigurationError, LumbarError

SEAL = "# As drafted, and touched by nobody: "  # and the first digits of what stands above
ANSWERED = frozenset(Mapping.model_fields) | {"scores", "drop", SAME}  # what an answer's key begins with
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

    Writes into `out` where it is given; of the files there it replaces a draft that still asks and that
    nobody has touched, and no other. Raises ConfigurationError for an answer that is no KEY=VALUE or whose
    key no question can have.
    """
    told = answers_of(answers)
    samples, found = [], []
    for path in dict.fromkeys(paths):
        try:
            samples += samples_of(path, beside=tuple(paths), sample_rows=rows_left(samples))
        except LumbarError as refusal:
            found.append(Drafted(path.name, None, refusal))
    drafts = [(sample, draft) for sample in families(samples) for draft in draft_sample(sample, told)]
    names: set[str] = set()
    return found + [_drafted(draft, sample, out, names) for sample, draft in settle(drafts, told)]


def answers_of(given: Sequence[str]) -> dict[str, str]:
    """KEY=VALUE of the command line, by key; the few that have a shorter name by their own."""
    answers: dict[str, str] = {}
    for one in given:  # their heading may hold a =, our value cannot
        key, equals, value = one.rpartition("=") if one.startswith("codes.") else one.partition("=")
        if not equals or not key.strip() or not value.strip():
            raise ConfigurationError(
                "--answer: write KEY=VALUE as a question's options show it, as --answer dates=day-first."
            )
        key, value = SHORTER.get(key.strip(), key.strip()), value.strip()
        if key.partition(".")[0] not in ANSWERED:
            raise ConfigurationError(
                f"--answer: no question is called '{shown(key)}'. Copy the option from the question, as "
                "--answer constants.clinic_id=oak."
            )
        answers[key] = f"{answers[key]}{DROPS}{value}" if key == "drop" and key in answers else value
    return answers


def _drafted(draft: Draft, sample: Sample, out: Path | None, names: set[str]) -> Drafted:
    name = name_of(draft)
    if draft.table is None:
        return Drafted(name, draft)
    stem = _stem(draft, sample)
    while f"{stem}.toml" in names:
        stem += "-2"
    names.add(f"{stem}.toml")
    path = (out or Path("mappings")) / f"{stem}.toml"
    sources = "\n\n".join(
        f"[[sources]]\nfiles = {quoted(escape(_as_given(each)))}\nmapping = {quoted(_as_given(path))}"
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
    """Write a new file, or one in the place of a draft that nobody has touched; what hinders it, in words."""
    content = text.encode()
    content += f"\n{SEAL}{hashlib.sha256(content).hexdigest()[:16]}\n".encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb" if _may_go(path, content) else "xb") as file:
            file.write(content)
    except FileExistsError:
        return "there is such a file already, and nothing was written; move it away or name another folder"
    except OSError as error:
        return f"cannot be written: {error.strerror}"
    return ""


def _may_go(path: Path, new: bytes) -> bool:
    """Whether a file is a draft as it was written that still asks something, or what would be written."""
    if path.is_symlink() or not path.is_file():
        return False
    content = path.read_bytes()
    above, seal, digits = content.rpartition(f"\n{SEAL}".encode())
    whole = bool(seal) and digits.decode(errors="replace").strip() == hashlib.sha256(above).hexdigest()[:16]
    return content == new or (whole and b"\n[[questions]]\n" in above)
