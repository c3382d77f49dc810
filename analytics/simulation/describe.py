"""The texts beside a written network: mappings, settings and DATA.md, each made from what was written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import polars as pl

from analytics.simulation.dialects import Dialect, headings_of
from analytics.simulation.network import Network

IDENTIFIERS = ("name", "phone")  # columns of the export that no mapping names: they are dropped at the door
CLINICS = ("clinic_id", "clinic_name", "region", "time_zone", "language", "contact")


def mapping_toml(dialect: Dialect, table: str) -> str:
    """The mapping that reads this clinic's export of this table."""
    headings = {name: name for name in CLINICS} if table == "clinics" else headings_of(dialect, table)
    columns = {ours: theirs for ours, theirs in headings.items() if ours not in IDENTIFIERS}
    parts = [f'table = "{table}"', "", "[file]"]
    if dialect.extension == "csv":
        parts += [f'encoding = "{dialect.encoding}"', f'delimiter = "{dialect.delimiter}"']
        parts += [f'decimal = "{dialect.decimal}"'] if dialect.decimal != "." else []
    parts += [
        "",
        "[dates]",
        f'formats = ["{dialect.clock}", "{dialect.day}"]',
        f'time_zone = "{dialect.time_zone}"',
    ]
    parts += ["", "[columns]", *(f'{ours} = "{theirs}"' for ours, theirs in columns.items())]
    units = {ours: unit for ours, unit in dialect.units.items() if ours in columns}
    parts += ["", "[units]", *(f'{ours} = "{unit}"' for ours, unit in units.items())] if units else []
    for ours, codes in dialect.codes.items():
        if ours in columns:
            parts += ["", f"[codes.{ours}]", *(f'"{theirs}" = "{our}"' for theirs, our in codes.items())]
    return "\n".join(parts) + "\n"


def settings_toml(network: Network, *, as_of: date, seed: int) -> str:
    """The lumbar.toml of the network."""
    clinics = network.clinics["clinic_id"].to_list()
    lines = [
        "# The sample network: simulated, no real patient. DATA.md says how it was made.",
        'title = "Sample network: back-pain rehabilitation outcomes"',
        f"as_of = {as_of.isoformat()}",
        f"seed = {seed}",
        "",
        "[privacy]",
        'id_scope = "network"  # these clinics share patient numbers, so that a transfer can be seen',
        "",
        "[[sources]]",
        'files = "exports/clinics.csv"',
        'mapping = "mappings/clinics.toml"',
    ]
    for clinic_id in clinics:
        for table in ("sessions", "patients", "plans", "measures"):
            lines += [
                "", "[[sources]]", f'files = "exports/{clinic_id}/{table}.*"',
                f'mapping = "mappings/{clinic_id.split("-")[0]}-{table}.toml"',
            ]  # fmt: skip
    return "\n".join(lines) + "\n"


TEXT = """# The sample network

Simulated by `lumbar simulate`; no real patient is in it. Names are invented so that there is something
to drop. Seed {seed}; {clinics} clinics, {episodes} episodes, {sessions} sessions before defects.
MIT licence, as the code.

    lumbar simulate data/sample --seed {seed}

writes these bytes again. One clinic exports comma CSV, one semicolon CSV in cp1252 with decimal comma,
day-first dates and German headings, one XLSX, one NDJSON, one Parquet, one rates pain on a 0-100 VAS, one
rates exertion on Borg 6-20 and writes times with UTC offsets; one is too small to say anything about.

## Truth

Weekly pain = level + slope g(w) - adherence A g(w) - load (L/100) g(w) + season + noise, with
g(w) = log1p(w)/log1p(12), and A and L the capped adherence and the load of the week before. Pain above a
patient's own expectation lowers the next week's adherence. Patients whose pain stays high stop logging
more often, and are given somewhat easier plans. Clinics differ in level and slope. All parameters:
truth.json.

| contrast, NPRS points of pain reduction | truth |
|---|---|
{truth}

## Planted defects

No line has two. Each is listed in defects.csv with file and line.

| rule | lines |
|---|---|
{by_rule}

| file | rule | lines |
|---|---|---|
{by_file}
"""


def describe_data(network: Network, defects: pl.DataFrame, *, seed: int) -> str:
    """DATA.md: how the network was made, its truth, and the defects by rule and by file."""
    headline = [(name.replace("_", " "), f"{value:.3f}") for name, value in network.truth["headline"].items()]
    return TEXT.format(
        seed=seed,
        clinics=network.clinics.height,
        episodes=network.patients.height,
        sessions=network.sessions.height,
        truth=_rows(headline),
        by_rule=_rows(defects.group_by("rule").len().sort("rule").rows()),
        by_file=_rows(defects.group_by("file", "rule").len().sort("file", "rule").rows()),
    )


def _rows(rows: Iterable[tuple[object, ...]]) -> str:
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)
