"""One column of an unknown export as the draft looks at it: its cells, its distinct texts, its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from analytics.journal.drafting.concepts import folded
from analytics.journal.table import LINE
from analytics.journal.values import SPACE

USUAL_MISSING = ("", "NA", "N/A", "null", "NULL")  # a mapping takes these for empty without being told
MISSING = (
    "- -- --- . .. ... ? ?? n/a n.a. n.a na n.d. nd nan null nil #n/a #na #null! #value! #ref!"
    " <na> missing unknown not_known not_recorded not_done not_applicable k.a. k.a ka keine_angabe unbekannt"
    " nicht_erhoben entfällt inconnu inconnue non_renseigné nr n.r. desconocido desconocida no_consta"
    " s/d sin_datos sconosciuto non_noto n.v. onbekend niet_bekend nvt n.v.t. okänd saknas uppgift_saknas"
    " ei_tietoa ei_tiedossa tuntematon puuttuu ukendt ukjent ikke_oplyst uoplyst ikke_oppgitt desconhecido"
    " não_informado brak brak_danych nieznany nieznane b.d. bd —"
)
NUMBER = r"^([-+]?\d+(?:[.,]\d+)?)\s*(?:min\.?|mins|minutes|h|hrs?|mm|cm|s|%|/\s*10|/\s*100|x)?$"
SENTINELS = (-9.0, -99.0, -999.0, -9999.0, -88.0, -77.0, 88.0, 77.0, 99.0, 888.0, 777.0, 999.0, 9999.0)
MISSING_WORDS = frozenset(word.replace("_", " ") for word in MISSING.split())


@dataclass(frozen=True, slots=True)
class Column:
    """One column of theirs. Cells that are empty, or a word for 'missing', are null in `texts`.

    `counts`: one row a distinct text, most frequent first. `absent`: by word for 'missing', its cells.
    `numbers`: one row a distinct number with its cells, a comma read as a point. `sentinels`: by number that
    stands for 'missing', its cells; it is none of `numbers`.
    """

    heading: str
    typed: bool
    texts: pl.Series
    counts: pl.DataFrame
    absent: dict[str, int]
    numbers: pl.DataFrame
    sentinels: dict[float, int]

    @property
    def filled(self) -> int:
        """Cells that hold something."""
        return len(self.texts) - self.texts.null_count()

    @property
    def numeric(self) -> float:
        """Share of the filled cells that are numbers."""
        return (int(self.numbers["cells"].sum()) + sum(self.sentinels.values())) / max(1, self.filled)


def look_at(frame: pl.DataFrame, headings: Sequence[str] | None = None) -> list[Column]:
    """Every column of a frame of cells, or those of `headings`."""
    names = [name for name in frame.columns if name != LINE]
    return [_column(frame[name]) for name in (headings if headings is not None else names)]


def _column(cells: pl.Series) -> Column:
    typed = cells.dtype != pl.String
    text = _as_text(cells).str.strip_chars(SPACE)
    counted = text.rename("text").value_counts(name="cells").filter(pl.col("text").fill_null("") != "")
    words = {word for word in counted["text"].to_list() if folded(word) in _FOLDED}
    if typed:
        words = set()
    absent = counted.filter(pl.col("text").is_in(list(words)) & ~pl.col("text").is_in(USUAL_MISSING))
    bare = pl.when(~text.is_in([*words, *USUAL_MISSING])).then(text)
    texts = pl.select(bare.alias(cells.name)).to_series()
    counts = counted.filter(~pl.col("text").is_in([*words, *USUAL_MISSING])).sort(
        ["cells", "text"], descending=[True, False]
    )
    numbers = _numbers(counts)
    away = _sentinels(numbers)
    left = numbers.filter(~pl.col("number").is_in(list(away)))
    return Column(cells.name, typed, texts, counts, dict(sorted(absent.iter_rows())), left, away)


def _sentinels(numbers: pl.DataFrame) -> dict[float, int]:
    """Numbers such as 999 or -99 that stand for 'missing': repeated, and far from every other number."""
    others = numbers.filter(~pl.col("number").is_in(SENTINELS))
    high, low = others["number"].max(), others["number"].min()
    if not isinstance(high, float) or not isinstance(low, float):
        return {}
    return {
        number: cells
        for number, cells in numbers.filter(pl.col("number").is_in(SENTINELS)).iter_rows()
        if (cells >= 2 and number > 2 * high + 1) or (number < 0 <= low and (cells >= 3 or number < -10))
    }


def _as_text(cells: pl.Series) -> pl.Series:
    if cells.dtype == pl.String:
        return cells
    if cells.dtype.is_temporal():
        moment = cells.cast(pl.Datetime("us")) if cells.dtype != pl.Time else cells
        return moment.dt.to_string("%Y-%m-%d %H:%M:%S" if cells.dtype != pl.Time else "%H:%M:%S")
    if isinstance(cells.dtype, pl.List):
        return cells.list.eval(pl.element().cast(pl.String)).list.join(";")
    if cells.dtype.is_nested() or cells.dtype == pl.Binary:
        return pl.Series(cells.name, [None] * len(cells), dtype=pl.String)
    text = cells.cast(pl.String)
    return text.str.replace(r"^(-?\d+)\.0$", "${1}")


def _numbers(counts: pl.DataFrame) -> pl.DataFrame:
    text = pl.col("text")
    bare = (
        pl.when(text.str.contains(r"^[-+]?\d{1,3}(?:\.\d{3})+,\d+$"))  # 1.234,5
        .then(text.str.replace_all(".", "", literal=True))
        .when(text.str.contains(r"^[-+]?\d{1,3}(?:,\d{3})+\.\d+$"))  # 1,234.5
        .then(text.str.replace_all(",", "", literal=True))
        .otherwise(text)
    )
    number = bare.str.extract(f"(?i){NUMBER}").str.replace(",", ".", literal=True)
    return (
        counts.select(number.cast(pl.Float64, strict=False).alias("number"), pl.col("cells"))
        .drop_nulls("number")
        .group_by("number")
        .agg(pl.col("cells").sum())
        .sort("number")
    )


def share_where(column: Column, held: pl.Expr) -> float:
    """Share of a column's numbers for which an expression of `number` holds; 0 where it has no number."""
    total = int(column.numbers["cells"].sum())
    return int(column.numbers.filter(held)["cells"].sum()) / total if total else 0.0


def cells_with_number(column: Column) -> int:
    """Cells of a column that are numbers."""
    return int(column.numbers["cells"].sum())


def quantile(column: Column, share: float) -> float:
    """The number that a share of a column's cells does not pass; 0 where it has no number."""
    return weighted_quantile(column.numbers["number"], column.numbers["cells"], share)


def weighted_quantile(numbers: pl.Series, cells: pl.Series, share: float) -> float:
    """The same of numbers that stand in so many cells each."""
    frame = pl.select(number=numbers, cells=cells).sort("number")
    if not frame.height:
        return 0.0
    reached = frame.filter(pl.col("cells").cum_sum() >= share * pl.col("cells").sum())
    return float(reached["number"][0])


_FOLDED = frozenset(folded(word) for word in MISSING_WORDS)
