"""How the last run went, as Prometheus' node exporter reads it from a folder of text files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

COUNTED = ("made", "reused", "stale", "failed")
MB = 1 << 20


def metrics_text(status: Mapping[str, Any]) -> bytes:
    """status.json in Prometheus' text format. What is not known is 0, so that no series is ever missing."""
    from prometheus_client import generate_latest
    from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
    from prometheus_client.registry import Collector

    class Last(Collector):
        """The samples of one run."""

        def collect(self) -> Iterator[GaugeMetricFamily | InfoMetricFamily]:
            for name, meaning, value in _single(status):
                yield GaugeMetricFamily(name, meaning, value=value)
            reports = GaugeMetricFamily("lumbar_reports", "Reports of the last run", labels=["status"])
            for one in COUNTED:
                reports.add_metric([one], status[one])
            yield reports
            rows = GaugeMetricFamily(
                "lumbar_rows", "Rows of the exports that were read, and kept", labels=["direction"]
            )
            for direction in ("in", "out"):
                rows.add_metric([direction], status[f"rows_{direction}"] or 0)
            yield rows
            yield InfoMetricFamily("lumbar", "The program of the last run", {"version": status["version"]})

    return generate_latest(Last())


def _single(status: Mapping[str, Any]) -> Iterator[tuple[str, str, float]]:
    """Name, meaning and value of what is one number."""
    times = {"run": status["finished"], "success": status["last_success"]}
    for what, at in times.items():
        seconds = datetime.fromisoformat(at).timestamp() if at else 0
        yield f"lumbar_last_{what}_timestamp_seconds", f"End of the last {what}, Unix time; 0: never", seconds
    yield "lumbar_run_exit_code", "Exit code of the last run; 0 is good", status["exit_code"]
    yield "lumbar_run_duration_seconds", "How long the last run took", status["seconds"]
    peak = (status["peak_mb"] or 0) * MB
    yield "lumbar_run_peak_memory_bytes", "Most memory that the last run held; 0: not measured", peak
