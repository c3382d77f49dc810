"""A tiny released study of three clinics, and tiny notebooks: real kernels, quick cells."""

from __future__ import annotations

import json

import nbformat
import polars as pl
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from analytics.vocabulary.records import Cells, Flow, Quality, Told
from analytics.vocabulary.settings import Run, Settings, Source
from analytics.vocabulary.study import Study

CLINICS = {"alder": "Alder", "beech": "Beech <b>&</b> Co", "cedar": "Cedar"}
FACTS = {
    "title": "Tiny network", "as_of": "2026-06-30", "clinics": 3, "horizon_weeks": 12, "data_hash": "ab" * 32,
    "disclosure": {"min_patients": 8, "round_to": 5}, "inputs": {"jane_doe.csv": "cd" * 32},
    "versions": {"lumbar": "0.1.0"}, "settings": {},
}  # fmt: skip
PARAMETERS = 'study = ""\nclinic_id = ""'
ONCE = 'study = ""'
EXHIBIT = """
from analytics.vocabulary.results import Exhibit
import polars as pl
data = pl.DataFrame({"clinic": [clinic_id, "=1+1"], "n": [5, 10]})
Exhibit("one", f"Of {clinic_id}", body="<p>hello</p>", data=data)
"""


def notebook(folder, name, *cells, parameters=PARAMETERS):
    """Write a notebook with a title, a parameters cell and these cells of code."""
    tagged = new_code_cell(parameters, metadata={"tags": ["parameters"]})
    nb = new_notebook(cells=[new_markdown_cell("# How did it go?"), tagged, new_markdown_cell("## Part one")])
    nb.cells += [new_code_cell(cell.strip()) for cell in cells]
    nb.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, folder / name)
    return folder / name


def write_notebooks(folder):
    """The three reports, each of one exhibit."""
    notebook(folder, "clinic_report.ipynb", EXHIBIT)
    for name in ("network_report.ipynb", "data_quality.ipynb"):
        notebook(
            folder, name, EXHIBIT.replace("{clinic_id}", "all").replace("clinic_id", "'all'"), parameters=ONCE
        )
    return folder


def write_study(root):
    release = root / "release"
    release.mkdir(parents=True)
    (root / "study.json").write_text(json.dumps(FACTS))
    frames = {name: schema.create_empty() for name, schema in
              {"cells": Cells, "flow": Flow, "quality": Quality, "told": Told}.items()}  # fmt: skip
    frames["clinics"] = pl.DataFrame(
        {
            "clinic_id": list(CLINICS),
            "clinic_name": list(CLINICS.values()),
            "contact": ["a@x.example", None, None],
        }
    )
    frames["benchmark"] = pl.DataFrame(
        {
            "clinic_id": list(CLINICS),
            "measure": ["pain_reduction"] * 3,
            "kind": ["mean"] * 3,
            "observed": [2.1, None, 1.0],
            "signal": ["no clear difference"] * 3,
        }
    )
    for name in ("contrasts", "terms", "overall"):
        frames[name] = pl.DataFrame({"empty": pl.Series([], dtype=pl.String)})
    for name, frame in frames.items():
        frame.write_parquet(release / f"{name}.parquet")
    return Study(root)


def settings_in(folder, **run):
    return Settings(
        root=folder, as_of="2026-06-30", sources=(Source(files="x", mapping="y"),), run=Run(jobs=2, **run)
    )
