"""The table of contents: journals -> cohort -> models -> one Study on disk, and beside it what may leave."""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from analytics.journal.origin import files_of, hash_files, with_origins
from analytics.journal.privacy import fingerprint
from analytics.journal.read import Export, read_journal
from analytics.journal.workers import workers
from analytics.vocabulary.installed import cache_folder, code_hash, sample_settings
from analytics.vocabulary.over import Over
from analytics.vocabulary.settings import Settings
from analytics.vocabulary.study import RESTRICTED, Study
from analytics.vocabulary.swap import alone, replacing, restricted_folder
from analytics.vocabulary.telling import Tell, quiet
from analytics.vocabulary.unchanged import is_made_of, say_made_of
from analytics.vocabulary.value_set import read_value_set

KEPT = "kept"  # ends the name of the folder beside it that holds lines and groups of clinics between runs
BUSY_SECONDS = 600  # that whoever opens the sample waits for another who prepares it


@dataclass(frozen=True, slots=True)
class Basis:
    """What a study is made from: settings, exports with their origins, and the facts of study.json.

    `digest`: of all that, and of which key hides the ids.
    """

    settings: Settings
    exports: list[Export]
    facts: dict[str, Any]
    digest: str


def prepare_study(
    settings: Settings, *, over: Over | None = None, tell: Tell = quiet, force: bool = False
) -> Study:
    """Read, clean, describe, fit and compare once; every report is then a reading of what this wrote.

    A study that is made of the same is handed back as it is; else only exports that changed are read again.
    Clinics go through one group after another, so that memory holds the patients, never all the sessions.
    `over`: as `map`, runs jobs on machines that see the same files. `force`: anew, whatever is kept.
    Raises ConfigurationError for a wrong mapping or a place that cannot be written, InputError where nothing
    valid could be read, BusyError where another prepares the same study.

    >>> an.prepare_study(settings).facts["clinics"]
    8
    """
    return _prepared(settings, over, tell, force=force)


def _prepared(settings: Settings, over: Over | None, tell: Tell, *, force: bool, wait: float = 0) -> Study:
    began, here = time.perf_counter(), settings.model_copy(update={"root": settings.root.absolute()})
    target = here.path(here.study)
    with alone(target, wait=wait):
        basis = _basis(here)
        unchanged = not force and is_made_of(target, basis.digest, place=RESTRICTED)
        if not unchanged:
            lines, groups = (
                restricted_folder(target, f"{KEPT}/{name}", empty=force) for name in ("lines", "groups")
            )
            with replacing(target) as staging:
                _make(basis, (staging, lines, groups, None if force else target), over, tell)
    study = Study(settings.path(settings.study))
    rows = {f"rows_{way}": count for way, count in study.facts["rows"].items()}
    seconds = round(time.perf_counter() - began, 3)
    tell({"event": "prepare", "unchanged": unchanged, "seconds": seconds, **rows})
    return study


def _make(basis: Basis, folders: tuple[Path, Path, Path, Path | None], over: Over | None, tell: Tell) -> None:
    """Write the study into its staging folder; `folders`: those of Places."""
    # models and scipy take seconds to import: a study that is handed back needs none of it
    from analytics.analysis import write_study
    from analytics.reading import Places, read_exports

    settings, places = basis.settings, Places(*folders)
    with _side_by_side(basis, over) as way:
        read = read_exports(basis.exports, settings, places=places, over=way, tell=tell)
    began = time.perf_counter()
    with _side_by_side(basis, over) as way:  # not the processes that have read, and hold much memory
        facts = write_study(read, basis.facts, settings, staging=places.staging, over=way)
    text = json.dumps(facts, indent=1, sort_keys=True)
    (places.staging / "study.json").write_text(text, encoding="utf-8")
    say_made_of(places.staging, basis.digest, place=RESTRICTED)
    seconds = round(time.perf_counter() - began, 3)
    tell({"event": "model", "clinics": facts["clinics"], "seconds": seconds})


def _side_by_side(basis: Basis, over: Over | None) -> AbstractContextManager[Over]:
    return nullcontext(over) if over else workers(basis.exports, basis.settings)


def open_study(path: str | Path = "") -> Study:
    """The prepared study in a folder; where none is named, LUMBAR_STUDY's, else the sample network's.

    >>> an.open_study()
    Study as of 2026-06-30: 8 clinics, data ...
    """
    chosen = str(path) or os.environ.get("LUMBAR_STUDY", "")
    return Study(Path(chosen)) if chosen else sample_study()


def sample_study() -> Study:
    """The study of the sample network, prepared once by this very program and kept in the user's cache.

    >>> an.sample_study()  # doctest: +SKIP
    Study as of 2026-06-30: 8 clinics, data 2c34f15c5d7e
    """
    settings = sample_settings(cache_folder())
    place = settings.path(settings.study)
    if (place / "study.json").is_file() and Study(place).facts["code_hash"] == code_hash():
        return Study(place)
    return _prepared(settings, None, quiet, force=False, wait=BUSY_SECONDS)


def _basis(settings: Settings) -> Basis:
    """Raises where a mapping, a value set or a file of an export cannot be read."""
    exports, value_set = read_journal(settings), settings.definitions.eq5d_value_set
    if value_set:
        read_value_set(settings.path(value_set))  # a wrong one is refused before any export is read
    inputs = {path: path.relative_to(settings.root).as_posix() for one in exports for path in files_of(one)}
    inputs |= {settings.path(value_set): value_set} if value_set else {}
    mappings = {settings.path(source.mapping): source.mapping for source in settings.sources}
    hashed = hash_files([*inputs, *mappings])
    inputs, mappings = (
        {name: hashed[path].digest for path, name in sorted(named.items())} for named in (inputs, mappings)
    )
    facts = _facts(settings, inputs, mappings)
    whole = json.dumps([facts, fingerprint(settings)], sort_keys=True)
    digest = hashlib.sha256(whole.encode()).hexdigest()
    return Basis(settings, with_origins(exports, hashed, settings), facts, digest)


def _facts(settings: Settings, inputs: dict[str, str], mappings: dict[str, str]) -> dict[str, Any]:
    chosen = settings.model_dump(mode="json", exclude={"study", "reports", "run", "privacy"})
    data = [inputs, mappings, settings.privacy.id_scope, chosen]
    return {
        "title": settings.title,
        "language": settings.language,
        "as_of": settings.as_of.isoformat(),
        "horizon_weeks": settings.definitions.horizon_weeks,
        "disclosure": settings.disclosure.model_dump(),
        "data_hash": hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest(),
        "inputs": inputs,
        "settings": chosen,
        "id_scope": settings.privacy.id_scope,
        "mappings": mappings,
        "code_hash": code_hash(),
        "versions": {name: version(name) for name in ("lumbar", "polars", "numpy", "scipy", "plotly")},
    }
