"""Change from before to after in scores: exact at n = 40, every interval and test named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis import change_inputs as inputs
from ipseval.analysis.change_effects import effect_rows
from ipseval.analysis.change_evidence import lines_of
from ipseval.analysis.change_rows import Book, Row, location_rows, rank_rows
from ipseval.analysis.change_target import Targets, targets_by_outcome
from ipseval.analysis.change_thresholds import threshold_rows
from ipseval.analysis.kernels.signed_rank import ZERO_RULES
from ipseval.core.checks import require_level, require_option
from ipseval.core.errors import EstimationError
from ipseval.core.evidence import split_evidence
from ipseval.core.result import Method, Note, Result, Source, estimates_frame

REFERENCES = (
    "https://doi.org/10.2307/3001968",
    "https://doi.org/10.1080/01621459.1959.10501526",
    "https://doi.org/10.1214/aoms/1177704172",
    "https://doi.org/10.1080/01621459.1987.10478410",
)


def change(
    frame: pd.DataFrame,
    *,
    before: inputs.Columns = None,
    after: inputs.Columns = None,
    outcomes: Mapping[str, tuple[str, str]] | None = None,
    score: str | Sequence[str] | None = None,
    wave: str | None = None,
    waves: Sequence[Any] | None = None,
    id: str | None = None,
    by: str | None = None,
    target: Targets = None,
    zeros: str = "wilcoxon",
    resamples: int = 9_999,
    seed: int = 20260101,
    level: float = 0.95,
) -> Result:
    """Tell how much scores changed from before to after, and how sure that is.

    Parameters
    ----------
    frame
        One row per person (`before`, `after` or `outcomes`), or one row per person and wave
        (`score`, `wave`, `id`).
    before, after
        A column each, lists of the same length, or mappings outcome -> column.
    outcomes
        Outcome -> (column before, column after).
    score, wave, waves
        Long data: score column(s), wave column, and the two waves in order of time.  `waves` may be left
        out where the wave is a number, a date or an ordered category with two values.
    id
        Person column; needed for long data.
    by
        Column that splits the persons into groups.
    target
        A `ChangeTarget` (or a mapping of its fields) for all outcomes, or outcome -> target: which way is
        better, important (`mic`) and detectable (`mdc`) change, equivalence `margin`, score `range`, and how
        people were screened in (`selection`); all in points of the scale.
    zeros
        What the signed-rank test does with persons without a change: "wilcoxon" drops them, "pratt"
        ranks them.
    resamples, seed
        Of the BCa bootstrap of d_av, d_rm and d_start.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        Per outcome and group, one row per term: `before`, `after` (means, t interval), `difference`
        (t interval and paired t p), `difference_bca`, `sd_before`, `sd_after`, `sd_difference`,
        `correlation`, `hodges_lehmann` (exact signed-rank p and the interval that inverts it), `risen`
        (share of those who changed; sign test with Clopper-Pearson), `permutation` (sign-flip p of the mean),
        and standardised changes `d_z` (the same as SRM; noncentral t), `d_av`, `d_rm`, `d_start` (BCa),
        each also corrected by Hedges as `g_...`.  With a target: `improved_mic` ... `worse_mdc`,
        `equivalence` (interval at level 2 * level - 1), `floor_before` ... `ceiling_after`,
        `expected_from_selection` and `difference_beyond_selection`.  Always after minus before.
        Extras: `flow` (pairs and halves per outcome), `adjusted` (p of each test by Holm and by
        Benjamini-Hochberg over the outcomes).

    Raises
    ------
    EstimationError
        Unknown columns, a person twice in a wave, infinite values, waves whose order in time is not told.

    Notes
    -----
    Assumptions: pairs are independent; t needs roughly normal differences or some 30 pairs; the signed-rank
    interval needs symmetric differences.  A limit of `hodges_lehmann` is the end of a closed set: under ties
    it may itself be just rejected.  Missing data: complete pairs per outcome; halves are counted in `flow`.
    A row carries a p only where its interval inverts that same test.
    Checked against: tests/oracles/change (R: t.test, exactRankTests, coin, binom.test, noncentral t by
    pt), full enumeration, and scipy.
    References: Wilcoxon 1945, https://doi.org/10.2307/3001968; Pratt 1959,
    https://doi.org/10.1080/01621459.1959.10501526; Hodges and Lehmann 1963,
    https://doi.org/10.1214/aoms/1177704172; Efron 1987, https://doi.org/10.1080/01621459.1987.10478410.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> scores = pd.DataFrame({"who5_start": [20, 36, 44, 52, 28, 60], "who5_end": [36, 40, 44, 68, 52, 56]})
    >>> result = ips.change(scores, before="who5_start", after="who5_end")
    >>> est = result.estimates.set_index("term")
    >>> round(float(est.loc["difference", "estimate"]), 2), float(est.loc["hodges_lehmann", "p_value"])
    (9.33, 0.1875)
    """
    require_level(level)
    require_option(zeros, ZERO_RULES, argument="zeros")
    if resamples < 99:
        raise EstimationError(f"resamples={resamples} is too few for an interval: give 99 or more.")
    data = inputs.wide(
        frame, before=before, after=after, outcomes=outcomes, long=(score, wave, waves), id=id, by=by
    )
    targets = targets_by_outcome(target, list(data.outcomes))
    found = inputs.pairs(data)
    book = Book(level, zeros, resamples, seed)
    for pairs in found:
        location_rows(pairs, book)
        rank_rows(pairs, book)
        effect_rows(pairs, book)
        if pairs.outcome in targets:
            threshold_rows(pairs, targets[pairs.outcome], book)
    notes = [*inputs.general_notes(data), *book.notes]
    if any(name not in targets or targets[name].selection is None for name in data.outcomes):
        notes.append(Note("no_comparison_group"))
    sample = inputs.flow(data)
    return Result(
        kind="change",
        estimates=estimates_frame(book.rows),
        sample=sample,
        method=Method(
            estimator="change_estimator",
            estimand="change_estimand",
            interval="change_interval",
            level=level,
            test=f"change_test_{zeros}",
            missing="complete_pairs",
            seed=seed,
            references=REFERENCES,
        ),
        base=inputs.base(sample),
        evidence=replace(
            split_evidence(inputs.named(data), id, by, sample, inputs.columns_of(data)),
            lines=lines_of(book.rows, found),
        ),
        notes=tuple(notes),
        extras={"flow": inputs.flow_by_outcome(found), "adjusted": adjusted(book.rows)},
        source=Source.of(frame=frame),
    )


def adjusted(rows: Sequence[Row], terms: Sequence[str] = ()) -> pd.DataFrame:
    """Adjust the p of each test over the outcomes of a group: Holm and Benjamini-Hochberg."""
    tests = tuple(terms) or ("difference", "hodges_lehmann", "risen", "permutation")
    columns = ["term", "group", "outcome", "p_value", "p_holm", "p_bh", "family_size"]
    made = []
    for term in tests:
        for group in dict.fromkeys(row["group"] for row in rows):
            family = [
                r for r in rows if r["term"] == term and r["group"] == group and r.get("p_value") is not None
            ]
            p = np.array([r["p_value"] for r in family], dtype=float)
            for row, raw, h, b in zip(family, p, holm(p), benjamini_hochberg(p), strict=True):
                made.append((term, group, row["outcome"], raw, h, b, len(p)))
    return pd.DataFrame(made, columns=columns)


def holm(p: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Adjust p-values by Holm (1979): family-wise error."""
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    result = np.empty(len(p))
    result[order] = np.minimum(steps, 1.0)
    return result


def benjamini_hochberg(
    p: np.ndarray[Any, np.dtype[np.float64]],
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Adjust p-values by Benjamini and Hochberg (1995): false discovery rate."""
    order = np.argsort(-p, kind="stable")
    steps = np.minimum.accumulate(p[order] * len(p) / np.arange(len(p), 0, -1))
    result = np.empty(len(p))
    result[order] = np.minimum(steps, 1.0)
    return result
