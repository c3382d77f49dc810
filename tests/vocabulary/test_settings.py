"""A wrong key or value names itself and what may stand there."""

from __future__ import annotations

import pytest

from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.settings import read_settings

GOOD = 'as_of = 2026-06-30\n[[sources]]\nfiles = "a.csv"\nmapping = "a.toml"\n'


def _read(folder, text):
    path = folder / "lumbar.toml"
    path.write_text(text)
    return read_settings(path)


def test_defaults_are_those_of_the_methods(tmp_path):
    settings = _read(tmp_path, GOOD)
    assert settings.definitions.episode_gap_days == 90
    assert settings.definitions.horizon_weeks == 12
    assert (settings.disclosure.min_patients, settings.disclosure.round_to) == (8, 5)
    assert (settings.comparison.min_episodes, settings.comparison.min_complete) == (10, 0.5)
    assert settings.path("reports") == tmp_path / "reports"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            GOOD + "[run]\njbos = 2\n",
            "unknown key 'run.jbos'. Allowed here: attempts, engine, hook, jobs, keep_runs, max_age_hours, "
            "memory_mb, metrics, timeout_seconds.",
        ),
        (GOOD.replace("mapping", "maping"), "unknown key 'sources.0.maping'. Allowed here: files, mapping."),
        ("colour = 1\n" + GOOD, "unknown key 'colour'. Allowed here: as_of, comparison,"),
        (GOOD.replace("as_of = 2026-06-30\n", ""), "key 'as_of' is missing"),
        (
            GOOD + "[disclosure]\nmin_patients = 2\n",
            "'disclosure.min_patients': Input should be greater than",
        ),
        (GOOD + '[definitions]\nweek_term = "wiggly"\n', "'definitions.week_term': Input should be 'log' or"),
        (GOOD.replace("2026-06-30", '"soon"'), "key 'as_of'"),
        ("as_of = 2026-06-30\nsources = []\n", "key 'sources': Tuple should have at least 1 item"),
        ("as_of = \n", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, said):
    with pytest.raises(ConfigurationError) as refusal:
        _read(tmp_path, text)
    assert said in str(refusal.value)
    assert refusal.value.exit_code == 2


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(ConfigurationError, match="there is no such file"):
        read_settings(tmp_path / "lumbar.toml")


def test_settings_cannot_be_changed(tmp_path):
    settings = _read(tmp_path, GOOD)
    with pytest.raises(ValueError, match="frozen"):
        settings.seed = 3
