"""Comparisons and terms show what their intervals rest on."""

from __future__ import annotations

import polars as pl
from exhibits.made_up import make_overall, make_terms
from exhibits.made_up_model import make_model_contrasts

from analytics.exhibits.contrasts import contrasts_table, terms_table


def test_comparisons_show_their_degrees_of_freedom():
    table = contrasts_table(make_model_contrasts()).table
    assert '<th scope="col" class="number">df</th>' in table
    for text in ("412", "1,890", "5.4"):
        assert f'<td class="number">{text}</td>' in table
    untold = make_model_contrasts().with_columns(df=pl.lit(None, pl.Float64))
    assert contrasts_table(untold).table.count(">–</td>") == untold.height


def test_terms_say_how_degrees_of_freedom_are_made():
    overall = make_overall().with_columns(df_method=pl.lit("Kenward-Roger"))
    assert "7 clinics. Degrees of freedom: Kenward-Roger." in (terms_table(make_terms(), overall).table)
