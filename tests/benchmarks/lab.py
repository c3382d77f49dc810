"""How long each model of the lab takes on a million patient-weeks, and how much memory at the most.

    python tests/benchmarks/lab.py [million]     # 1 if nothing is said; 0.1 is a tenth of it

The rows are the sample network's, with every clinic and patient many times over under other names and pain
moved a little, so that all columns are as an export gives them. Each model runs in a process of its own,
which reads the frames first: that is not counted. Prints a table.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

import analytics as an

FRAMES = ("patient_weeks", "episodes", "eligible", "sessions", "plans", "measures", "patients", "clinics")
IDS = ("clinic_id", "patient_id", "episode_id", "session_id")
RATED = {"patient_weeks": "pain", "eligible": "outcome_pain", "episodes": "outcome_pain"}


def multiply(folder: Path, rows: int) -> None:
    """The sample's frames so many times that there are at least `rows` patient-weeks."""
    study = an.sample_study()
    times = -(-rows // study.frame("patient_weeks").select(pl.len()).collect().item())
    copies = pl.DataFrame({"copy": [f"{at:04}" for at in range(times)]})
    rng = np.random.default_rng(7)
    for name in FRAMES:
        frame = study.frame(name).collect().join(copies, how="cross", maintain_order="right_left")
        named = frame.with_columns(pl.concat_str(column, "copy") for column in IDS if column in frame.columns)
        column = RATED.get(name)
        if column:
            moved = pl.col(column) + pl.Series(rng.normal(0, 0.05, named.height))
            named = named.with_columns(moved.clip(0, 10))
        named.drop("copy").write_parquet(folder / f"{name}.parquet")


def _models(frames: dict[str, pl.DataFrame], settings) -> dict:
    """Each model by name: what is made for it first, and what is timed."""
    weeks, eligible, episodes = frames["patient_weeks"], frames["eligible"], frames["episodes"]

    def practice():
        return an.weekly_practice(frames["sessions"].lazy(), frames["plans"], weeks=weeks, episodes=episodes)

    def claims(done):
        return an.test_claims(
            weeks,
            done,
            episodes=an.episode_practice(done, eligible),
            measures=frames["measures"],
            settings=settings,
        )

    histories = lambda: an.histories(weeks, eligible, settings)  # noqa: E731
    nothing = lambda: None  # noqa: E731
    return {
        "trajectory (REML, three levels)": (nothing, lambda _: an.fit_trajectory(weeks, eligible, settings)),
        "dose-response, curve and surface": (
            lambda: an.fit_dose_response(weeks, eligible, settings),
            lambda fit: (an.dose_curve(fit, settings), an.dose_surface(fit, settings)),
        ),
        "dose-response, fit": (nothing, lambda _: an.fit_dose_response(weeks, eligible, settings)),
        "responders (GEE)": (nothing, lambda _: an.responder_shares(an.fit_responders(eligible, settings))),
        "responder curve": (nothing, lambda _: an.responder_curve(eligible, by="adherence")),
        "histories": (nothing, lambda _: histories()),
        "weights": (histories, an.weigh),
        "weighted model": (lambda: an.weigh(histories()), an.fit_weighted),
        "six ways side by side": (
            lambda: an.weigh(histories()),
            lambda made: an.compare_adjustments(weeks, eligible, settings, weighting=made),
        ),
        "diary error": (
            lambda: an.fit_adherence(weeks, eligible, settings),
            lambda fit: an.calibrate(an.trajectory_contrasts(fit, weeks, settings), fit),
        ),
        "who stopped (hazard)": (nothing, lambda _: an.stopping_odds(weeks, episodes, settings)),
        "imputation, 20 times, and means": (
            nothing,
            lambda _: an.pooled_means(an.impute_missing(weeks, episodes, settings, imputations=20)),
        ),
        "what was done in each week": (nothing, lambda _: practice()),
        "the article's claims": (practice, claims),
        "regression to the mean": (nothing, lambda _: an.before_after(eligible, weeks)),
        "gaps between clinics": (nothing, lambda _: an.decompose_gaps(eligible, settings)),
    }


def measure(folder: Path, name: str) -> None:
    """One model in this process; a line of JSON."""
    frames = {one: pl.read_parquet(folder / f"{one}.parquet") for one in FRAMES}
    first, timed = _models(frames, an.find_settings(""))[name]
    made = first()
    began = time.perf_counter()
    timed(made)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "weeks": frames["patient_weeks"].height}))


def main() -> None:
    """Every model after another, and the table."""
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        multiply(folder, int(millions * 1_000_000))
        print(f"{'model':36}{'seconds':>9}{'peak MB':>9}")
        for name in _models({one: pl.DataFrame() for one in FRAMES}, None):
            run = subprocess.run(
                [sys.executable, __file__, str(folder), name], capture_output=True, text=True, check=False
            )
            lines = run.stdout.strip().splitlines()
            if run.returncode or not lines:
                print(f"{name:36}  failed: {(run.stderr.strip().splitlines() or ['no word'])[-1][:60]}")
                continue
            told = json.loads(lines[-1])
            print(f"{name:36}{told['seconds']:9.1f}{told['peak']:9,.0f}", flush=True)
        print(f"{told['weeks']:,} patient-weeks; each in a process of its own, reading not counted")


if __name__ == "__main__":
    measure(Path(sys.argv[1]), sys.argv[2]) if len(sys.argv) == 3 else main()
