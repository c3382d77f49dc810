"""The shelf: the names that a notebook may use. Each is imported from its room when it is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from analytics.vocabulary.display import learn

# who draws what a noun of the vocabulary is asked for; imported when one first asks
learn(
    {
        "show": "analytics.exhibits.lab.nouns:show",
        "explain": "analytics.exhibits.lab.explain:explain_fit",
        "codebook": "analytics.exhibits.lab.codebook:show_codebook",
        "flow": "analytics.exhibits.lab.flow:show_flow",
    }
)
_SHELF: dict[str, tuple[str, ...]] = {
    # the study, its settings and words
    "analytics.study": ("prepare_study", "open_study", "sample_study"),
    "analytics.vocabulary.settings": ("Settings", "read_settings"),
    "analytics.vocabulary.installed": ("find_settings",),
    "analytics.vocabulary.dictionary": ("data_dictionary",),
    "analytics.vocabulary.results": ("Cohort",),
    "analytics.vocabulary.language": ("speak",),
    # exports -> journal -> cohort
    "analytics.journal.read": ("read_journal",),
    "analytics.journal.clean": ("clean_journal",),
    "analytics.journal.quality.audit": ("audit_journal",),
    "analytics.journal.quality.checks": ("check_journal",),
    "analytics.cohort.describe": ("describe_cohort",),
    "analytics.cohort.questionnaires": ("score_questionnaires",),
    "analytics.cohort.episodes": ("describe_episodes",),
    "analytics.cohort.weeks": ("weekly",),
    "analytics.cohort.week_to_week": ("week_to_week", "planned_and_done"),
    "analytics.cohort.weekly_practice": ("weekly_practice",),
    "analytics.cohort.planned": ("episode_practice",),
    "analytics.cohort.outcomes": ("add_outcomes",),
    "analytics.cohort.eligibility": ("select_eligible", "exclusion_flow"),
    # what reports and the lab rest on
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
    # the lab's own questions
    "analytics.models.courses": ("courses", "shares", "histogram"),
    "analytics.models.reliability": ("rating_pairs", "reliability", "expected_falls"),
    "analytics.models.diary.calibration": ("fit_adherence", "calibrate"),
    "analytics.models.diary.weekly_error": ("calibrate_weeks",),
    "analytics.models.diary.agreement": ("between_less_within",),
    "analytics.models.diary.validation": ("Validation", "NICOLSON_2018"),
    "analytics.models.responders": ("responder_curve", "responder_sensitivity", "baseline_threshold"),
    "analytics.models.response": ("fit_responders", "responder_account"),
    "analytics.models.odds": ("responder_odds", "responder_shares"),
    "analytics.models.estimating.gee": ("fit_gee", "gee_contrasts"),
    "analytics.models.weighting.histories": ("histories",),
    "analytics.models.weighting.weights": ("weigh",),
    "analytics.models.weighting.marginal": ("fit_weighted", "weighted_contrast"),
    "analytics.models.weighting.sensitivity": ("e_value", "e_values"),
    "analytics.models.weighting.adjustments": ("compare_adjustments",),
    "analytics.models.missing.pooling": ("pool", "enough_imputations"),
    "analytics.models.missing.writing": ("mark_weeks", "missing_patterns"),
    "analytics.models.missing.stopping": ("writing_on", "before_stopping"),
    "analytics.models.missing.stopping_odds": ("fit_stopping", "stopping_odds"),
    "analytics.models.missing.missingness": (
        "impute_missing", "shape_delta", "pooled_means", "pooled_contrasts",
    ),
    "analytics.models.missing.assumptions": ("compare_missing",),
    "analytics.models.missing.tipping": ("delta_curve", "tipping_point"),
    "analytics.models.claims.test": ("test_claims",),
    "analytics.models.claims.register": ("claims_register",),
    "analytics.models.multiplicity": ("adjust",),
    "analytics.models.planning.designs": ("Assumptions", "assumptions_of", "study_designs"),
    "analytics.models.planning.power": ("study_power", "expected_power"),
    # what reports show
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
        "case_mix_table", "exercise_table", "function_table", "quality_table", "told_table",
    ),
    # what the lab shows, on this machine only
    "analytics.exhibits.lab.tables": ("tabulate",),
    "analytics.exhibits.lab.courses": ("courses_figure",),
    "analytics.exhibits.lab.estimates": ("estimates_figure",),
    "analytics.exhibits.lab.adherence": ("states_figure",),
    "analytics.exhibits.lab.intensity": ("histogram_figure",),
    "analytics.exhibits.lab.calibration": ("calibration_figure",),
    "analytics.exhibits.lab.gaps": ("gaps_figure",),
    "analytics.exhibits.lab.responders": ("responder_curve_figure", "odds_figure"),
    "analytics.exhibits.lab.planning": ("power_figure",),
    "analytics.exhibits.lab.claims": ("claims_table", "claims_figure"),
    "analytics.exhibits.lab.weighting": ("adjustments_figure", "balance_figure", "positivity_figure"),
    "analytics.exhibits.lab.stopping": ("writing_figure", "before_stopping_figure"),
    "analytics.exhibits.lab.missingness": ("imputed_figure", "tipping_figure"),
    "analytics.exhibits.lab.methods": ("methods",),
    "analytics.exhibits.lab.checklist": ("checklist",),
    "analytics.exhibits.lab.cite": ("cite",),
}  # fmt: skip
ROOM_OF = {name: room for room, names in _SHELF.items() for name in names}
__all__ = list(ROOM_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in ROOM_OF:
        raise AttributeError(f"The shelf has no '{name}'. It has: {', '.join(__all__)}.")
    return getattr(import_module(ROOM_OF[name]), name)


def __dir__() -> list[str]:
    return __all__
