"""Which form a file has, by its first bytes: an export's name is not to be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from analytics.vocabulary.errors import InputError

Form = Literal["delimited", "workbook", "jsonlines", "parquet"]
MAGIC: tuple[tuple[bytes, Form], ...] = (
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "workbook"),
    (b"\xd0\xcf\x11\xe0", "workbook"),
)
HEAD = 4096


def recognise(path: Path) -> Form:
    """The form of a file. Raises InputError for what cannot be an export: missing, empty, or not text."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise InputError(f"{path.name}: cannot be opened: {error.strerror}.") from None
    if not head.strip(b"\r\n\t \0\xef\xbb\xbf"):
        raise InputError(f"{path.name}: the file is empty. Export it again.")
    for magic, form in MAGIC:
        if head.startswith(magic):
            return form
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"{", b"[")):
        return "jsonlines"
    if not _is_text(head):
        raise InputError(
            f"{path.name}: neither text nor a known binary form. Export it as CSV, XLSX, NDJSON or Parquet."
        )
    return "delimited"


def _is_text(head: bytes) -> bool:
    """Text has few control bytes; UTF-16 says so by its mark."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    control = sum(byte < 32 and byte not in b"\r\n\t\f\v\0" for byte in head) + max(0, head.count(0) - 2)
    return control <= len(head) // 50
