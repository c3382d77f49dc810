"""Study: the analysis-ready set on disk, and what may leave it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from analytics.vocabulary.display import Shown, ask
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.language import ENGLISH, known_language, tr
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.results import Exhibit

OWN = (
    "flow", "quality", "told", "benchmark", "gaps", "control_chart", "control_icons", "before_after",
    "changes", "renewed", "checks",
)  # fmt: skip
RESTRICTED = "restricted"  # folder of a study that is for nobody but the clerk and the next run
WIDE = ("contrasts", "terms", "overall", "comparison", "funnel_limits", "certificate")


@dataclass(frozen=True, slots=True)
class ClinicRelease(Shown):
    """What may leave about one clinic (and the network around it).

    Only counted, suppressed and rounded frames.

    `cells`: Cells of this clinic and of the network. Of this clinic alone: `flow`, `quality`, `told` (which
    question can be answered, and why not), `benchmark` (beside what its patients let expect), `gaps` (what
    the gap to the network is made of), `control_chart` and `control_icons` (over time), `before_after` (with
    regression to the mean), `changes` (since the report before), `renewed` (the day its numbers are from),
    `checks` (of its data).
    Of the network: `comparison` and `funnel_limits`, `certificate` (check calculations), and `contrasts`,
    `terms`, `overall` of its trajectory model.
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
    gaps: pl.DataFrame = field(default_factory=pl.DataFrame)
    control_chart: pl.DataFrame = field(default_factory=pl.DataFrame)
    control_icons: pl.DataFrame = field(default_factory=pl.DataFrame)
    before_after: pl.DataFrame = field(default_factory=pl.DataFrame)
    changes: pl.DataFrame = field(default_factory=pl.DataFrame)
    renewed: pl.DataFrame = field(default_factory=pl.DataFrame)
    checks: pl.DataFrame = field(default_factory=pl.DataFrame)
    comparison: pl.DataFrame = field(default_factory=pl.DataFrame)
    funnel_limits: pl.DataFrame = field(default_factory=pl.DataFrame)
    certificate: pl.DataFrame = field(default_factory=pl.DataFrame)
    language: str = ENGLISH


@dataclass(frozen=True, slots=True)
class Study(Shown):
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

    @property
    def language(self) -> str:
        """The language of pages about all clinics."""
        return self.facts.get("language", ENGLISH)

    def frame(self, name: str) -> pl.LazyFrame:
        """A frame with everything in it, patient rows included: sessions, episodes, patient_weeks, ..."""
        return self._scan("frames", name)

    def release(self, name: str) -> pl.LazyFrame:
        """A frame that may leave.

        cells, flow, quality, told, clinics; of the comparison: benchmark, comparison, funnel_limits, gaps;
        over time: control_chart, control_icons, changes, renewed; before_after, certificate; of the network's
        models: contrasts, terms, overall, components, quantiles, influence, dose_curve, dose_surface, bends.
        """
        return self._scan("release", name)

    def held(self) -> list[str]:
        """The names of the frames with everything in them."""
        return _names(self.root / "frames")

    def released(self) -> list[str]:
        """The names of the frames that may leave."""
        return _names(self.root / "release")

    def clinic(self, clinic_id: str) -> ClinicRelease:
        """What may leave about one clinic; reads its rows and the network's, no other clinic's."""
        found = self.release("clinics").filter(pl.col("clinic_id") == clinic_id).collect()
        if not found.height and clinic_id != NETWORK:
            raise InputError("The study holds no clinic of that id. `lumbar prepare` lists those it holds.")
        mine = pl.col("clinic_id") == clinic_id
        held = self.released()  # `changes` is there once a run has looked back at the one before
        own = {part: self.release(part).filter(mine).collect() for part in OWN if part in held}
        wide = {part: self.release(part).collect() for part in WIDE if part in held}
        cells = self.release("cells").filter(pl.col("clinic_id").is_in([clinic_id, NETWORK])).collect()
        if not cells.filter(mine).height:
            cells = cells.clear()  # nothing of this clinic: the network's cells would pass for its own
        row = found.row(0, named=True) if found.height else {"clinic_name": tr("All clinics")}
        language = known_language(row.get("language")) or self.language
        return ClinicRelease(
            clinic_id, row["clinic_name"], self.facts, cells, language=language, **own, **wide
        )

    def codebook(self) -> Exhibit:
        """Every column of every frame of this study: type, unit, range, meaning, and what it holds here.

        `data`: one row is one column, with rows, missing (share), distinct values, least, median and greatest
        number, and the most frequent words. Ids and places in exports are counted, never listed.
        """
        return ask("codebook", self)

    def flow(self, clinic_id: str = NETWORK) -> Exhibit:
        """From lines to modelled weeks: how many entered each step, left, why, and remained (STROBE item 13).

        Unsuppressed; `data`: one row is one step, entered = left + remained. Raises InputError for a clinic
        that the study does not hold, and for a study of an earlier version.
        """
        return ask("flow", self, clinic_id)

    def _scan(self, folder: str, name: str) -> pl.LazyFrame:
        place = self.root / folder
        known = _names(place)
        if name not in known:
            raise InputError(f"The study has no frame '{name}'. It has: {', '.join(known)}.")
        parts = place / name  # a frame with every session lies in parts, one a group of clinics
        return pl.scan_parquet(parts / "*.parquet" if parts.is_dir() else place / f"{name}.parquet")

    def __repr__(self) -> str:
        """Where it is, and what it holds."""
        facts = self.facts
        return f"Study as of {facts['as_of']}: {facts['clinics']} clinics, data {facts['data_hash'][:12]}"


def _names(folder: Path) -> list[str]:
    return sorted(file.stem for file in folder.iterdir())
