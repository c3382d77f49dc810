"""Lines that say again what another line says: whole repeats, and later versions of the same record."""

from __future__ import annotations

import polars as pl

from analytics.journal.rows import ranked
from analytics.vocabulary.schema import COLUMNS

KEYS = {
    "sessions": ["clinic_id", "patient_id", "performed_at"],
    "patients": ["clinic_id", "patient_id", "intake_date"],
    "plans": ["clinic_id", "patient_id", "valid_from"],
    "measures": ["clinic_id", "patient_id", "measured_on", "instrument", "item"],
    "clinics": ["clinic_id"],
}
LISTS = [name for name, column in COLUMNS["sessions"].items() if isinstance(column.dtype, pl.List)]


def find_duplicates(lines: pl.DataFrame, *, table: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines that stay, in the order of their keys, and those that repeat one, each with its `rule`.

    The lines come in the order of exports and of lines in them.
    Of whole repeats the first stays; of different lines with one key the last, since a later export corrects
    an earlier one. Lines that are gathered into sessions repeat by nature and all stay.
    """
    if lines.is_empty():
        return lines, lines.with_columns(rule=pl.lit(None, pl.String))
    keys = [lines[name] for name in KEYS[table]]
    ranks = pl.DataFrame([ranked(key) if key.dtype == pl.String else key for key in keys])
    order = _in_order(ranks)
    ranks = ranks[order]
    before = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in KEYS[table])
    again = ranks.select(before & (pl.int_range(pl.len()) > 0)).to_series()
    if not again.any():
        return lines[order], lines.clear().with_columns(rule=pl.lit(None, pl.String))
    of_pair = (again | again.shift(-1, fill_value=False)) & ~lines["gathered"].gather(order)
    places = order.filter(of_pair)
    pairs = lines[places].with_columns(places.alias("place"))
    lost = _repeats(pairs, table)
    stay = order.filter(~order.is_in(lost["place"].implode())) if lost.height else order
    return lines[stay], lost.drop("place")


def _in_order(ranks: pl.DataFrame) -> pl.Series:
    """The places of the rows in order: by one column after another, last first, each alone is fastest."""
    order = pl.int_range(ranks.height, eager=True)
    for name in reversed(ranks.columns):
        again = ranks[name].gather(order).alias("key").to_frame()
        order = order.gather(again.select(pl.arg_sort_by("key", maintain_order=True)).to_series())
    return order


def _repeats(pairs: pl.DataFrame, table: str) -> pl.DataFrame:
    """Of lines that share their key with others, those that go, each with its `rule`; `place` tells order."""
    own = [name for name in COLUMNS[table] if name in pairs.columns and name != "source_file"]
    said = [pl.col(name).cast(pl.String).fill_null("") for name in own]
    first = pl.concat_str(said, separator="\x1f").is_first_distinct()
    same = "same_session" if table == "sessions" else "same_record"
    pairs = pairs.sort("place").with_columns(first=first)
    versions = pairs.filter("first").filter(~pl.struct(KEYS[table]).is_last_distinct())
    rules = {"exact_duplicate": pairs.filter(~pl.col("first")), same: versions}
    return pl.concat([lines.drop("first").with_columns(rule=pl.lit(rule)) for rule, lines in rules.items()])


def gather_sessions(kept: pl.DataFrame) -> pl.DataFrame:
    """Sessions that an app writes over several lines, made one row: the first value of each, lists joined."""
    many = kept.filter("gathered")
    if not many.height:
        return kept
    rest = [name for name in kept.columns if name not in KEYS["sessions"]]
    plain = [name for name in rest if name not in LISTS]
    one = many.group_by(KEYS["sessions"], maintain_order=True).agg(
        pl.col(plain).drop_nulls().first(),
        *(
            pl.col(name).drop_nulls().str.split(";").list.explode().unique(maintain_order=True)
            for name in LISTS
        ),
    )
    joined = [
        pl.when(pl.col(name).list.len() > 0).then(pl.col(name).list.join(";")).alias(name) for name in LISTS
    ]
    one = one.with_columns(joined).select(kept.columns)
    rows = pl.concat([kept.filter(~pl.col("gathered")), one])
    return rows.sort(KEYS["sessions"])
