"""The proof that a published folder gives nobody away: read from outside, with the study where it is here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from analytics.reporting.proof.known import known_ids
from analytics.reporting.proof.parts import Verdict
from analytics.reporting.proof.patients import check_patients
from analytics.reporting.proof.published import open_published
from analytics.reporting.proof.small_cells import check_small_cells
from analytics.reporting.proof.sums import check_sums
from analytics.reporting.proof.words import check_canaries, check_identities
from analytics.vocabulary.errors import ConfigurationError, InputError
from analytics.vocabulary.settings import Disclosure, Settings
from analytics.vocabulary.study import Study


def check_disclosure(
    folder: Path, rules: Disclosure, *, study: Study | None = None, canaries: Sequence[str] = ()
) -> tuple[Verdict, ...]:
    """One verdict a check; of canaries only where words are given.

    `study`: what must not be there; without it only what any stranger can see.
    """
    published = open_published(folder)
    return (
        check_small_cells(published, rules),
        check_sums(published, rules),
        check_patients(published, rules, study),
        check_identities(published, known_ids(study) if study else frozenset()),
        *([check_canaries(published, canaries)] if canaries else []),
    )


def show_disclosure(settings: Settings, folder: Path | None, canaries: Path | None) -> int:
    """Print one line a check; 0 where all is proved, 1 where something leaks."""
    published = (folder or settings.path(settings.reports) / "latest").resolve()
    if not published.is_dir():
        raise InputError(f"{published.name}: no report is published there. Run `lumbar report` first.")
    root = settings.path(settings.study)
    study = Study(root) if (root / "study.json").is_file() else None
    rules = _rules(published) or settings.disclosure
    verdicts = check_disclosure(published, rules, study=study, canaries=_words(canaries))
    print(f"{published.name}: fewer than {rules.min_patients} not shown, others rounded to {rules.round_to}")
    for verdict in verdicts:
        print(verdict)
    if canaries is None:
        print("canaries: none given; --canaries FILE looks for names or words that must be nowhere")
    return int(any(verdict.leaks for verdict in verdicts))


def _rules(published: Path) -> Disclosure | None:
    """The rules that the reports were made by, as their manifest says."""
    try:
        manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
        return Disclosure.model_validate(manifest["disclosure"])
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        return None


def _words(canaries: Path | None) -> list[str]:
    """One word or phrase a line; fewer than four characters stand everywhere."""
    if canaries is None:
        return []
    try:
        lines = [line.strip() for line in canaries.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            f"{canaries.name}: cannot be read. Name a text file, a word a line."
        ) from None
    short = [number for number, line in enumerate(lines, 1) if 0 < len(line) < 4]
    if short:
        raise ConfigurationError(f"{canaries.name}: line {short[0]} has fewer than four characters.")
    return [line for line in lines if line]
