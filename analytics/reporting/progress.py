"""How a run tells of itself: a bar for a person, JSON lines for a machine; never a patient's value."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Tell = Callable[[dict[str, Any]], None]


@contextmanager
def telling(total: int) -> Iterator[Tell]:
    """Yield a function that takes each event of the run."""
    if not sys.stderr.isatty():
        yield lambda event: print(json.dumps(event), file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reports", total=total)
        yield lambda event: bar.update(task, advance=1 if event["event"] == "report" else 0)
