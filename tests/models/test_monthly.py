"""Outcomes by month of start: which months are told, who counts in them, and how long a period is."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from analytics.models.monthly import monthly_series

FIRST = date(2025, 1, 1)
SIZES = {"a": 10, "b": 6}  # patients a month
WHOLE_YEAR = date(2026, 3, 31)  # read until then, 2025 has had its 12 weeks and no later month has


@pytest.fixture
def make_starts(make_episodes):
    """Episodes of one clinic: so many in each month from January 2025, all read until `until`."""

    def make(counts, *, clinic="a", until=date(2026, 6, 30), **more):
        rows = []
        for at, size in enumerate(counts):
            starts = date(2025 + at // 12, at % 12 + 1, 3)
            for one in range(size):
                rows.append(
                    {
                        "clinic_id": clinic, "patient_id": f"{clinic}{at}-{one}",
                        "episode_id": f"{clinic}{at}-{one}@", "starts_on": starts, "ends_on": until,
                        "baseline_pain": 6.0, "pain_reduction": float(one % 4), "adherence_capped": 0.5,
                    } | more
                )  # fmt: skip
        return make_episodes(rows)

    return make


def told(frame, clinic, measure):
    """The series of one measure of one clinic."""
    return frame.filter(pl.col("clinic_id") == clinic, pl.col("measure") == measure)


def test_a_month_is_told_once_all_its_episodes_had_time(make_starts, settings):
    """By 30 June 2026 those who began on 31 March have had 12 weeks (and no day of April has)."""
    episodes = make_starts([10] * 18)
    found = told(monthly_series(episodes, episodes, settings), "a", "pain_reduction")
    assert found["month"].to_list()[-1] == date(2026, 3, 1)
    earlier = settings.model_copy(update={"as_of": date(2026, 6, 28)})
    found = told(monthly_series(episodes, episodes, earlier), "a", "pain_reduction")
    assert found["month"].to_list()[-1] == date(2026, 2, 1)


def test_a_clinic_whose_journal_ends_is_told_no_further(make_starts, settings):
    """Twelve weeks before its last session, and a week of silence."""
    episodes = make_starts([10] * 12, until=date(2025, 9, 30))
    found = told(monthly_series(episodes, episodes, settings), "a", "patients_started")
    assert found["month"].to_list()[-1] == date(2025, 6, 1)


@pytest.mark.parametrize(
    ("size", "period", "periods"),
    [(8, "month", 15), (4, "2 months", 7), (3, "quarter", 5), (1, "quarter", 5)],
)
def test_the_period_is_the_shortest_with_enough_patients(make_starts, settings, size, period, periods):
    """Eight a month, eight in two, eight in three; where no period has eight the quarter, and no number."""
    episodes = make_starts([size] * 15)
    found = told(monthly_series(episodes, episodes, settings), "a", "pain_reduction")
    assert set(found["period"]) == {period}
    assert found.height == periods
    assert found["value"].null_count() == (periods if size == 1 else 0)
    assert found["until"][0] == {"month": FIRST, "2 months": date(2025, 2, 1)}.get(period, date(2025, 3, 1))


def test_three_periods_of_four_are_enough(make_starts, settings):
    """The fourth is then empty, not a zero, and a month without anybody is, too."""
    episodes = make_starts([9, 9, 9, 7, 9, 9, 9, 0, 9, 9, 9, 9], until=WHOLE_YEAR)
    found = told(monthly_series(episodes, episodes, settings), "a", "pain_reduction")
    assert set(found["period"]) == {"month"}
    assert found["value"].is_null().arg_true().to_list() == [3, 7]
    assert (found["patients"][3], found["patients"][7]) == (7, 0)


def test_a_count_has_zeros_and_not_the_month_in_which_the_journal_began(make_starts, settings):
    """Nobody began in August; January was read from some day on."""
    episodes = make_starts([9, 9, 9, 9, 9, 9, 9, 0, 9, 9, 9, 9], until=WHOLE_YEAR)
    found = told(monthly_series(episodes, episodes, settings), "a", "patients_started")
    assert found["month"][0] == date(2025, 2, 1)
    assert found.filter(pl.col("month") == date(2025, 8, 1))["value"].item() == 0


def test_numbers_are_means_and_shares_of_patients(make_starts, settings):
    """Falls of 0, 1, 2, 3 in turn from 6: a half falls by 2 points or 30 %; a patient counts once."""
    episodes = make_starts([48] * 12)
    twice = pl.concat([episodes, episodes.with_columns(episode_id=pl.col("episode_id") + "2")])
    series = monthly_series(twice, twice, settings)
    rows = {row["measure"]: row for row in series.filter(
        pl.col("clinic_id") == "a", pl.col("month") == date(2025, 5, 1)).iter_rows(named=True)}  # fmt: skip
    assert {name: row["patients"] for name, row in rows.items()} == dict.fromkeys(rows, 48)
    assert rows["pain_reduction"]["value"] == pytest.approx(1.5)
    assert (rows["responder"]["met"], rows["responder"]["value"]) == (24, 0.5)
    assert (rows["adherence"]["value"], rows["completion"]["value"]) == (0.5, 1.0)
    assert rows["patients_started"]["value"] == 48


def test_the_network_is_all_clinics(make_starts, settings):
    """Its months have the patients of both, where both journals were read."""
    parts = [make_starts([size] * 12, clinic=clinic, until=WHOLE_YEAR) for clinic, size in SIZES.items()]
    both = pl.concat(parts)
    series = monthly_series(both, both, settings)
    assert set(told(series, "network", "pain_reduction")["patients"]) == {16}
    assert set(told(series, "network", "pain_reduction")["period"]) == {"month"}
    assert set(told(series, "b", "pain_reduction")["period"]) == {"2 months"}


def test_outcomes_do_not_choose_the_period(make_starts, settings):
    """The same patients with other numbers are cut into the same periods."""
    episodes = make_starts([5, 4, 6, 3] * 4)
    other = episodes.with_columns(pain_reduction=6 - pl.col("pain_reduction"), complete=~pl.col("complete"))
    keys = ["clinic_id", "measure", "period", "month", "patients"]
    first, second = (monthly_series(frame, frame, settings).select(keys) for frame in (episodes, other))
    assert first.equals(second)


def test_nobody_and_one_week_of_data(make_starts, settings):
    """No row, no error."""
    episodes = make_starts([9])
    assert monthly_series(episodes.clear(), episodes.clear(), settings).height == 0
    late = episodes.with_columns(starts_on=pl.lit(settings.as_of - timedelta(days=7)))
    assert monthly_series(late, late, settings).height == 0
