"""Where the time of a run goes: each stage on networks of growing size, in one process. Prints a table.

python tests/benchmarks/spine.py [patients a clinic ...]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import analytics as an
from analytics.simulation.exports import write_network
from analytics.simulation.network import simulate_network

SEED = 20260101


def _stages(folder: Path) -> dict[str, float]:
    """Seconds of each stage, and the number of sessions kept."""
    settings = an.read_settings(folder / "lumbar.toml")
    took, clock = {}, time.perf_counter()

    def lap(name: str) -> None:
        nonlocal clock
        took[name], clock = time.perf_counter() - clock, time.perf_counter()

    exports = an.read_journal(settings)
    lap("read")
    journal = an.clean_journal(exports, settings)
    lap("clean")
    cohort = an.describe_cohort(journal, settings)
    eligible, _ = an.select_eligible(cohort.episodes, settings)
    lap("describe")
    an.fit_trajectory(cohort.weeks, eligible, settings)
    lap("fit")
    an.observe(cohort, eligible, settings)
    lap("observe")
    return {"sessions": journal.sessions.height, **took}


def main() -> None:
    """Run every size once and print one row each."""
    sizes = [int(text) for text in sys.argv[1:]] or [30, 86, 300]
    names = ("read", "clean", "describe", "fit", "observe")
    print(
        f"{'patients':>9} {'sessions':>9} "
        + " ".join(f"{name + ' s':>11}" for name in names)
        + f" {'peak MB':>9}"
    )
    for patients in sizes:
        with tempfile.TemporaryDirectory() as folder:
            network = simulate_network(clinics=8, patients=patients, weeks=12, seed=SEED)
            write_network(network, folder=Path(folder), seed=SEED)
            row = _stages(Path(folder))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        cells = " ".join(f"{row[name]:>11.2f}" for name in names)
        print(f"{8 * patients:>9} {row['sessions']:>9.0f} {cells} {peak:>9.0f}")


if __name__ == "__main__":
    main()
