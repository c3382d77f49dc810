"""Power by averaged chances against plain counting, in many more imagined studies than the quick test has."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analytics.models.inference import contrast_table
from analytics.models.mixed import fit_mixed
from analytics.models.planning.designs import Assumptions, study_designs
from analytics.models.planning.imagined import FORMULA, contrasts, frame_of, imagine
from analytics.models.planning.power import LEVELS, study_power

STUDIES = 600
EFFECT = 0.6


@pytest.mark.slow
@pytest.mark.parametrize("clinics", [6, 16])
def test_power_coverage_and_false_alarms_are_those_that_are_counted(clinics):
    """Other studies are counted, with the difference put into their outcomes: power within 3 errors."""
    assumptions = Assumptions(clinic_sd=0.4, clinic_slope_sd=0.15)
    size = {"clinics": clinics, "patients": 20, "weeks": 8}
    told = study_power(assumptions, study_designs(**size, effect=EFFECT), replications=300, seed=1)
    found = {name: [] for name in contrasts(8)}
    for seed in range(STUDIES):
        drawn = imagine(size, assumptions, np.random.default_rng([99, seed]))
        gaps = EFFECT * drawn.log_week[None, :, None] / drawn.log_week[-1] / np.array([0.4, 0.4, 1.0])
        drawn.pain[:] -= (drawn.x * gaps).sum(axis=-1)
        fit = fit_mixed(frame_of(drawn), FORMULA, random=LEVELS)
        for row in contrast_table(fit, contrasts(8)).iter_rows(named=True):
            end = stats.t.ppf(0.975, row["df"]) * row["se"]
            found[row["contrast"]].append((abs(row["estimate"]) > end, abs(row["estimate"] + EFFECT) < end))
    print(f"\n{clinics} clinics of 20, 8 weeks, {EFFECT} points: power and coverage, averaged and counted")
    for row in told.iter_rows(named=True):
        power, covered = np.mean(found[row["contrast"]], axis=0)
        print(f"  {row['contrast']:18} {row['power']:.3f} {power:.3f}   {row['coverage']:.3f} {covered:.3f}")
        for share, said in ((power, row["power"]), (covered, row["coverage"])):
            error = np.hypot(
                np.sqrt(share * (1 - share) / STUDIES), (row["power_high"] - row["power_low"]) / 3.9
            )
            assert abs(share - said) < 3 * error + 0.005, row["contrast"]
