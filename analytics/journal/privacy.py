"""Who a row is about, without saying who: keyed pseudonyms.

Names, notes and unmapped columns never get this far.
"""

from __future__ import annotations

import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

import polars as pl

from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.settings import Settings

KEY_BYTES = 32
IDS_KEPT = (
    1 << 17
)  # pseudonyms that are remembered: a journal in the order of its days has each id in every batch
HEX_DIGITS = 20  # 80 bits: two of ten million patients share a pseudonym with a chance of 1 in 20 billion


def read_key(settings: Settings) -> bytes:
    """The installation's secret: LUMBAR_KEY, else its key file, which is made (0600) where there is none."""
    given = os.environ.get("LUMBAR_KEY")
    if given:
        return given.encode()
    path = settings.path(settings.privacy.key_file)
    try:
        return _checked(path)
    except FileNotFoundError:
        return _made(path)


def fingerprint(settings: Settings) -> str:
    """Which key this is, told to nobody who does not have it."""
    return hmac.digest(read_key(settings), b"which key this is", "sha256").hex()


def _checked(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(
            f"{path.name}: others can read the secret key. Close it: chmod 600 {path.name}"
        )
    key = path.read_bytes().strip()
    if len(key) < KEY_BYTES:
        raise ConfigurationError(f"{path.name}: the secret key is shorter than {KEY_BYTES} characters.")
    return key


def _made(path: Path) -> bytes:
    key = secrets.token_hex(KEY_BYTES).encode()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigurationError(
            f"{path.name}: the secret key cannot be written: {error.strerror}."
        ) from None
    with os.fdopen(handle, "wb") as file:
        file.write(key)
    return key


PREFIX = {"patient_id": "p", "therapist_id": "t"}  # columns of ids, and how their pseudonyms begin


def pseudonyms(ids: pl.Series, scopes: pl.Series | str, key: bytes, *, prefix: str) -> pl.Series:
    """The prefix and the first 80 bits of HMAC-SHA256 under the key, of each id within its scope."""
    if isinstance(scopes, str):  # whoever knows the one scope has each id once
        hidden = [_hidden(identity, scopes, key, prefix) for identity in ids]
        return pl.Series(ids.name, hidden, dtype=pl.String)
    pairs = pl.DataFrame({"id": ids, "scope": scopes})
    known = pairs.unique()
    hidden = [_hidden(identity, scope, key, prefix) for identity, scope in known.iter_rows()]
    names = pl.Series("hidden", hidden, dtype=pl.String)
    told = pairs.join(known.with_columns(names), on=["id", "scope"], how="left", maintain_order="left")
    return told["hidden"].alias(ids.name)


@lru_cache(maxsize=IDS_KEPT)
def _hidden(identity: str | None, scope: str, key: bytes, prefix: str) -> str | None:
    if identity is None:
        return None
    return prefix + hmac.digest(key, f"{scope}\x1f{identity}".encode(), "sha256").hex()[:HEX_DIGITS]
