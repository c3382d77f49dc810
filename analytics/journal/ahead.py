"""Work on jobs two at a time, a little ahead of whoever takes the results, in the order of the jobs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from os import cpu_count
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")
WORKERS = min(2, cpu_count() or 1)  # polars itself works on all cores: two keep them busy between its steps


def ahead(work: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
    """What `work` makes of each job, in order; at most two results wait, so memory holds a few jobs only."""
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for job in jobs:
                waiting.append(pool.submit(work, job))
                if len(waiting) > WORKERS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
