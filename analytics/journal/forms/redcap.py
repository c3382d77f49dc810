"""REDCap exports -> text tables, one an instrument: flat or a line a value, raw codes or labels.

With the project's data dictionary codes become labels, checkboxes one list, and identifiers are dropped at
the door. A birth date is kept even where it is flagged: cleaning makes an age of it, and keeps nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import polars as pl

from analytics.journal.forms.delimited import read_delimited
from analytics.journal.forms.redcap_dictionary import (
    WHO_BY_NAME,
    Field,
    as_told,
    find_dictionary,
    is_dropped,
    is_filled,
)
from analytics.journal.forms.stored import Stored
from analytics.journal.mapping import File
from analytics.journal.table import LINE, TextTable, shown
from analytics.vocabulary.errors import InputError

EVENT, GROUP = "redcap_event_name", "redcap_data_access_group"
INSTRUMENT, INSTANCE = "redcap_repeat_instrument", "redcap_repeat_instance"
SYSTEM = (EVENT, GROUP, INSTRUMENT, INSTANCE, "redcap_survey_identifier")
STATES = {"0": "incomplete", "1": "unverified", "2": "complete"}
MOST_RECORDS, AT_ONCE = 2_000_000, 250_000  # lines of a project, which is held in memory; rows of a batch


@dataclass(frozen=True, slots=True)
class Project:
    """An export in memory: its lines, the column of the record, and the fields of each instrument."""

    frame: pl.DataFrame
    broken: pl.DataFrame
    record: str
    forms: dict[str, list[Field]]


def parts_of(stored: Stored, file: File) -> list[str]:
    """The instruments of which the export holds a field, in the project's order."""
    return list(_project(stored, file).forms)


def dropped_identifiers(stored: Stored, file: File) -> list[str]:
    """The headings of the export that are dropped because they tell who somebody is."""
    project = _project(stored, file)
    fields = [field for fields in project.forms.values() for field in fields if is_dropped(field)]
    return [field.name for field in fields if field.identifies and field.name in project.frame.columns]


def read_redcap(stored: Stored, file: File, columns: Collection[str] | None = None) -> Iterator[TextTable]:
    """One row is one record's answers to one instrument (`file.part`), at one event, of one instance.

    Without a part: every line with every field.
    """
    project = _project(stored, file)
    if file.part and file.part not in project.forms:
        there = ", ".join(shown(form) for form in project.forms)
        raise InputError(
            f"{stored.name}: has no instrument of the mapping's name (file.part). It has: {there}."
        )
    forms = [file.part] if file.part else list(project.forms)
    rows = _rows_of(project, file.part) if file.part else project.frame
    fields = [field for form in forms for field in project.forms[form] if not is_dropped(field)]
    told = [as_told(field, rows.columns) for field in fields if field.name != project.record]
    system = [name for name in SYSTEM[:-1] if name in rows.columns]
    states = [
        pl.col(name).replace(STATES) for form in forms if (name := f"{form}_complete") in rows.columns
    ] + [
        pl.col(name).replace("[not completed]", "")
        for form in forms
        if (name := f"{form}_timestamp") in rows.columns
    ]
    table = rows.select(LINE, project.record, *system, *(one for one in told if one is not None), *states)
    wanted = [name for name in table.columns if columns is None or name in columns or name == LINE]
    for start in range(0, max(1, table.height), AT_ONCE):
        broken = project.broken if start == 0 else project.broken.clear()
        yield TextTable(table.select(wanted).slice(start, AT_ONCE), broken)


def _project(stored: Stored, file: File) -> Project:
    plain = file.model_copy(update={"part": None})
    tables = []
    for table in read_delimited(stored, plain, None):
        tables.append(table)
        if sum(one.frame.height for one in tables) > MOST_RECORDS:
            raise InputError(
                f"{stored.name}: has more than {MOST_RECORDS:,} lines. Export fewer instruments."
            )
    frame = pl.concat([table.frame for table in tables])
    broken = pl.concat([table.broken for table in tables])
    fields = find_dictionary(stored, file)
    if {"field_name", "value"} <= set(frame.columns):
        if "record" not in frame.columns:
            raise InputError(f"{stored.name}: has a line a value and no column 'record'. Export it again.")
        frame = _widened(frame, fields)
    own = [name for name in frame.columns if name not in (*SYSTEM, LINE) and not name.startswith("column_")]
    if not own:
        raise InputError(f"{stored.name}: has no field. Export the project with its record ids.")
    record = fields[0].name if fields and fields[0].name in own else own[0]
    forms = _forms(fields, own) if fields else _forms_by_state(own)
    return Project(_grouped(frame, record), broken, record, forms)


def _forms(fields: list[Field], own: list[str]) -> dict[str, list[Field]]:
    """The fields by instrument, of those instruments of which the export holds any."""
    stems = {name.partition("___")[0] for name in own}
    forms: dict[str, list[Field]] = {}
    for field in fields:
        if field.name in stems:
            forms.setdefault(field.form, []).append(field)
    return forms


def _forms_by_state(own: list[str]) -> dict[str, list[Field]]:
    """Without a dictionary: the fields of an instrument stand before its state, `<form>_complete`."""
    forms: dict[str, list[Field]] = {}
    waiting: list[str] = []
    for name in own:
        if name.endswith("_complete"):
            form = name.removesuffix("_complete")
            forms[form] = [_guessed(stem, form) for stem in dict.fromkeys(waiting)]
            waiting = []
        else:
            waiting.append(name.partition("___")[0] if re.search(r"___\w+$", name) else name)
    if waiting:
        last = list(forms)[-1] if forms else "record"
        forms[last] = forms.get(last, []) + [_guessed(stem, last) for stem in dict.fromkeys(waiting)]
    return forms


def _guessed(name: str, form: str) -> Field:
    return Field(name, form, identifies=bool(WHO_BY_NAME.match(name)))


def _grouped(frame: pl.DataFrame, record: str) -> pl.DataFrame:
    """A record belongs to one data access group: lines of repeating instruments may leave it out."""
    if GROUP not in frame.columns:
        return frame
    known = pl.col(GROUP).filter(pl.col(GROUP) != "").unique()
    one = pl.when(known.len().over(record) == 1).then(known.first().over(record)).otherwise(pl.lit(""))
    return frame.with_columns(pl.when(pl.col(GROUP) == "").then(one).otherwise(GROUP).alias(GROUP))


def _rows_of(project: Project, form: str) -> pl.DataFrame:
    """The lines that answer an instrument: its own repeats, or the record's line where it does not repeat."""
    frame, fields = project.frame, project.forms[form]
    filled = [is_filled(field, frame.columns) for field in fields if field.name != project.record]
    answered = (
        pl.any_horizontal(one for one in filled if one is not None)
        if any(one is not None for one in filled)
        else pl.lit(True)
    )
    if INSTRUMENT not in frame.columns:
        return frame.filter(answered)
    said = pl.col(INSTRUMENT).str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "_").str.strip_chars("_")
    mine = frame.filter(said == form)
    return mine if mine.height else frame.filter((pl.col(INSTRUMENT) == "") & answered)


def _widened(frame: pl.DataFrame, fields: list[Field]) -> pl.DataFrame:
    """A line a value -> a line a record, event and instance, where its first value stood."""
    boxes = {field.name for field in fields if field.kind == "checkbox"}
    record = fields[0].name if fields else "record_id"
    frame = frame.rename({"record": record})
    keys = [name for name in (record, *SYSTEM, "event_id") if name in frame.columns]
    code = pl.col("value").str.to_lowercase().str.replace_all("-", "_", literal=True)
    checked = pl.col("field_name").is_in(list(boxes))
    cells = frame.filter(pl.col("field_name") != record).with_columns(
        pl.when(checked)
        .then(pl.concat_str("field_name", pl.lit("___"), code))
        .otherwise("field_name")
        .alias("name"),
        pl.when(checked).then(pl.lit("1")).otherwise("value").alias("cell"),
    )
    lines = frame.group_by(keys, maintain_order=True).agg(pl.col(LINE).min())
    wide = cells.pivot("name", index=keys, values="cell", aggregate_function="first", maintain_order=True)
    joined = lines.join(wide, on=keys, how="left", maintain_order="left")
    return joined.with_columns(pl.col(pl.String).fill_null(""))
