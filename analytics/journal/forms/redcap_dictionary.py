"""REDCap's data dictionary: what each field is, how its codes read, and which fields tell who somebody is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from analytics.journal.forms.delimited import read_delimited
from analytics.journal.forms.stored import Stored
from analytics.journal.mapping import File
from analytics.vocabulary.errors import ConfigurationError, InputError

# our word: the column's heading in a dictionary downloaded from the project, and from the interface
COLUMNS = {
    "name": ("Variable / Field Name", "field_name"),
    "form": ("Form Name", "form_name"),
    "kind": ("Field Type", "field_type"),
    "choices": ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
    "validation": (
        "Text Validation Type OR Show Slider Number", "text_validation_type_or_show_slider_number",
    ),
    "identifier": ("Identifier?", "identifier"),
}  # fmt: skip
NO_ANSWER = frozenset({"notes", "file", "descriptive", "sql", "signature"})  # kinds that hold text or nothing
WHO = re.compile(r"^(email|phone|ssn|vmrn|mrn|zipcode|postalcode)")  # validations that identify
WHO_BY_NAME = re.compile(
    r"^((first|last|middle|full|sur|maiden|family|given|patient|kin)_?name|name(_(first|last|middle|full))?"
    r"|(e_?mail|(tele)?phone|mobile|fax|address|street|zip(code)?|post(al)?_?code|ssn|mrn|nhs_?(number|no)?)"
    r"(_(address|number|no|home|work|mobile|\d+))?|next_of_kin_.+|.+_(phone|email|address)|contact_name)$"
)
CHECKED = ("1", "Checked", "TRUE", "True")
YES_NO = {"1": "yes", "0": "no", "true": "yes", "false": "no", "True": "yes", "False": "no"}
YES_NO |= {"TRUE": "yes", "FALSE": "no", "Yes": "yes", "No": "no"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a project. `choices`: code = label, where its codes are a closed list."""

    name: str
    form: str
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    validation: str = ""
    identifies: bool = False


def find_dictionary(stored: Stored, file: File) -> list[Field]:
    """The fields of the project; empty where no dictionary is named and none lies beside the export.

    Raises where a named one is missing, leaves the export's folder, or is none.
    """
    path = dictionary_of(stored, file)
    fields = list(_fields_of(path)) if path else []
    if path and not fields:
        raise InputError(f"{path.name}: is no REDCap data dictionary. Download it from the project again.")
    return fields


def dictionary_of(stored: Stored, file: File) -> Path | None:
    """The file that holds the project's dictionary: the one named, else the first beside that is one."""
    folder = stored.path.parent
    if file.dictionary:
        path = folder / file.dictionary
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            raise ConfigurationError(
                f"{stored.name}: its dictionary {file.dictionary} is not beside it. Mend file.dictionary."
            )
        return path
    beside = sorted({*folder.glob("*.csv"), *stored.beside} - {stored.path})
    near = (path for path in beside if path.parent == folder and path.is_file())
    return next((path for path in near if any(True for _ in _fields_of(path))), None)


def _fields_of(path: Path) -> Iterator[Field]:
    """The fields in a file; none where its headings are not a dictionary's."""
    try:
        table = next(read_delimited(Stored(path), File()))  # pyright: ignore[reportCallIssue]
    except InputError:
        return
    frame = table.frame
    named = {
        ours: next((one for one in theirs if one in frame.columns), None) for ours, theirs in COLUMNS.items()
    }
    if not (named["name"] and named["form"] and named["kind"]):
        return
    cells = [
        frame[theirs].str.strip_chars() if theirs else pl.Series([""]).new_from_index(0, frame.height)
        for theirs in named.values()
    ]
    for name, form, kind, choices, validation, identifier in zip(*cells, strict=True):
        yield Field(
            name, form, kind, _choices(kind, choices), "" if validation == "NA" else validation,
            identifier.lower().startswith("y") or bool(WHO.match(validation) or WHO_BY_NAME.match(name)),
        )  # fmt: skip


def _choices(kind: str, text: str) -> tuple[tuple[str, str], ...]:
    """'1, Female | 2, Male' as code and label; words of a label keep no semicolon, which separates them."""
    if kind in ("yesno", "truefalse"):
        return tuple(YES_NO.items())
    if kind not in ("radio", "dropdown", "checkbox"):
        return ()
    pairs = (one.partition(",") for one in re.split(r"\s*[|\n]\s*", text) if one.strip())
    return tuple((code.strip(), label.strip().replace(";", ",")) for code, _, label in pairs)


def is_dropped(field: Field) -> bool:
    """Free text and files go, and what identifies; a flagged date stays for the age that is made of it."""
    return field.kind in NO_ANSWER or (field.identifies and not field.validation.startswith("date"))


def _boxes(field: Field, columns: list[str]) -> dict[str, str]:
    """By column of a checkbox field: its label, or its code where no dictionary tells."""
    labels = {code.lower().replace("-", "_"): label for code, label in field.choices}
    stem, order = f"{field.name}___", list(labels)
    codes = [name.removeprefix(stem) for name in columns if name.startswith(stem)]
    ranked = sorted(codes, key=lambda code: order.index(code) if code in labels else len(order))
    return {stem + code: labels.get(code, code) for code in ranked}


def is_filled(field: Field, columns: list[str]) -> pl.Expr | None:
    """Whether a row answers the field; None where the export does not hold it."""
    boxes = _boxes(field, columns)
    if boxes:
        return pl.any_horizontal(~pl.col(name).is_in(["", "0", "Unchecked", "FALSE"]) for name in boxes)
    return pl.col(field.name) != "" if field.name in columns else None


def as_told(field: Field, columns: list[str]) -> pl.Expr | None:
    """A field as text that a person reads: labels instead of codes, checked boxes as a list."""
    boxes = _boxes(field, columns)
    if boxes:
        checked = [
            pl.when(pl.col(name).is_in([*CHECKED, label])).then(pl.lit(label))
            for name, label in boxes.items()
        ]
        return pl.concat_str(checked, separator=";", ignore_nulls=True).alias(field.name)
    if field.name not in columns:
        return None
    cell = pl.col(field.name)
    if "comma" in field.validation:
        return cell.str.replace(",", ".", literal=True)
    return cell.replace(dict(field.choices)) if field.choices else cell
