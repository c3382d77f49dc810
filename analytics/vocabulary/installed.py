"""Where the notebooks and the sample network are: inside an installed wheel, else beside the package."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def notebook_folder() -> Path:
    """The folder of the report and lab notebooks."""
    return _shipped("notebooks", beside="notebooks")


def sample_folder() -> Path:
    """The folder of the sample network's exports, with its lumbar.toml."""
    return _shipped("sample", beside="data/sample")


def _shipped(name: str, *, beside: str) -> Path:
    inside = PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else PACKAGE.parent / beside
