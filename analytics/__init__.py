"""The shelf: the names that a notebook may use. Each is imported from its room when it is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_SHELF: dict[str, tuple[str, ...]] = {
    "analytics.study": ("prepare_study", "open_study", "sample_study"),
    "analytics.vocabulary.settings": ("Settings", "read_settings"),
    "analytics.vocabulary.installed": ("find_settings",),
    "analytics.vocabulary.dictionary": ("data_dictionary",),
    "analytics.journal.read": ("read_journal",),
    "analytics.journal.clean": ("clean_journal",),
    "analytics.journal.quality.audit": ("audit_journal",),
    "analytics.journal.quality.checks": ("check_journal",),
    "analytics.cohort.describe": ("describe_cohort",),
    "analytics.cohort.questionnaires": ("score_questionnaires",),
    "analytics.cohort.episodes": ("describe_episodes",),
    "analytics.cohort.weeks": ("weekly",),
    "analytics.cohort.outcomes": ("add_outcomes",),
    "analytics.cohort.eligibility": ("select_eligible", "exclusion_flow"),
    "analytics.models.mixed": ("fit_mixed", "Random"),
    "analytics.models.inference": ("contrast_table", "joint_test", "predict"),
    "analytics.models.effects": ("random_effects",),
    "analytics.models.components": ("likelihood_ratio",),
    "analytics.models.diagnostics": ("leave_one_out", "quantiles"),
    "analytics.models.trajectory": ("fit_trajectory", "model_weeks"),
    "analytics.models.contrasts": ("trajectory_contrasts", "trajectory_influence"),
    "analytics.models.dose_response": ("fit_dose_response", "dose_curve", "dose_surface", "bend_tests"),
    "analytics.models.observed": ("observe",),
    "analytics.models.benchmark": ("benchmark_clinics",),
    "analytics.models.decomposition": ("decompose_gaps",),
    "analytics.models.regression_to_mean": ("before_after",),
    "analytics.models.monthly": ("monthly_series",),
    "analytics.models.control_chart": ("control_chart",),
    "analytics.models.certificate": ("verify",),
    "analytics.vocabulary.language": ("speak",),
    "analytics.exhibits.words": ("headline",),
    "analytics.exhibits.next_steps": ("next_steps",),
    "analytics.exhibits.outcome": ("key_figures",),
    "analytics.exhibits.trajectory": ("trajectory_figure",),
    "analytics.exhibits.responders": ("responder_figure",),
    "analytics.exhibits.adherence": ("adherence_figure",),
    "analytics.exhibits.intensity": ("load_figure",),
    "analytics.exhibits.dose_response": ("dose_picture",),
    "analytics.exhibits.dose_curve": ("dose_curve_figure",),
    "analytics.exhibits.dose_surface": ("dose_surface_figure",),
    "analytics.exhibits.before_after": ("before_after_figure",),
    "analytics.exhibits.followup": ("followup_figure",),
    "analytics.exhibits.flow": ("flow_table",),
    "analytics.exhibits.contrasts": ("contrasts_table", "terms_table"),
    "analytics.exhibits.diagnostics": ("components_table", "quantile_figure"),
    "analytics.exhibits.influence": ("influence_figure",),
    "analytics.exhibits.benchmark": ("clinics_table", "standing_table", "comparison_details"),
    "analytics.exhibits.funnel": ("funnel_figure",),
    "analytics.exhibits.decomposition": ("gap_figure",),
    "analytics.exhibits.control_chart": ("control_figure",),
    "analytics.exhibits.chart_icons": ("charts_table",),
    "analytics.exhibits.changes": ("changes_table",),
    "analytics.exhibits.certificate": ("certificate_table",),
    "analytics.exhibits.quality": ("quality_headline", "quality_findings", "lines_table"),
    "analytics.exhibits.quality_tables": ("completeness_table", "checks_table"),
    "analytics.exhibits.glossary": ("glossary",),
    "analytics.exhibits.tables": (
        "case_mix_table",
        "exercise_table",
        "function_table",
        "quality_table",
        "told_table",
    ),
}
ROOM_OF = {name: room for room, names in _SHELF.items() for name in names}
__all__ = list(ROOM_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in ROOM_OF:
        raise AttributeError(f"The shelf has no '{name}'. It has: {', '.join(__all__)}.")
    return getattr(import_module(ROOM_OF[name]), name)


def __dir__() -> list[str]:
    return __all__
