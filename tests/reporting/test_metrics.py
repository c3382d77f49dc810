"""The metrics, read back by the parser of Prometheus' own library."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from analytics.reporting.metrics import metrics_text
from analytics.reporting.outcome import Outcome

AT = datetime(2026, 11, 29, 3, 12, 5, 250_000, tzinfo=UTC)


def _status(**fields):
    run = {"state": "partial", "exit_code": 1, "started": AT, "finished": AT, "version": "0.1.0"} | fields
    return Outcome.model_validate(run).model_dump(mode="json")


def _samples(status):
    families = list(text_string_to_metric_families(metrics_text(status).decode()))
    assert {family.type for family in families} == {"gauge"}
    assert all(family.documentation for family in families)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_every_number_of_a_run_is_there():
    status = _status(
        made=3, reused=4, stale=1, failed=2, seconds=42.5, rows_in=3_000_000, rows_out=2_999_999,
        peak_mb=812.5, last_success=AT,
    )  # fmt: skip
    assert _samples(status) == {
        ("lumbar_last_run_timestamp_seconds",): AT.timestamp(),
        ("lumbar_last_success_timestamp_seconds",): AT.timestamp(),
        ("lumbar_run_exit_code",): 1,
        ("lumbar_run_duration_seconds",): 42.5,
        ("lumbar_run_peak_memory_bytes",): 812.5 * 1024 * 1024,
        ("lumbar_reports", "made"): 3,
        ("lumbar_reports", "reused"): 4,
        ("lumbar_reports", "stale"): 1,
        ("lumbar_reports", "failed"): 2,
        ("lumbar_rows", "in"): 3_000_000,
        ("lumbar_rows", "out"): 2_999_999,
        ("lumbar_info", "0.1.0"): 1,
    }


def test_a_run_that_knows_nothing_keeps_every_series():
    """An alert on a series that is missing never sounds; a success at 0 is older than any limit."""
    bare, full = _samples(_status()), _samples(_status(rows_in=1, rows_out=1, peak_mb=1.0, last_success=AT))
    assert bare.keys() == full.keys()
    assert bare["lumbar_last_success_timestamp_seconds",] == 0


@pytest.mark.parametrize("version", ['0"1', "0\\1", "0\n1"])
def test_labels_are_escaped(version):
    """No version holds such a thing; the text stays readable all the same."""
    assert _samples(_status() | {"version": version})["lumbar_info", version] == 1
