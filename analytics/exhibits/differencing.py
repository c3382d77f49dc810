"""Whose numbers are renewed: what two runs show of a clinic differs by many patients, or by none.

A number of last week less this week's is that of the patients who are new in between. So a clinic is held:
its numbers are made of the patients' rows of the last time until at least `min_patients` of its patients have
something new. The network is made of the same rows as the clinics beside it, so that it, less the clinics,
tells nothing of those who wait.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from analytics.vocabulary.settings import Disclosure
from analytics.vocabulary.study import RESTRICTED, Study

Frames = dict[str, pl.DataFrame]
PATIENT = ["clinic_id", "patient_id"]
SHOWN = f"{RESTRICTED}/shown"  # in the study: the patients' rows that its released numbers are made of
BOOKS = ("flow", "told", "checks", "quality", "exports")  # released frames of the journal, not of those rows
FIGURES = 9  # of a float: the last bits of a sum are no news
# what may differ between two runs whose numbers are nonetheless of one kind
OF_THE_RUN = ("as_of", "title", "language", "sources")
NOBODY = pl.DataFrame(schema={"clinic_id": pl.String, "patient_id": pl.String, "digest": pl.UInt64})


@dataclass(frozen=True, slots=True)
class Renewal:
    """Which rows a release is made of.

    `frames`: patients' rows, those of held clinics from before. `renewed`: one row a clinic, the day its
    numbers are of (`as_of`) and whether it is `held`. `before`: the released frames of the old study.
    """

    frames: Frames
    renewed: pl.DataFrame
    before: Frames

    def release(self, new: Frames) -> Frames:
        """The release with the books of held clinics as they were, and `renewed`."""
        books = {name: new[name] for name in BOOKS if name in new}
        return {**new, **hold_back(books, self.before, self.renewed), "renewed": self.renewed}


def renew(frames: Frames, facts: Mapping[str, Any], *, old: Path, rules: Disclosure) -> Renewal:
    """Whose rows the numbers of this run may be made of, given the study in `old`, if there is one.

    `frames`: every frame with clinic_id and patient_id that numbers are made of. Where code or settings are
    others than the old study's, everything is renewed, whatever it differs by: held numbers would be of
    another kind than those beside them.
    """
    shown = _frames(old / SHOWN)
    before = Study(old).facts if shown and (old / "study.json").is_file() else {}
    alike = all(name in shown and shown[name].schema == frame.schema for name, frame in frames.items())
    if not before or not alike or not comparable(facts, before):
        shown, before = {}, {}
    held = renewals(contributions(frames), contributions(shown), rules)
    released = _frames(old / "release") if before else {}
    days = renewed(held, released.get("renewed"), as_of=facts["as_of"], old_as_of=before.get("as_of", ""))
    return Renewal(hold_back(frames, shown, held), days, released)


def contributions(frames: Frames) -> pl.DataFrame:
    """One row is a patient of a clinic: `digest` of all that enters any number, whatever its order.

    Digests are compared within one process: polars promises their sameness within a version alone.
    """
    rows = [NOBODY]
    for place, (_, frame) in enumerate(sorted(frames.items())):
        told = frame.select(*PATIENT, digest=pl.struct(_plain(frame)).hash(place))
        rows.append(told.with_columns(pl.col("digest") // 2**20))  # sums of millions of rows stay in 64 bits
    return pl.concat(rows).drop_nulls(PATIENT).group_by(PATIENT).agg(pl.col("digest").sum()).sort(PATIENT)


def comparable(facts: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether two runs' numbers are of one kind: same code, same settings."""

    def kind(of: Mapping[str, Any]) -> str:
        chosen = {key: value for key, value in of.get("settings", {}).items() if key not in OF_THE_RUN}
        rest = [of.get(name) for name in ("versions", "code_hash", "horizon_weeks", "disclosure")]
        return json.dumps([chosen, *rest], sort_keys=True)

    return kind(facts) == kind(old)


def renewals(now: pl.DataFrame, shown: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """One row is a clinic: `changed` patients since its shown numbers (contributions), and whether `held`.

    A clinic of which nothing was shown has nothing to be held at.
    """
    both = now.join(shown, on=PATIENT, how="full", coalesce=True, suffix="_shown")
    moved = both.filter(pl.col("digest").ne_missing(pl.col("digest_shown")))
    counts = moved.group_by("clinic_id").agg(changed=pl.len().cast(pl.Int64))
    clinics = now.select("clinic_id").unique().join(counts, on="clinic_id", how="left").sort("clinic_id")
    known = pl.col("clinic_id").is_in(shown["clinic_id"].unique().implode())
    few = pl.col("changed").is_between(1, rules.min_patients - 1)
    return clinics.with_columns(pl.col("changed").fill_null(0)).with_columns(held=few & known)


def hold_back(new: Frames, old: Frames, held: pl.DataFrame) -> Frames:
    """The new frames, in which held clinics have their old rows."""
    kept = held.filter("held")["clinic_id"].implode()
    if not held["held"].any():
        return dict(new)
    is_kept = pl.col("clinic_id").is_in(kept)
    return {
        name: pl.concat([frame.filter(~is_kept), old[name].filter(is_kept)]).sort(
            "clinic_id", maintain_order=True
        )
        if name in old and old[name].schema == frame.schema
        else frame
        for name, frame in new.items()
    }


def renewed(held: pl.DataFrame, before: pl.DataFrame | None, *, as_of: str, old_as_of: str) -> pl.DataFrame:
    """One row is a clinic: the day its shown numbers are of, and whether they were held."""
    days = (
        pl.DataFrame(schema={"clinic_id": pl.String, "as_of": pl.String})
        if before is None
        else before.select("clinic_id", "as_of")
    )
    then = held.join(days, on="clinic_id", how="left", maintain_order="left")
    day = pl.when("held").then(pl.col("as_of").fill_null(old_as_of)).otherwise(pl.lit(as_of))
    return then.select("clinic_id", as_of=day, held="held")


def _frames(folder: Path) -> Frames:
    return {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}


def _plain(frame: pl.DataFrame) -> list[pl.Expr]:
    """Each column as something that hashes alike for alike values."""
    floats = [name for name, dtype in frame.schema.items() if dtype.is_float()]
    lists = [name for name, dtype in frame.schema.items() if dtype.base_type() in (pl.List, pl.Array)]
    others = [name for name in frame.columns if name not in {*floats, *lists}]
    return [
        *(pl.col(name).round_sig_figs(FIGURES) + 0.0 for name in floats),
        *(pl.col(name).cast(pl.List(pl.String)).list.join("|") for name in lists),
        *(pl.col(name).cast(pl.String) for name in others),
    ]
