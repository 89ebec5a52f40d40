"""Hours, weeks and other counts with many zeros: how many people had any, and how much they had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects import gate
from ipseval.analysis.effects.comparison import Comparison, attainable_of, comparison_of, fields, gap, judged
from ipseval.analysis.effects.design import Design
from ipseval.analysis.effects.evidence import Compared
from ipseval.analysis.effects.evidence_parts import arm_column, count_evidence
from ipseval.analysis.kernels import arms as kernel
from ipseval.analysis.kernels.cluster import Contrast
from ipseval.core.checks import require_level, require_option
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame

Array = NDArray[np.float64]
LEAST_UNITS = 20
"""Below so many units (persons, pairs or municipalities) in an arm no interval of a quantile is shown."""
REFERENCES = (
    "https://doi.org/10.1002/(SICI)1521-4036(200001)42:1<17::AID-BIMJ17>3.0.CO;2-U",
    "https://doi.org/10.1037/0033-2909.114.3.494",
    "https://doi.org/10.1016/j.jhealeco.2004.07.001",
)


@dataclass
class Book:
    """Rows and notes as they are written; `refusal` is set where the gate lets no error through."""

    c: Comparison
    outcome: str
    level: float
    question: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    chosen: str = ""

    def add(self, row: dict[str, Any], value: float, found: Contrast, *, log: bool = False) -> None:
        """Write a row with its error, or refuse it; with `log` the contrast is of the logarithm."""
        verdict, said = judged(self.c, found, self.question, self.level)
        if not verdict.chosen:
            self.notes.append(Note(verdict.reason, row=len(self.rows), values=said))
            self.rows.append(row | {"status": "refused"})
            return
        if not self.chosen:
            self.chosen = verdict.chosen
            self.notes.append(Note(verdict.reason, values=said | {"procedure": verdict.chosen}))
        made = fields(float(np.log(value)) if log else value, found, self.level)
        if log:
            made |= {k: float(np.exp(made[k])) for k in ("ci_low", "ci_high") if k in made}
        self.rows.append(row | made | {"estimate": value})


def count_effect(
    source: pd.DataFrame | Design,
    *,
    outcome: str,
    treatment: str | None = None,
    cluster: str | None = None,
    question: str = "taking_part",
    quantiles: Sequence[float] = (0.5, 0.75, 0.9),
    data: pd.DataFrame | None = None,
    id: str | None = None,
    level: float = 0.95,
    resamples: int = 1_999,
    seed: int = 20260101,
) -> Result:
    """Estimate the effect on hours, weeks or another count that many people have none of.

    Parameters
    ----------
    source
        A frame, or a design from `ips.match` or `ips.weight` (then `data` and `id` join the outcome).
    outcome
        Number, 0 or more (hours, weeks, kroner).
    treatment, cluster, question, data, id
        As for `ips.effect`.
    quantiles
        Shares, above 0 and below 1.
    level
        Confidence level, between 0 and 1.
    resamples, seed
        Draws for the quantiles' intervals, 199 or more, and their seed.

    Returns
    -------
    Result
        Levels by arm (`group`) without intervals: `share_any`, `mean_all`, `mean_if_any`.  Effects, treated
        minus control: `share_any`, `mean_all`, `mean_ratio`, the two parts of `mean_all`, which add up to it
        (`part_share`: more people with any; `part_amount`: more among those with any), `mean_if_any`
        (descriptive: having any comes after treatment), `success_rate_difference` (chance that a treated
        person has more than a control minus the chance of the reverse; Cliff's delta) and
        `quantile_0.5` and so on (bootstrap interval, no p).
        Extras: `attainable`, as of `ips.effect`.

    Raises
    ------
    DesignError
        One arm only, a design that uses controls more than once, quantiles outside 0 to 1.
    EstimationError
        Unknown columns, values below 0, or nobody with more than 0.

    Notes
    -----
    Assumptions: given the design the arms differ by treatment alone; units are independent; weights of a
    design are taken as known.  Intervals are HC2 or CR2 with Satterthwaite's degrees of freedom for every
    smooth quantity, by its linear part; quantiles resample whole units (persons, pairs, municipalities).
    With few treated municipalities use `ips.effect` for shares and means, whose gate has more procedures.
    Missing data: complete rows; who is left out is counted and told.
    Checked against: tests/analysis_effects/test_counts.py (`ips.effect`, scipy's Brunner-Munzel test, every
    pair compared, the jackknife).
    References: Brunner and Munzel 2000,
    https://doi.org/10.1002/(SICI)1521-4036(200001)42:1<17::AID-BIMJ17>3.0.CO;2-U; Cliff 1993,
    https://doi.org/10.1037/0033-2909.114.3.494; Buntin and Zaslavsky 2004,
    https://doi.org/10.1016/j.jhealeco.2004.07.001.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> people = pd.DataFrame({"ips": [1, 1, 1, 1, 0, 0, 0, 0], "weeks": [0, 12, 30, 8, 0, 0, 20, 4]})
    >>> est = ips.count_effect(people, outcome="weeks", treatment="ips", quantiles=[]).estimates
    >>> round(float(est.set_index("term").loc["success_rate_difference", "estimate"]), 3)
    0.375
    """
    require_level(level)
    require_option(question, gate.QUESTIONS, argument="question")
    shares = tuple(float(q) for q in quantiles)
    if any(not 0.0 < q < 1.0 for q in shares):
        raise DesignError("quantiles= must be above 0 and below 1, such as 0.5 for the median.")
    if resamples < 199:
        raise EstimationError("resamples= must be 199 or more.")
    c = comparison_of(source, outcome=outcome, treatment=treatment, cluster=cluster, data=data, id=id)
    below = int((c.y < 0).sum())
    if below or not (c.y > 0).any():
        raise EstimationError(
            f"outcome={outcome!r} is below 0 in {below} row(s) and above 0 in {int((c.y > 0).sum())}; a "
            "count is 0 or more, and somebody must have some."
        )
    book = Book(c, outcome, level, question)
    _mean_rows(book)
    high = kernel.placements(c.y, c.d, c.weights)
    twice = gap(c, high)
    row = {"term": "success_rate_difference", "scale": "cliffs_delta"}
    book.add(row, twice.estimate / 2.0, Contrast(twice.estimate / 2.0, twice.std_error, twice.df))
    for end, limit in (("ci_low", -1.0), ("ci_high", 1.0)):
        if end in book.rows[-1]:
            # Beyond -1 and 1 there is nothing; cutting there changes no test.
            book.rows[-1][end] = (
                max(limit, book.rows[-1][end]) if limit < 0 else min(limit, book.rows[-1][end])
            )
    if shares:
        _quantile_rows(book, shares, resamples, seed)
    for one in book.rows:
        one |= {"outcome": outcome, "estimand": one.get("estimand", c.estimand)}
        if not one.get("group"):
            one |= {"contrast": one.get("contrast", "treated - control"), "n": c.count()}
    result = _result(book, gap(c, c.y), seed if shares else None)
    return replace(result, evidence=count_evidence(_compared(source, c, outcome, treatment, id), result))


def _compared(
    source: pd.DataFrame | Design, c: Comparison, outcome: str, treatment: str | None, id: str | None
) -> Compared:
    """The people in the frame that the outcome is in."""
    if not isinstance(source, Design):
        return Compared(c.frame, id, c.rows, c.y, c.d, outcome, str(treatment), (outcome,), weights=c.weights)
    arm = arm_column(c.frame, c.rows, c.d, source.treatment)
    own = id or (source.id if source.id in c.frame.columns else "") or None
    return Compared(
        c.frame, own, c.rows, c.y, c.d, outcome, source.treatment, (outcome,), arm=arm, chosen=True,
        weights=c.weights,
    )  # fmt: skip


def _result(book: Book, whole: Contrast, seed: int | None) -> Result:
    c = book.c
    return Result(
        kind="count_effect",
        estimates=estimates_frame(book.rows),
        sample=c.sample,
        method=Method(
            "count_effect_estimator", c.population, f"interval_{book.chosen}" if book.chosen else "",
            book.level, f"test_{book.chosen}" if book.chosen else "", "complete_cases", seed, REFERENCES,
        ),
        base=Base("in_frame", c.total),
        notes=(*c.notes, *book.notes, Note(f"question_{book.question}")),
        extras={"attainable": attainable_of(c, whole, book.question, book.level)},
        source=Source.of(frame=c.frame),
    )  # fmt: skip


def _mean_rows(book: Book) -> None:
    c = book.c
    any_ = (c.y > 0).astype(float)
    share, mean = (
        {a: float(np.average(v[c.d == a], weights=c.weights[c.d == a])) for a in (1.0, 0.0)}
        for v in (any_, c.y)
    )
    amount = {a: mean[a] / share[a] if share[a] > 0 else float("nan") for a in share}
    for arm, word in ((1.0, "treated"), (0.0, "control")):
        levels = {"share_any": share[arm], "mean_all": mean[arm], "mean_if_any": amount[arm]}
        for term, value in levels.items():
            row = {"term": term, "group": word, "estimate": value, "n": c.count(int(arm))}
            book.rows.append(row | {"scale": "weighted_share" if term == "share_any" else "mean"})
    if not all(np.isfinite(list(amount.values()))):
        empty = "treated" if share[1.0] == 0 else "control"
        book.add({"term": "share_any", "scale": "risk_difference"}, share[1.0] - share[0.0], gap(c, any_))
        book.add({"term": "mean_all", "scale": "difference"}, mean[1.0] - mean[0.0], gap(c, c.y))
        for term in ("mean_ratio", "part_share", "part_amount", "mean_if_any"):
            book.notes.append(Note("count_nobody", row=len(book.rows), values={"arm": empty}))
            book.rows.append({"term": term, "status": "refused"})
        return

    def smooth(on_share: tuple[float, float], on_mean: tuple[float, float]) -> Contrast:
        """Error of a smooth function by its slopes on the arms' shares and means (treated, control)."""
        up = on_share[0] * any_ + on_mean[0] * c.y
        return gap(c, np.where(c.d == 1.0, up, -on_share[1] * any_ - on_mean[1] * c.y))

    p1, p0, m1, m0, a1, a0 = share[1.0], share[0.0], mean[1.0], mean[0.0], amount[1.0], amount[0.0]
    middle_share, middle_amount = (p1 + p0) / 2.0, (a1 + a0) / 2.0
    book.add({"term": "share_any", "scale": "risk_difference"}, p1 - p0, smooth((1.0, -1.0), (0.0, 0.0)))
    book.add({"term": "mean_all", "scale": "difference"}, m1 - m0, smooth((0.0, 0.0), (1.0, -1.0)))
    book.add(
        {"term": "mean_ratio", "scale": "mean_ratio", "contrast": "treated / control"}, m1 / m0,
        smooth((0.0, 0.0), (1.0 / m1, -1.0 / m0)), log=True,
    )  # fmt: skip
    # Amount among those with any is mean / share: its slopes are -amount / share and 1 / share.
    half = (p1 - p0) / 2.0
    book.add(
        {"term": "part_share", "scale": "difference"}, (p1 - p0) * middle_amount,
        smooth((middle_amount - half * a1 / p1, -middle_amount - half * a0 / p0), (half / p1, half / p0)),
    )  # fmt: skip
    gap_, up1, up0 = (a1 - a0) / 2.0, middle_share / p1, middle_share / p0
    book.add(
        {"term": "part_amount", "scale": "difference"}, (a1 - a0) * middle_share,
        smooth((gap_ - middle_share * a1 / p1, gap_ + middle_share * a0 / p0), (up1, -up0)),
    )  # fmt: skip
    book.add(
        {"term": "mean_if_any", "scale": "difference", "estimand": "descriptive"}, a1 - a0,
        smooth((-a1 / p1, a0 / p0), (1.0 / p1, -1.0 / p0)),
    )  # fmt: skip
    book.notes.append(Note("count_after_treatment", row=len(book.rows) - 1))


def _quantile_rows(book: Book, shares: tuple[float, ...], resamples: int, seed: int) -> None:
    c = book.c
    units = np.asarray(pd.factorize(c.units)[0], dtype=np.intp)
    found = kernel.resampled_quantiles(c.y, c.d, c.weights, units, shares, resamples, seed)
    gaps = found.estimate[0] - found.estimate[1]
    drawn = found.resampled[:, 0] - found.resampled[:, 1]
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    fewest = min(len(np.unique(units[c.d == a])) for a in (1.0, 0.0))
    refused = book.question == "offer" or fewest < LEAST_UNITS
    tail = (1.0 - book.level) / 2.0
    for j, q in enumerate(shares):
        row: dict[str, Any] = {
            "term": f"quantile_{q:g}", "scale": "difference", "estimate": float(gaps[j]),
        }  # fmt: skip
        if refused:
            values = {"n": fewest, "least": LEAST_UNITS}
            book.notes.append(Note("count_quantile_few", row=len(book.rows), values=values))
            row["status"] = "flagged"
        else:
            low, high = np.quantile(drawn[:, j], [tail, 1.0 - tail], method="inverted_cdf")
            row |= {"ci_low": float(low), "ci_high": float(high), "conf_level": book.level}
        book.rows.append(row)
    if not refused:
        book.notes.append(Note("count_quantile", values={"n": len(drawn)}))
