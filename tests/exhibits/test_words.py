"""The first lines of a report read sensibly whatever is known."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from exhibits.made_up import CLINIC, make_benchmark, make_cells, make_contrasts, make_release, make_told

from analytics.exhibits.contrasts import contrasts_table, terms_table
from analytics.exhibits.flow import flow_table
from analytics.exhibits.numbers import estimate, number, percent, spread
from analytics.exhibits.outcome import key_figures
from analytics.exhibits.tables import case_mix_table, function_table, quality_table
from analytics.exhibits.words import headline


def said(release):
    exhibit = headline(release)
    return f"{exhibit.summary} {exhibit.body}".replace("<p>", "").replace("</p>", " ")


def changed(value, low, high, *, patients=64):
    mine = (pl.col("subject") == "outcome") & (pl.col("measure") == "pain_reduction")
    values = {"value": value, "low": low, "high": high, "patients": patients}
    return make_cells().with_columns(
        pl.when(mine).then(pl.lit(to)).otherwise(name).cast(make_cells().schema[name]).alias(name)
        for name, to in values.items()
    )


def test_less_pain(release):
    text = said(release)
    assert text.startswith(
        "About 2.1 points less pain by week 12, between 1.6 and 2.6. Expected for these patients: 1.9. "
        "That is no clear difference."
    )
    assert "This is of about 65 patients" in text
    assert "62 % of the patients had a fall of 2 points or 30 %" in text
    assert "On average patients did 71 % of the sessions prescribed to them; over all clinics 71 %." in text
    assert "These exports cannot tell: Did quality of life improve?" in text


@pytest.mark.parametrize("signal", ["better than expected", "worse than expected"])
def test_a_signal_is_said_as_it_is(signal):
    apart = make_benchmark().with_columns(signal=pl.lit(signal))
    assert f"That is {signal}." in said(make_release(benchmark=apart))


def test_numbers_that_wait_say_of_which_day_they_are(release):
    waits = pl.DataFrame({"clinic_id": ["willow"], "as_of": ["2026-05-31"], "held": [True]})
    assert "The numbers are those of 31 May 2026: since then fewer than 8" in said(
        replace(release, renewed=waits)
    )
    new = replace(release, renewed=waits.with_columns(held=False))
    assert "The numbers are those of" not in said(new)


def test_what_else_is_apart_from_expectation_is_said(release):
    assert "Better than expected: Patients who improve meaningfully." in said(release)
    pain = make_benchmark().filter(pl.col("measure") == "pain_reduction")
    assert "Better than expected" not in said(make_release(benchmark=pain))


def test_more_pain():
    text = said(make_release(changed(-1.2, -1.9, -0.5)))
    assert text.startswith("About 1.2 points more pain by week 12, between 0.5 and 1.9.")


def test_an_interval_over_zero_is_no_clear_change():
    text = said(make_release(changed(0.3, -0.2, 0.8)))
    assert text.startswith("No clear change in pain by week 12: between 0.2 points more and 0.8 points less.")


def test_few_patients_are_not_shown():
    text = said(make_release(changed(2.0, 1.0, 3.0, patients=7)))
    assert text.startswith("Fewer than 8 patients rated pain at the start and in a later week: not shown.")


def test_no_pain_at_all():
    text = said(make_release(make_cells().filter(pl.col("subject") != "outcome")))
    assert text.startswith("How pain changed cannot be told")
    assert "usually call meaningful" not in text


def test_a_benchmark_without_enough_data_says_so():
    few = make_benchmark().with_columns(patients=pl.lit(6))
    assert "not enough data to set this clinic beside the others" in said(make_release(benchmark=few))


def test_an_unfitted_model_says_so():
    assert "was not modelled" in said(make_release(contrasts=make_contrasts().clear()))


def test_nothing_untold_says_nothing():
    assert "cannot tell" not in said(make_release(told=make_told().filter(pl.col("told") == "yes")))


def test_no_sentence_claims_an_effect(release):
    for text in (said(release), contrasts_table(release.contrasts).summary):
        assert "caused" not in text
        assert "effect" not in text.replace("not an effect", "")


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.06, "2.1"), (-1.24, "−1.2"), (-0.04, "0.0"), (None, "not shown"), (0.0, "0.0")],
)
def test_numbers_are_written_plainly(value, text):
    assert number(value) == text


def test_shares_and_intervals_are_written_plainly():
    assert percent(0.714) == "71 %"
    assert percent(None) == spread(None, 2.0) == "not shown"
    assert spread(-1.0, 2.25, digits=2) == "−1.00 to 2.25"
    assert estimate({"patients": 0, "value": None, "low": None}) == "not measured"
    assert estimate({"patients": 40, "value": 2.0, "low": None}) == "2.0"


def test_the_tiles_hold_the_released_numbers(release):
    body = key_figures(release.cells, release.benchmark, name="Willow").body
    assert body.count('class="tile"') == 6
    tiles = ("<b>80</b>", "<b>6.1 → 4.0</b>", "<b>2.1</b>", "</svg>1.9</b>", "<b>62 %</b>", "<b>71 %</b>")
    for text in tiles:
        assert text in body


def test_tiles_without_pain_or_comparison(release):
    cells = release.cells.filter(pl.col("subject") == "adherence")
    few = make_release(benchmark=make_benchmark().with_columns(patients=pl.lit(6))).benchmark
    body = key_figures(cells, few, name="Willow").body
    assert body.count("not measured") == 3
    assert "not enough data to compare" in body
    assert "Fall expected" not in key_figures(cells, few.clear(), name="All clinics").body


def test_the_flow_is_printed_as_released(release):
    table = flow_table(release.flow).table
    assert table.count('<tr><th scope="row">') == release.flow.height
    assert '<td class="number">90</td><td class="number">10</td><td>no baseline</td>' in table
    two = pl.concat([release.flow, release.flow.with_columns(clinic_id=pl.lit("quay"))])
    with pytest.raises(ValueError, match="one clinic"):
        flow_table(two)


def test_function_says_which_end_is_better(release):
    table = function_table(release.cells, name="Willow").table
    assert "Oswestry disability index, %</th><td>lower</td>" in table
    assert "Sit and reach, cm</th><td>higher</td>" in table
    assert "−10.5 (−13.5 to −7.5)" in table


def test_case_mix_is_in_the_order_of_the_vocabulary(release):
    table = case_mix_table(release.cells, name="Willow").table
    order = [
        table.index(f"Phase at the start: {phase}") for phase in ("acute", "subacute", "chronic", "unknown")
    ]
    assert order == sorted(order)


def test_quality_of_several_clinics_names_them(release):
    both = pl.concat([release.quality, release.quality.with_columns(clinic_id=pl.lit("quay"))])
    assert ">quay</th>" in quality_table(both).table
    assert CLINIC not in quality_table(release.quality).table


def test_contrasts_and_terms_say_what_they_rest_on(release):
    exhibit = contrasts_table(release.contrasts)
    assert "0.8 points less pain in week 12" in exhibit.summary
    assert "Patients who kept 90 % of the plan, against patients who kept 50 %" in exhibit.table
    terms = terms_table(release.terms, release.overall).table
    assert "Fitted by REML: 5,400 weeks of 560 patients, 7 clinics." in terms
    assert "under 0.001" in terms
