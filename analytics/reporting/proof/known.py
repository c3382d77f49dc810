"""What the restricted study knows of single patients: what therefore must not be in a published folder."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from analytics.vocabulary.settings import Disclosure
from analytics.vocabulary.study import Study

FRAMES = ("eligible", "episodes", "patient_weeks", "fitted", "scores", "patients", "measures", "practice")
IDS = ("patient_id", "episode_id")
DISTINCT = 4  # fewer different values, as of yes and no, say nothing of where they are from


@dataclass(frozen=True, slots=True)
class Known:
    """A column of one clinic's patients in the study (of one week, where the frame is by week), sorted."""

    clinic_id: str
    values: array[float]


def known_ids(study: Study) -> frozenset[str]:
    """Every id of a patient or an episode in the study."""
    ids: set[str] = set()
    for name in FRAMES:
        if _holds(study, name):
            found = study.frame(name).select(pl.selectors.by_name(*IDS, require_all=False)).unique().collect()
            ids.update(value for column in found for value in column.drop_nulls())
    return frozenset(ids)


def known_columns(study: Study, rules: Disclosure) -> Iterator[Known]:
    """Every column of numbers with a row a patient, episode or week, by clinic (and week), and of all."""
    for name in FRAMES:
        if not _holds(study, name):
            continue
        frame = study.frame(name).select(pl.selectors.numeric(), pl.selectors.by_name("clinic_id")).collect()
        numbers = [column for column in frame.columns if column not in {"clinic_id", "week", "outcome_week"}]
        weekly = ["week"] if "week" in frame.columns else []
        for keys in ([], ["clinic_id"], ["clinic_id", *weekly]) if weekly else ([], ["clinic_id"]):
            parts = frame.partition_by(keys, as_dict=True).items() if keys else [(("",), frame)]
            for key, part in parts:
                for column in numbers:
                    values = part[column].cast(pl.Float64).drop_nulls().drop_nans().sort()
                    if len(values) >= rules.min_patients and values.n_unique() >= DISTINCT:
                        yield Known(f"{key[0]}", array("d", values.to_numpy()))


def _holds(study: Study, name: str) -> bool:
    place = study.root / "frames" / name
    return place.is_dir() or place.with_suffix(".parquet").is_file()
