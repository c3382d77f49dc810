"""Which form a file has, by its first bytes: an export's name is not to be trusted."""

from __future__ import annotations

import re
from typing import Literal

from analytics.journal.forms.stored import Stored
from analytics.vocabulary.errors import InputError

Form = Literal["delimited", "workbook", "json", "parquet", "redcap", "fhir"]
MAGIC: tuple[tuple[bytes, Form], ...] = (
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "workbook"),
    (b"\xd0\xcf\x11\xe0", "workbook"),
)
OTHER = (
    (b"%PDF", "a PDF"), (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"),
    (b"SQLite format 3", "a SQLite database"), (b"$FL2", "an SPSS file"), (b"$FL3", "an SPSS file"),
    (b"<stata_dta>", "a Stata file"), (b"{\\rtf", "a word processor's file"), (b"\x7fELF", "a program"),
    (b"BZh", "a bzip2 archive"), (b"7z\xbc\xaf", "a 7z archive"), (b"Rar!", "a RAR archive"),
    (b"\xfd7zXZ", "an xz archive"), (b"\x28\xb5\x2f\xfd", "a zstd archive"), (b"SAS ", "a SAS file"),
)  # fmt: skip
HEAD = 65_536
CONTROL = bytes(set(range(1, 32)) - set(b"\r\n\t\f\v"))
REDCAP = re.compile(
    rb'(^|[,;\t])"?(redcap_event_name|redcap_repeat_instrument|redcap_data_access_group|redcap_survey_identifier'
    rb"|\w+_complete)\"?([,;\t\r\n]|$)"
)
MARKUP = re.compile(
    rb"<(!doctype|!--|\?xml|html|table|[a-z][\w:.-]*(\s[^>]*|/)?>(?![\"',;\t|]))", re.IGNORECASE
)
EAV = re.compile(rb'^"?record"?[,;\t].*"?field_name"?[,;\t]"?value"?', re.IGNORECASE)


def recognise(stored: Stored) -> Form:
    """The form of a file. Raises InputError for what cannot be an export: empty, or another kind of file."""
    head = stored.head(HEAD)
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    if not head.strip(b"\r\n\t \0\xef\xbb\xbf\xff\xfe"):
        raise InputError(f"{stored.name}: the file is empty. Export it again.")
    for magic, form in MAGIC:
        if head.startswith(magic):
            return form
    for magic, kind in OTHER:
        if head.startswith(magic):
            raise InputError(f"{stored.name}: is {kind}. Export the journal as CSV, XLSX, JSON or Parquet.")
    if head[257:262] == b"ustar":
        raise InputError(f"{stored.name}: is a tar archive. Unpack it, or pack its files into a zip.")
    if MARKUP.match(start):
        raise InputError(
            f"{stored.name}: is a web page or XML, whatever it is called. Open it in a spreadsheet and save "
            "it as XLSX, or export it as CSV."
        )
    if start.startswith((b"{", b"[")):
        return "fhir" if re.search(rb'"resourceType"\s*:', head) else "json"
    if not _is_text(head):
        if head.count(0) and _is_text(head.replace(b"\0", b"")):
            raise InputError(
                f"{stored.name}: zero bytes stand where text should, as a broken download or copy leaves "
                "them. Export it again."
            )
        raise InputError(
            f"{stored.name}: neither text nor a known binary form. Export it as CSV, XLSX, JSON or Parquet."
        )
    first = start.splitlines()[0]
    return "redcap" if REDCAP.search(first) or EAV.match(first) else "delimited"


def _is_text(head: bytes) -> bool:
    """Text has few control bytes; in UTF-16 every second byte may be zero."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or is_utf16(head):
        return True
    control = len(head) - len(head.translate(None, CONTROL)) + max(0, head.count(0) - 2)
    return control <= len(head) // 50


def is_utf16(head: bytes) -> str | None:
    """The byte order of UTF-16 text without its mark: Latin text has a zero in every second byte."""
    if len(head) < 8:
        return None
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = head[first::2], head[1 - first :: 2]
        if zeros.count(0) > 0.8 * len(zeros) and others.count(0) < 0.05 * len(others):
            return name
    return None
