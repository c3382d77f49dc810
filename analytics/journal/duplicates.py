"""Lines that say again what another line says: whole repeats, and later versions of the same record."""

from __future__ import annotations

import polars as pl

from analytics.vocabulary.schema import TABLES

KEYS = {
    "sessions": ["clinic_id", "patient_id", "performed_at"],
    "patients": ["clinic_id", "patient_id", "intake_date"],
    "plans": ["clinic_id", "patient_id", "valid_from"],
    "measures": ["clinic_id", "patient_id", "measured_on", "instrument", "item"],
    "clinics": ["clinic_id"],
}


def find_duplicates(lines: pl.DataFrame, *, table: str) -> pl.DataFrame:
    """The lines with their `outcome`: refused, duplicate, or empty where kept.

    Of whole repeats the first is kept; of different lines with one key the last, since a later export
    corrects an earlier one. Lines that are gathered into sessions repeat by nature and are left alone.
    """
    lines = lines.sort("export", "line").with_columns(
        outcome=pl.when(pl.col("rule").is_not_null()).then(pl.lit("refused"))
    )
    names = [name for name in TABLES[table].column_names() if name in lines.columns and name != "source_file"]
    whole = pl.concat_str([_as_text(name, lines.schema[name]) for name in names], separator="\x1f")
    lines = _mark(lines, ~whole.is_first_distinct(), "exact_duplicate")
    same = "same_session" if table == "sessions" else "same_record"
    return _mark(lines, ~pl.struct(KEYS[table]).is_last_distinct(), same)


def _mark(lines: pl.DataFrame, repeated: pl.Expr, rule: str) -> pl.DataFrame:
    free = pl.col("outcome").is_null() & ~pl.col("gathered")
    marked = lines.filter(free).filter(repeated).select("export", "line", again=pl.lit(rule))
    return (
        lines.join(marked, on=["export", "line"], how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("rule", "again").alias("rule"),
            pl.when(pl.col("again").is_not_null())
            .then(pl.lit("duplicate"))
            .otherwise("outcome")
            .alias("outcome"),
        )
        .drop("again")
    )


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    cell = pl.col(name).list.join(";") if isinstance(dtype, pl.List) else pl.col(name).cast(pl.String)
    return cell.fill_null("")


def gather_sessions(kept: pl.DataFrame) -> pl.DataFrame:
    """Sessions that an app writes over several lines, made one row: the first value of each, lists joined."""
    many = kept.filter("gathered")
    if not many.height:
        return kept
    rest = [name for name in kept.columns if name not in KEYS["sessions"]]
    lists = [name for name in rest if isinstance(kept.schema[name], pl.List)]
    plain = [name for name in rest if name not in lists]
    one = many.group_by(KEYS["sessions"], maintain_order=True).agg(
        pl.col(plain).drop_nulls().first(),
        *(pl.col(name).list.explode().drop_nulls().unique(maintain_order=True) for name in lists),
    )
    empty_as_null = [pl.when(pl.col(name).list.len() > 0).then(name).alias(name) for name in lists]
    return pl.concat([kept.filter(~pl.col("gathered")), one.with_columns(empty_as_null).select(kept.columns)])
