"""What a run rests on and says, kept with it, so that the next run can tell what changed and what moved it.

A run is compared with the last whole one that differed: one that repeats it carries its reference on, so that
the same data, settings and code make the same pages. A run of some clinics alone keeps no ledger.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, FiniteFloat

from analytics.reporting.headline import headline_numbers
from analytics.vocabulary.settings import Settings
from analytics.vocabulary.study import Study

NAME = "ledger.json"
NO_NUMBER = ("title", "language", "as_of", "quality")  # settings that move none; as_of is told as the day
OPEN = ("week_term", "id_scope")  # texts that are a choice; any other could be a path or a name
Basis = Literal["first", "no record", "compared"]


class Number(NamedTuple):
    """One headline number of one clinic (headline_numbers)."""

    clinic_id: str
    measure: str
    value: FiniteFloat | None
    text: str


class Stated(BaseModel):
    """Part of a ledger: frozen, and refused where it holds what we did not write."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Record(Stated):
    """What one run rested on, and the numbers that it said.

    `inputs`: checksums alone, as the name of a file can be a patient's. `settings`: those that can move a
    number, by dotted key; a checksum stands for a text or list. `code`: checksum of the package's source.
    """

    as_of: date
    clinics: dict[str, str]
    inputs: tuple[str, ...]
    settings: dict[str, str]
    code: str
    versions: dict[str, str]
    numbers: tuple[Number, ...]


class Ledger(Stated):
    """One run and the run that it is compared with; `basis` says why there is none."""

    format: Literal[1] = 1
    basis: Basis
    run: Record
    reference: Record | None = None

    def write(self, folder: Path) -> str:
        """Beside the pages of the run; returns its place there."""
        (folder / NAME).write_text(self.model_dump_json() + "\n", encoding="utf-8")
        return NAME


def open_ledger(study: Study, *, latest: Path) -> Ledger:
    """The ledger of a run of this study; `latest` is the folder of the last whole run."""
    run = record_of(study)
    last = _read(latest / NAME)
    if last is None:
        return Ledger(basis="no record" if latest.exists() else "first", run=run)
    if last.run == run:
        return last
    return Ledger(basis="compared", run=run, reference=last.run)


def _read(path: Path) -> Ledger | None:
    """The ledger there; none where there is none, or one that is broken or in a form that we do not know."""
    try:
        ledger = Ledger.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None
    return ledger if (ledger.basis == "compared") == (ledger.reference is not None) else None


def record_of(study: Study) -> Record:
    """What the study rests on, and its headline numbers."""
    facts, clinics = study.facts, study.release("clinics").select("clinic_id", "clinic_name").collect()
    names = {clinic_id: name or clinic_id for clinic_id, name in clinics.sort("clinic_id").iter_rows()}
    return Record(
        as_of=date.fromisoformat(facts["as_of"]),
        clinics=names,
        inputs=tuple(sorted(facts["inputs"].values())),
        settings=settings_that_matter(facts),
        code=facts.get("code_hash", ""),
        versions=dict(sorted(facts["versions"].items())),
        numbers=tuple(Number(*row) for row in headline_numbers(study).iter_rows()),
    )


def settings_that_matter(facts: dict[str, Any]) -> dict[str, str]:
    """Dotted key -> value as text, of settings that can move a number. A mapping counts by its content."""
    chosen = {key: value for key, value in facts["settings"].items() if key not in NO_NUMBER}
    more = {"privacy": {"id_scope": facts["id_scope"]}} if "id_scope" in facts else {}
    mapped = {"mappings": sorted(facts["mappings"].items())} if "mappings" in facts else {}
    return dict(sorted(_flat(chosen | more | mapped).items()))


def usual_settings() -> dict[str, str]:
    """The same where nobody set anything: what a key had before there was that key."""
    source = {"files": "-", "mapping": "-"}
    nothing_set = Settings.model_validate({"as_of": date.min, "sources": [source]}).model_dump(mode="json")
    return settings_that_matter({"settings": nothing_set, "id_scope": nothing_set["privacy"]["id_scope"]})


def _flat(settings: dict[str, Any], above: str = "") -> dict[str, str]:
    found = {}
    for key, value in settings.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{above}{key}.")
        elif isinstance(value, str | list | tuple) and key not in OPEN:
            text = json.dumps(value, sort_keys=True)
            found[f"{above}{key}"] = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
        else:
            found[f"{above}{key}"] = value if isinstance(value, str) else json.dumps(value)
    return found
