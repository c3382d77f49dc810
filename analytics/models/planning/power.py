"""Power by simulation: how often a study of a design would find what is there, with the engine of the house.

Each imagined study is fitted once, as if nothing were there. That suffices for every size of the true
difference: adding it to the outcome moves an estimate by just so much and leaves its error, and by restricted
likelihood the variances, as they are (Harville 1974, Biometrika 61: 383). Counting rejections is then taken
one step further: given what the variances are estimated from, the estimate at the true variances is still
normal with known variance (the two are independent: Kackar and Harville 1984, J Am Stat Assoc 79: 853), so
that each study adds its chance of being significant,
not a 0 or 1 (Rao and Blackwell). The mean of these chances is the power, with less noise.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from scipy import stats

from analytics.models.inference import contrast_table
from analytics.models.mixed import Random, fit_mixed
from analytics.models.planning.designs import Assumptions
from analytics.models.planning.imagined import FORMULA, contrasts, frame_of, imagine, known_variances
from analytics.vocabulary.errors import InputError

SIZE = ["clinics", "patients", "weeks"]
LEVELS = (Random("clinic", slope="log_week"), Random("patient", slope="log_week"))
EXPECTED_DRAWS = 3  # studies whose adherence and dropout the formula is averaged over
FAR = 8.0  # standard errors, beyond which the noncentral t loses digits and its power is 1 in all of them
WANTED = 0.8  # the usual power (Cohen 1988)
# Of a study: how far its estimate is from that at the true variances, and what that one varies by.
DRAW = {
    "contrast": pl.String, "se": pl.Float64, "df": pl.Float64, "off": pl.Float64, "spread": pl.Float64,
    "singular": pl.Boolean,
}  # fmt: skip


def study_power(
    assumptions: Assumptions, designs: pl.DataFrame, *, replications: int = 200, seed: int = 1
) -> pl.DataFrame:
    """One row is one design and comparison: the chance that its 95 % interval leaves out 0.

    `contrast`: adherence_between (patients of 90 % of the plan against 50 %), adherence_within (the same
    patient's weeks), arm (clinics drawn for one of two ways to treat), in the last week. `power` with
    `power_low` to `power_high`, the 95 % Monte Carlo interval, narrower with more `replications` (four times
    as many halve it); `type_one`: the same where nothing is there, 0.05 if honest; `coverage`: of the 95 %
    interval; `se`: root mean square; `detectable`: the difference found with power 0.8, NPRS points;
    `singular`: share of studies with a variance estimated as zero; `failed`: of studies that could not be
    fitted. `power_expected`, `se_expected`: the formula (see `expected_power`), which must agree.

    >>> from analytics.models.planning.designs import study_designs
    >>> design = study_designs(clinics=6, patients=10, weeks=4, effect=2.0)
    >>> study_power(Assumptions(), design, replications=4)["power"].round(1).to_list()
    [1.0, 1.0, 0.9]
    """
    if replications < 2:
        raise InputError("Power by simulation needs at least two replications.")
    expected = expected_power(assumptions, designs, seed=seed)
    sizes = designs.select(SIZE).unique(maintain_order=True).to_dicts()
    told = [_simulated(assumptions, size, replications, seed=seed) for size in sizes]
    joined = designs.join(pl.concat(told), on=SIZE, how="left", maintain_order="left")
    found = _summed(_chances(joined)).join(expected, on=[*SIZE, "effect", "contrast"], maintain_order="left")
    return found.with_columns(replications=pl.lit(replications, dtype=pl.Int64))


def expected_power(assumptions: Assumptions, designs: pl.DataFrame, *, seed: int = 1) -> pl.DataFrame:
    """One row is one design and comparison: power by formula, for variances taken as known.

    `se_expected`: from generalised least squares at the assumed variances. The power is of a noncentral t
    with as many df as what is compared has units less what is estimated of them: clinics less 2 for the arm,
    patients less clinics less 1 between patients, rated weeks less three a patient within. No fit, so quick:
    a first look, and a check on the simulation.

    >>> from analytics.models.planning.designs import study_designs
    >>> designs = study_designs(clinics=[6, 60], patients=20, effect=0.5)
    >>> expected_power(Assumptions(), designs).filter(contrast="arm")["power_expected"].round(1).to_list()
    [0.1, 0.9]
    """
    sizes = designs.select(SIZE).unique(maintain_order=True).to_dicts()
    rows = [row for size in sizes for row in _by_formula(assumptions, size, seed=seed)]
    joined = designs.join(pl.DataFrame(rows), on=SIZE, how="left", maintain_order="left")
    df, beyond = joined["df_expected"].to_numpy(), (joined["effect"] / joined["se_expected"]).to_numpy()
    end = stats.t.ppf(0.975, df)
    with np.errstate(all="ignore"):
        power = stats.nct.sf(end, df, beyond) + stats.nct.cdf(-end, df, beyond)
    power = np.where(beyond < FAR, power, stats.norm.sf(end - beyond))
    return joined.with_columns(power_expected=pl.Series(power, dtype=pl.Float64)).fill_nan(None)


def _by_formula(
    assumptions: Assumptions, size: dict[str, int], *, seed: int
) -> Iterator[dict[str, int | float | str]]:
    studies = [imagine(size, assumptions, _rng(seed, size, -1 - at)) for at in range(EXPECTED_DRAWS)]
    variance = np.mean([known_variances(study, assumptions)[1] for study in studies], axis=0)
    seen = float(np.mean([study.seen.sum() for study in studies]))
    everyone = size["clinics"] * size["patients"]
    df = {
        "adherence_between": everyone - size["clinics"] - 1.0,
        "adherence_within": max(seen - 3 * everyone, 1.0),
        "arm": max(size["clinics"] - 2.0, 1.0),
    }
    for name, one in zip(contrasts(size["weeks"]), variance, strict=True):
        yield {**size, "contrast": name, "se_expected": float(np.sqrt(one)), "df_expected": df[name]}


def _rng(seed: int, size: dict[str, int], replication: int) -> np.random.Generator:
    """A design's own stream: its numbers are the same whatever else is asked for."""
    return np.random.default_rng([seed, *(size[name] for name in SIZE), replication % 2**32])


def _simulated(
    assumptions: Assumptions, size: dict[str, int], replications: int, *, seed: int
) -> pl.DataFrame:
    """One row is one comparison of one imagined study."""
    tried = (_one(assumptions, size, _rng(seed, size, at)) for at in range(replications))
    found = [one for one in tried if one is not None]
    names = list(contrasts(size["weeks"]))
    empty = pl.DataFrame(
        {"contrast": names} | {name: [None] * len(names) for name in DRAW if name != "contrast"}, schema=DRAW
    )
    return pl.concat(found or [empty]).with_columns(
        *(pl.lit(value, dtype=pl.Int64).alias(name) for name, value in size.items()),
        failed=pl.lit(1 - len(found) / replications),
    )


def _one(assumptions: Assumptions, size: dict[str, int], rng: np.random.Generator) -> pl.DataFrame | None:
    """One row is one comparison of one imagined study; none where it could not be fitted."""
    study = imagine(size, assumptions, rng)
    try:
        fit = fit_mixed(frame_of(study), FORMULA, random=LEVELS)
        told = contrast_table(fit, contrasts(size["weeks"]))
    except InputError:
        return None
    if not fit.overall["converged"].item():
        return None
    estimate, variance = known_variances(study, assumptions)
    return told.select(
        "contrast", "se", "df",
        off=pl.col("estimate") - pl.Series(estimate),
        spread=pl.Series(np.sqrt(variance)),
        singular=pl.lit(fit.overall["singular"].item()),
    )  # fmt: skip


def _chances(draws: pl.DataFrame) -> pl.DataFrame:
    """The chance of each study, given its variances, to find the effect, and to find one where none is."""
    off, spread, se = (draws[name].cast(pl.Float64).to_numpy() for name in ("off", "spread", "se"))
    end = stats.t.ppf(0.975, draws["df"].cast(pl.Float64).to_numpy()) * se

    def beyond(effect: np.ndarray | float) -> pl.Series:
        middle = off + effect
        chance = stats.norm.sf((end - middle) / spread) + stats.norm.cdf((-end - middle) / spread)
        return pl.Series(chance, dtype=pl.Float64).fill_nan(None)

    return draws.with_columns(chance=beyond(draws["effect"].to_numpy()), false=beyond(0.0))


def _summed(draws: pl.DataFrame) -> pl.DataFrame:
    """One row is one design and comparison: means over the studies, with their Monte Carlo intervals."""
    keys, said = [*SIZE, "effect", "contrast"], {"power": "chance", "type_one": "false"}
    count = pl.col("chance").count()
    found = draws.group_by(keys, maintain_order=True).agg(
        *(pl.col(column).mean().alias(name) for name, column in said.items()),
        *((pl.col(column).std() / count.sqrt()).alias(f"{name}_error") for name, column in said.items()),
        counted=count, se=(pl.col("se") ** 2).mean().sqrt(), df=pl.col("df").median(),
        singular=pl.col("singular").mean(), failed=pl.col("failed").first(),
    )  # fmt: skip
    t = pl.Series(stats.t.ppf(0.975, np.maximum(found["counted"].to_numpy() - 1, 1)))
    df = found["df"].cast(pl.Float64).to_numpy()
    both = pl.Series(stats.t.ppf(0.975, df) + stats.t.ppf(WANTED, df)).fill_nan(None)
    ends = {
        f"{name}_{end}": (pl.col(name) + sign * t * pl.col(f"{name}_error")).clip(0, 1)
        for name in said
        for end, sign in (("low", -1), ("high", 1))
    }
    told = [column for name in said for column in (name, f"{name}_low", f"{name}_high")]
    more = {"coverage": 1 - pl.col("type_one"), "detectable": pl.col("se") * both}
    return found.with_columns(**ends, **more).select(
        *keys, *told, "coverage", "se", "df", "detectable", "singular", "failed"
    )
