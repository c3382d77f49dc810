"""The connection to a dask scheduler: refused in words where nobody answers or another program is there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from analytics.vocabulary.errors import ConfigurationError

if TYPE_CHECKING:
    from distributed import Client

ANSWER = 5  # seconds that a scheduler has to answer, and then that a first worker has to be there


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of the scheduler at `address`, whose workers all run this very program."""
    try:
        from distributed import Client
    except ImportError:
        raise ConfigurationError(
            '--cluster: dask is not installed here: pip install "lumbar[cluster]"'
        ) from None
    for name in ("distributed", "distributed.client", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what is to be said, is said in words
    try:
        asyncio.run(asyncio.wait_for(_answer(address), ANSWER))
        client = Client(address, timeout=ANSWER, set_as_default=False)
    except Exception as error:  # of names, sockets, certificates: each library has its own
        raise ConfigurationError(
            f"--cluster: no dask scheduler answers at {address} ({type(error).__name__}). Is it started, and "
            "is this its address, as tcp://host:8786 or tls://host:8786?"
        ) from None
    try:
        _wait_for_a_worker(client, address)
        _refuse_other_programs(client)
        yield client
    finally:
        client.close()


async def _answer(address: str) -> None:
    """Ask who is there: a client would wait without end for one who takes the call and says nothing."""
    from distributed.core import rpc
    from distributed.security import Security

    async with rpc(address, connection_args=Security().get_connection_args("client")) as scheduler:
        await scheduler.identity()


def _wait_for_a_worker(client: Client, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=ANSWER)
    except TimeoutError:
        raise ConfigurationError(
            f"--cluster: the scheduler at {address} has no worker. Start some: dask worker {address}"
        ) from None


def everywhere(client: Client, work: Callable[[], Any]) -> list[tuple[str, Any]]:
    """Each worker's address with what it answers, an exception where it cannot."""
    return sorted(cast("dict[str, Any]", client.run(work, on_error="return")).items())


def _refuse_other_programs(client: Client) -> None:
    """Another version anywhere could draw another page under the same key."""
    from analytics.reporting.parcel import program

    ours = program()
    for worker, theirs in everywhere(client, program):
        if not isinstance(theirs, dict):
            raise ConfigurationError(
                f"--cluster: {worker} has no Lumbar, or another one. Install the same there."
            )
        differ = [
            f"{name} is {theirs.get(name)} there, {ours[name]} here"
            for name in ours
            if theirs.get(name) != ours[name]
        ]
        if differ:
            raise ConfigurationError(f"--cluster: {worker}: {'; '.join(differ)}. Install the same there.")
