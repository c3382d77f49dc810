"""An example network in a folder of its own, to learn from."""

from __future__ import annotations

from pathlib import Path

from analytics.simulation.exports import write_network
from analytics.simulation.network import simulate_network
from analytics.vocabulary.errors import ConfigurationError


def write_example(folder: Path, *, clinics: int, patients: int, weeks: int, seed: int) -> str:
    """Write the exports of a simulated network; what it holds, in words. The folder must be new or empty."""
    if folder.exists() and any(folder.iterdir()):
        raise ConfigurationError(
            f"{folder.name}: the folder is not empty. Name a new one; nothing was written."
        )
    network = simulate_network(clinics=clinics, patients=patients, weeks=weeks, seed=seed)
    write_network(network, folder=folder, seed=seed)
    return f"{folder}: {network}"
