"""Write a network as its clinics would export it, with mappings, settings, defects and the truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl

from analytics.simulation.defects import plant
from analytics.simulation.describe import describe_data, mapping_toml, settings_toml
from analytics.simulation.dialects import DIALECTS, as_exported, headings_of
from analytics.simulation.files import line_of, write_table
from analytics.simulation.network import Network
from analytics.simulation.population import AS_OF

TABLES = ("sessions", "patients", "plans", "measures")
BROKEN_BY_THE_FILE = ("ragged_line", "broken_record")


def write_network(network: Network, *, folder: Path, seed: int) -> pl.DataFrame:
    """Write everything into `folder`; returns one row a planted defect: file, line, table, rule."""
    rng = np.random.default_rng(seed + 1)
    planted = [
        _write_clinic(network, clinic_id, folder=folder, rng=rng)
        for clinic_id in network.clinics["clinic_id"].to_list()
    ]
    for dialect in DIALECTS:
        for table in TABLES:
            path = folder / "mappings" / f"{dialect.form}-{table}.toml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(mapping_toml(dialect, table), encoding="utf-8")
    (folder / "mappings" / "clinics.toml").write_text(mapping_toml(DIALECTS[0], "clinics"), encoding="utf-8")
    network.clinics.write_csv(folder / "exports" / "clinics.csv")
    (folder / "lumbar.toml").write_text(settings_toml(network, as_of=AS_OF, seed=seed), encoding="utf-8")
    (folder / "truth.json").write_text(json.dumps(network.truth, indent=1) + "\n", encoding="utf-8")
    defects = pl.concat(planted).sort("file", "line")
    defects.write_csv(folder / "defects.csv")
    (folder / "DATA.md").write_text(describe_data(network, defects, seed=seed), encoding="utf-8")
    return defects


def _write_clinic(
    network: Network, clinic_id: str, *, folder: Path, rng: np.random.Generator
) -> pl.DataFrame:
    """One clinic's four files; a network of more than eight repeats the export forms, without defects."""
    dialect = next(dialect for dialect in DIALECTS if dialect.form == clinic_id.split("-", maxsplit=1)[0])
    planted = []
    for table in TABLES:
        rows = getattr(network, table).filter(pl.col("clinic_id") == clinic_id)
        headings = headings_of(dialect, table)
        text = as_exported(rows, table=table, dialect=dialect)
        text, found = plant(text, form=clinic_id, table=table, headings=headings, rng=rng)
        path = folder / "exports" / clinic_id / f"{table}.{dialect.extension}"
        broken = found.filter(pl.col("rule").is_in(BROKEN_BY_THE_FILE))["row"].to_list()
        write_table(text, path, dialect=dialect, broken=broken)
        lines = [line_of(row, path) for row in found["row"]]
        planted.append(
            found.select(
                pl.lit(path.relative_to(folder).as_posix()).alias("file"), pl.Series("line", lines, pl.Int64),
                pl.lit(table).alias("table"), "rule",
            )
        )  # fmt: skip
    return pl.concat(planted)
