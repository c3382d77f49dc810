"""The study that the sample's run has prepared, and a small fit with three levels."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from analytics.models.mixed import Random, fit_mixed
from analytics.vocabulary.study import Study


@pytest.fixture(scope="session")
def study(sample_run) -> Study:
    return Study(sample_run.folder / "study")


@pytest.fixture(scope="session")
def rows() -> pl.DataFrame:
    """Eight clinics of six patients of five weeks, drawn once."""
    draw = np.random.default_rng(7)
    week, patient = np.tile(np.arange(1.0, 6), 48), np.repeat(np.arange(48), 5)
    own = draw.normal(0, 1, 48)[patient] + draw.normal(0, 0.7, 8)[patient // 6]
    pain = 6 - (0.4 + draw.normal(0, 0.2, 48)[patient]) * week + own + draw.normal(0, 0.5, 240)
    return pl.DataFrame(
        {
            "clinic_id": [f"c{at // 6}" for at in patient],
            "episode_id": [f"e{at}" for at in patient],
            "log_week": np.log1p(week),
            "adherence_lag": draw.normal(0, 0.2, 240),
            "pain": pain,
        }
    )


@pytest.fixture(scope="session")
def three_levels(rows):
    random = (Random("clinic_id"), Random("episode_id", slope="log_week"))
    return fit_mixed(rows, "pain ~ log_week * adherence_lag", random=random)
