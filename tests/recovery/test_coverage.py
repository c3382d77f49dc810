"""Over many simulated networks: the trajectory's intervals hold the truth as often as they say."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from recovery.simulated import SETTINGS, Truth, network

from analytics.models.trajectory import fit_trajectory, trajectory_contrasts

NETWORKS = 1000
TRUTH = Truth(clinics=6, patients=40)
# Load does nothing in these networks; beside it, last week's adherence does what TRUTH.effect says.
CONTRASTS = {"adherence_between": 1.0, "adherence_within": 1.0, "load_between": 0.0}


@pytest.mark.slow
def test_the_trajectorys_intervals_cover_the_truth():
    """93 to 97 % at both weeks, and no bias; share +/- 1.4 % (95 % Monte Carlo)."""
    tables, singular = [], 0
    for seed in range(100, 100 + NETWORKS):
        weeks, episodes = network(seed, TRUTH)
        fit = fit_trajectory(weeks, episodes, SETTINGS)
        assert fit.overall["converged"].item()
        singular += fit.overall["singular"].item()
        tables.append(trajectory_contrasts(fit, weeks, SETTINGS))
    found = pl.concat(tables)
    print(f"\nTrajectory, 6 clinics of 40 patients: {NETWORKS} networks, singular {singular / NETWORKS:.1%}")
    print(f"{'':22}{'week':>5}{'truth':>7}{'bias':>9}{'sd':>7}{'se':>7}{'df':>7}{'covered':>9}")
    told = []
    for contrast, share in CONTRASTS.items():
        for week in (6, 12):
            own, truth = found.filter(contrast=contrast, week=week), share * TRUTH.contrast(week)
            held = own.select(pl.lit(truth).is_between("low", "high").mean()).item()
            off, sd = own["estimate"].mean() - truth, own["estimate"].std()
            se, df = np.sqrt((own["se"] ** 2).mean()), own["df"].median()
            print(f"  {contrast:20}{week:5}{truth:7.2f}{off:+9.4f}{sd:7.3f}{se:7.3f}{df:7.0f}{held:9.1%}")
            told.append((contrast, week, held, off / sd * np.sqrt(NETWORKS)))
    for contrast, week, held, off in told:
        assert 0.93 <= held <= 0.97, (contrast, week)
        assert abs(off) < 4, (contrast, week)
