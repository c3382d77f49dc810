"""How a run tells of itself while it goes on: one event after another, of counts and times alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Tell = Callable[[dict[str, Any]], None]


def quiet(event: dict[str, Any]) -> None:
    """Tell nobody."""
