"""Study: the analysis-ready set on disk, and what may leave it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from analytics.vocabulary.errors import InputError
from analytics.vocabulary.records import NETWORK


@dataclass(frozen=True, slots=True)
class ClinicRelease:
    """What may leave about one clinic (and the network around it).

    Only counted, suppressed and rounded frames.

    `cells`: Cells of this clinic and of the network. `flow`, `quality`, `benchmark`: of this clinic.
    `contrasts`, `terms`, `overall`: of the network's trajectory model. `told`: which question can be
    answered, and why not.
    """

    clinic_id: str
    name: str
    facts: dict[str, Any]
    cells: pl.DataFrame
    flow: pl.DataFrame
    quality: pl.DataFrame
    benchmark: pl.DataFrame
    told: pl.DataFrame
    contrasts: pl.DataFrame
    terms: pl.DataFrame
    overall: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Study:
    """The prepared set: everything at `frames/` (researchers, on this machine), what may leave at `release/`.

    Opening it reads nothing; every frame is scanned when asked for.
    """

    root: Path

    def __post_init__(self) -> None:
        """Refuse a folder that holds no study."""
        if not (self.root / "study.json").is_file():
            raise InputError(f"{self.root.name}: no study is prepared there. Run `lumbar prepare` first.")

    @property
    def facts(self) -> dict[str, Any]:
        """What the study was made from: as_of, settings, counts, versions, input hashes."""
        return json.loads((self.root / "study.json").read_text(encoding="utf-8"))

    def frame(self, name: str) -> pl.LazyFrame:
        """A frame with everything in it, patient rows included: sessions, episodes, patient_weeks, ..."""
        return self._scan("frames", name)

    def release(self, name: str) -> pl.LazyFrame:
        """A frame that may leave.

        cells, flow, quality, benchmark, told, clinics; of the network's models: contrasts, terms, overall,
        components, quantiles, influence, dose_curve, dose_surface, bends.
        """
        return self._scan("release", name)

    def clinic(self, clinic_id: str) -> ClinicRelease:
        """What may leave about one clinic; reads its rows and the network's, no other clinic's."""
        name = self.release("clinics").filter(pl.col("clinic_id") == clinic_id).collect()
        if not name.height and clinic_id != NETWORK:
            raise InputError("The study holds no clinic of that id. `lumbar prepare` lists those it holds.")
        mine = {
            part: self.release(part).filter(pl.col("clinic_id") == clinic_id).collect()
            for part in ("flow", "quality", "benchmark", "told")
        }
        wide = {part: self.release(part).collect() for part in ("contrasts", "terms", "overall")}
        cells = self.release("cells").filter(pl.col("clinic_id").is_in([clinic_id, NETWORK])).collect()
        title = name["clinic_name"].item() if name.height else "All clinics"
        return ClinicRelease(clinic_id, title, self.facts, cells, **mine, **wide)

    def _scan(self, folder: str, name: str) -> pl.LazyFrame:
        place = self.root / folder
        known = sorted(file.stem for file in place.iterdir())
        if name not in known:
            raise InputError(f"The study has no frame '{name}'. It has: {', '.join(known)}.")
        parts = place / name  # a frame with every session lies in parts, one a group of clinics
        return pl.scan_parquet(parts / "*.parquet" if parts.is_dir() else place / f"{name}.parquet")

    def __repr__(self) -> str:
        """Where it is, and what it holds."""
        facts = self.facts
        return f"Study as of {facts['as_of']}: {facts['clinics']} clinics, data {facts['data_hash'][:12]}"
