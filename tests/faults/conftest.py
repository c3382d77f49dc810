"""One small network, published once, that every fault gets a copy of; and the table of what happened."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from faults.network import Network, whole
from running import run_lumbar


@dataclass(frozen=True)
class Undisturbed:
    """A network with published reports, and what its next run publishes when nothing goes wrong.

    `before`, `after`: pages of the run that is published, and of the next one with a clinic's new sessions.
    `seconds`: that the next one takes here.
    """

    network: Network
    before: dict[str, str]
    after: dict[str, str]
    seconds: float

    def with_news(self, folder: Path) -> Network:
        """A copy whose next run has something to publish."""
        return self.network.copy(folder).add_sessions()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    root = tmp_path_factory.mktemp("undisturbed")

    told = run_lumbar("simulate", str(root / "network"), "--clinics", "4", "--patients", "25", cwd=root)
    assert told.code == 0, told.said
    network = Network(root / "network")
    assert network.run().code == 0
    before = whole(network)
    network.copy(root / "next").add_sessions()
    following, began = Network(root / "next"), time.monotonic()
    assert following.run().code == 0
    seconds = time.monotonic() - began
    after = whole(following)
    assert after != before
    assert following.counts.get("reused", 0) < following.counts["made"]
    proof = run_lumbar("status", "--disclosure", cwd=following.folder)
    assert proof.code == 0, proof.said
    return Undisturbed(network, before, after, seconds)


@pytest.fixture(scope="session")
def table():
    """Rows of (fault, what happened, the next run), printed at the end when pytest runs with -s."""
    rows: list[tuple[str, str, str]] = []
    yield rows
    print("\n\n| fault | what happened | next run |\n|---|---|---|")
    for row in sorted(rows):
        print(f"| {' | '.join(row)} |")


@pytest.fixture
def network(undisturbed, tmp_path):
    """A copy that may be harmed, with a clinic's new sessions still to be reported."""
    return undisturbed.with_news(tmp_path / "network")
