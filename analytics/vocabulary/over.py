"""How jobs are worked on: one after the other, by processes of this machine, or by other machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Over = Callable[..., Iterator[Any]]  # as `map`: a function, jobs -> what it makes of each, in their order
