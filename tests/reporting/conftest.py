"""A study, settings and notebooks of a test's own."""

from __future__ import annotations

import pytest
from reporting.tiny import settings_in, write_notebooks, write_study


@pytest.fixture
def notebooks(tmp_path):
    return write_notebooks(tmp_path / "notebooks")


@pytest.fixture
def study(tmp_path):
    return write_study(tmp_path / "study")


@pytest.fixture
def settings(tmp_path):
    return settings_in(tmp_path)
