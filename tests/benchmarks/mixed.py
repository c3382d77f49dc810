"""Our mixed model against lme4 and statsmodels on growing networks: seconds, memory, criterion.

python tests/benchmarks/mixed.py [--rows 12k 120k 1200k 12m] [--complete] [--lme4-up-to 1200k]

Each contender has a process of its own. "fit s": rows in memory and libraries loaded (ours has fitted six
clinics before), but at 12m ours begins with a folder of Parquet files. "process s", "peak MB": all of it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

# numpy, polars and the engine are imported by the processes that use them: a child's peak memory counts its
# parent's at the moment of the fork.
SEED, WEEKS, OBSERVED = 20260101, 12, 0.9
SIZES = {"12k": (20, 50), "120k": (100, 100), "1200k": (200, 500), "12m": (1000, 1000)}  # clinics, patients
GROWTH = ((100, 50), (100, 200), (100, 800))
FEW = 120_000  # rows; above, statsmodels is left out, and lme4 is not followed beyond its own stopping rule
FORMULA = "pain ~ baseline_pain + age + chronic + load + week * adherence"
NOTES = """ours +: the criterion (-2 log restricted likelihood) less ours. lme4 is at its default control;
gone on: at its finest one. Ours includes Kenward-Roger degrees of freedom, the others plain errors only.
* statsmodels fits patients only, another model: with clinics it would invert a dense matrix of each clinic's
rows at every step. As it visits each patient in Python, its time grows with them: left out above 120 k."""


def write_rows(folder: Path, clinics: int, patients: int, *, complete: bool) -> None:
    """Patient-weeks of a network as Parquet files of at most a million rows, and as one table for R."""
    import polars as pl

    folder.mkdir()
    piece = max(1, 1_000_000 // (patients * WEEKS))
    for first in range(0, clinics, piece):
        frame = _rows(first, min(first + piece, clinics), patients, complete=complete)
        frame.write_parquet(folder / f"{first:05}.parquet")
    if clinics * patients * WEEKS <= 2_000_000:
        pl.read_parquet(folder / "*.parquet").write_csv(folder.with_suffix(".csv"))


def _rows(first: int, last: int, patients: int, *, complete: bool) -> Any:
    """Clinics from `first` to `last`; intercept and slope of week vary over patients and over clinics."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng([SEED, first])
    people, n = (last - first) * patients, (last - first) * patients * WEEKS
    v = rng.multivariate_normal([0, 0], [[0.30, 0.05], [0.05, 0.25]], size=last - first)
    u = rng.multivariate_normal([0, 0], [[1.50, -0.30], [-0.30, 1.20]], size=people)
    patient = np.repeat(np.arange(people), WEEKS)
    week = np.tile(np.arange(WEEKS), people) / (WEEKS - 1)
    x = {
        "baseline_pain": rng.normal(6, 1.5, people).clip(0, 10).round(1)[patient],
        "age": (rng.integers(18, 80, people) / 10)[patient],
        "chronic": (rng.random(people) < 0.4).astype(float)[patient],
        "load": rng.gamma(6, 0.25, n).round(3),
        "adherence": rng.beta(5, 2, n).round(3),
    }
    both = v[patient // patients] + u[patient]
    pain = (
        1.2 + 0.7 * x["baseline_pain"] + 0.1 * x["age"] + 0.3 * x["chronic"] - 0.1 * x["load"] - 2 * week
        - (0.8 + 0.5 * week) * x["adherence"] + both[:, 0] + both[:, 1] * week + rng.normal(size=n)
    )  # fmt: skip
    ids = {"clinic_id": first + patient // patients, "episode_id": first * patients + patient}
    frame = pl.DataFrame({**ids, "week": week, **x, "pain": pain.round(4)})
    return frame if complete else frame.filter(pl.Series(rng.random(n) < OBSERVED))


def fit_ours(folder: Path, *, from_files: bool) -> dict[str, Any]:
    """Both levels, Kenward-Roger included."""
    import polars as pl

    from analytics.models.mixed import Random, fit_mixed

    levels = (Random("clinic_id", slope="week"), Random("episode_id", slope="week"))
    six = pl.scan_parquet(folder / "00000.parquet").filter(pl.col("clinic_id") < 6).collect()
    fit_mixed(six, FORMULA, random=levels)  # what is loaded once is loaded now
    data = folder if from_files else pl.read_parquet(folder / "*.parquet")
    began = time.perf_counter()
    fit = fit_mixed(data, FORMULA, random=levels)
    took = time.perf_counter() - began
    row = fit.overall.row(0, named=True)
    assert row["converged"]
    return {"rows": row["n"], "fit": took, "criterion": row["criterion"],
            "parts": fit.engine.seconds, "cells": len(fit.engine.cells.count)}  # fmt: skip


def fit_statsmodels(folder: Path) -> dict[str, Any]:
    """Patients only."""
    import warnings

    import polars as pl
    from statsmodels.regression.mixed_linear_model import MixedLM

    warnings.simplefilter("ignore")
    product = pl.col("week") * pl.col("adherence")
    frame = pl.read_parquet(folder / "*.parquet").with_columns(ones=1.0, product=product)
    terms = ["ones", "baseline_pain", "age", "chronic", "load", "week", "adherence", "product"]
    x, z = frame[terms].to_numpy(), frame["ones", "week"].to_numpy()
    model = MixedLM(frame["pain"].to_numpy(), x, groups=frame["episode_id"].to_numpy(), exog_re=z)
    began = time.perf_counter()
    fit = model.fit()
    return {"rows": frame.height, "fit": time.perf_counter() - began, "criterion": -2 * float(fit.llf)}


def _run(*command: object) -> dict[str, Any]:
    """The line of JSON that a process prints, its seconds and its peak memory."""
    began = time.perf_counter()
    child = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    lines = child.stdout.read().splitlines() if child.stdout else []
    _, status, usage = os.wait4(child.pid, 0)  # not child.wait(): it does not tell this child's memory
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{command} ended with {child.returncode}")
    return {
        **(json.loads(lines[-1]) if lines else {}),
        "process": time.perf_counter() - began,
        "peak": usage.ru_maxrss / 1024,
    }


def _self(what: str, folder: Path, *more: object) -> dict[str, Any]:
    return _run(sys.executable, __file__, "--child", what, folder, *more)


def _child(what: str, path: str, *more: str) -> None:
    if what == "write":
        return write_rows(Path(path), int(more[0]), int(more[1]), complete=more[2] == "True")
    theirs = what == "statsmodels"
    found = fit_statsmodels(Path(path)) if theirs else fit_ours(Path(path), from_files="files" in more)
    return print(json.dumps(found))


def _line(who: str, found: dict[str, Any], mine: dict[str, Any]) -> None:
    more = "-" if who.endswith("*") else f"{found['criterion'] - mine['criterion']:.1e}"
    cost = f"{found['fit']:>9.3f} {found['process']:>10.2f} {found['peak']:>8.0f}"
    met = f"{found['criterion']:>17.6f} {more:>10} {found['fit'] / mine['fit']:>7.1f}"
    print(f"{found['rows']:>11,} {who:<12} {cost} {met}", flush=True)


def compare(size: str, folder: Path, *, complete: bool, lme4: bool) -> None:
    """One size: a line for each contender."""
    _self("write", folder, *SIZES[size], complete)
    mine = _self("ours", folder, "files" if size == "12m" else "memory")
    _line("ours", mine, mine)
    few = SIZES[size][0] * SIZES[size][1] * WEEKS <= FEW
    if few:
        _line("statsmodels*", _self("statsmodels", folder), mine)
    if lme4:
        theirs = _run("Rscript", Path(__file__).with_suffix(".R"), folder.with_suffix(".csv"), int(few))
        _line("lme4", theirs, mine)
        if few:
            print(f"{'':11} lme4, gone on: ours + {theirs['optimum'] - mine['criterion']:.1e}")


def grow(folder: Path) -> None:
    """The parts of our fit for more and more patients of the same number of clinics.

    A search reads cells (clinic x pattern of rated weeks), not patients. With every week rated they are as
    many as clinics; with weeks missing at random they grow until each clinic has seen each pattern.
    """
    for complete, said in ((True, "every week rated"), (False, "one week in ten missing at random")):
        print(f"\n{said}\n{'clinics':>8} {'patients':>9} {'rows':>10} {'cells':>8}   seconds of each part")
        for clinics, patients in GROWTH:
            here = folder / f"{patients}-{complete}"
            _self("write", here, clinics, patients, complete)
            found = _self("ours", here)
            parts = "  ".join(f"{name} {seconds:.3f}" for name, seconds in found["parts"].items())
            sizes = f"{clinics:>8} {clinics * patients:>9,} {found['rows']:>10,} {found['cells']:>8,}"
            print(f"{sizes}   {parts}", flush=True)


def main() -> None:
    """Every size asked for, then the growth with the number of patients."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", nargs="+", choices=SIZES, default=["12k", "120k"])
    parser.add_argument(
        "--complete", action="store_true", help="all weeks of every patient, not 90 %% of them"
    )
    parser.add_argument(
        "--lme4-up-to", choices=list(SIZES)[:3], default="120k", help="1200k takes it minutes"
    )
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    asked, sizes = parser.parse_args(), list(SIZES)
    if asked.child:
        return _child(*asked.child)
    probe = ["Rscript", "-e", "quit(status = !requireNamespace('lme4', quietly = TRUE))"]
    has_lme4 = bool(shutil.which("Rscript")) and not subprocess.run(probe, check=False).returncode
    print(f"{FORMULA} + (week | clinic_id) + (week | episode_id)\nweek from 0 to 1; {os.cpu_count()} cores")
    print("       rows who              fit s  process s  peak MB         criterion     ours +  x ours")
    with tempfile.TemporaryDirectory() as place:
        for size in asked.rows:
            lme4 = has_lme4 and sizes.index(size) <= sizes.index(asked.lme4_up_to)
            compare(size, Path(place) / size, complete=asked.complete, lme4=lme4)
        print(NOTES if has_lme4 else f"{NOTES}\nlme4 was not found (Rscript with lme4).")
        return grow(Path(place))


if __name__ == "__main__":
    main()
