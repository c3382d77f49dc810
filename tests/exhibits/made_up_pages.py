"""Every exhibit of a clinic's page, from one release."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.adherence import adherence_figure
from analytics.exhibits.benchmark import clinics_table
from analytics.exhibits.contrasts import contrasts_table, terms_table
from analytics.exhibits.dose_response import dose_picture
from analytics.exhibits.flow import flow_table
from analytics.exhibits.intensity import load_figure
from analytics.exhibits.outcome import key_figures
from analytics.exhibits.responders import responder_figure
from analytics.exhibits.tables import (
    case_mix_table,
    exercise_table,
    function_table,
    quality_table,
    told_table,
)
from analytics.exhibits.trajectory import trajectory_figure
from analytics.exhibits.words import headline

FIGURES = (trajectory_figure, responder_figure, adherence_figure, load_figure, dose_picture)
FROM_CELLS = (*FIGURES, case_mix_table, exercise_table, function_table)


def whole_page(release):
    named = pl.DataFrame({"clinic_id": [release.clinic_id], "clinic_name": [release.name]})
    return [
        headline(release),
        key_figures(release.cells, release.benchmark, name=release.name),
        *(make(release.cells, name=release.name) for make in FROM_CELLS),
        told_table(release.told),
        flow_table(release.flow),
        quality_table(release.quality),
        contrasts_table(release.contrasts),
        terms_table(release.terms, release.overall),
        clinics_table(release.benchmark, named),
    ]


def html_of(exhibit):
    return exhibit.table + exhibit.body
