"""Reliable change: who changed by more than measurement error, and who left the clinical range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis import change_inputs as inputs
from ipseval.analysis.change_rows import Book
from ipseval.analysis.kernels.reliable import METHODS, Population, cutoff
from ipseval.analysis.reliable_change_rows import Plan, binned, cross_table, reliable_rows
from ipseval.core.checks import require_level, require_option
from ipseval.core.errors import EstimationError
from ipseval.core.evidence import split_evidence
from ipseval.core.result import Method, Note, Result, Source, estimates_frame

KINDS = ("retest", "alpha", "not_stated")
REFERENCES = (
    "https://doi.org/10.1037/0022-006X.59.1.12",
    "https://doi.org/10.1037/0022-006X.60.3.402",
    "https://doi.org/10.1016/S0005-7967(99)00032-7",
)


@dataclass(frozen=True)
class Reliability:
    """How reliable a score is: `value` in (0, 1), `kind` "retest" (stable people) or "alpha", `source`."""

    value: float
    kind: str = "not_stated"
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse a value outside 0 to 1 and an unknown kind."""
        if not 0.0 < self.value < 1.0:
            raise EstimationError("reliability= must lie between 0 and 1, both left out.")
        require_option(self.kind, KINDS, argument="kind")


def reliable_change(
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
    reliability: float | Reliability,
    sd: float | None = None,
    better: str = "higher",
    cut: float | str | None = None,
    clinical: tuple[float, float] | None = None,
    functional: tuple[float, float] | None = None,
    methods: Sequence[str] = ("jacobson_truax",),
    mic: float | None = None,
    bin_width: float | None = None,
    level: float = 0.95,
) -> Result:
    """Count who improved or got worse by more than measurement error, and who recovered.

    Parameters
    ----------
    frame, before, after, outcomes, score, wave, waves, id, by
        As in `change`; all outcomes share the settings below, so call once per instrument.
    reliability
        A number or a `Reliability` with its kind: retest reliability of stable people is what the index asks
        for; alpha leaves day-to-day variation out and calls too many changes reliable.
    sd
        SD at start in points, from the literature; the SD of this sample at start when left out (noted).
    better
        "higher" or "lower".
    cut
        A score, or "a", "b", "c" (Jacobson and Truax) from `clinical` and `functional` (mean, SD).
        Exactly on the cut is neither clinical nor functional.
    methods
        Any of "jacobson_truax", "edwards_nunnally", "gulliksen_lord_novick", "hsu_linn_lord",
        "nunnally_kotsch", "hageman_arrindell" (critical value 1.65; the others by `level`, 1.96).
    mic
        Smallest change that matters, in points: adds the table of important by detectable change.
    bin_width
        Points per bin of the counts that stand for the scatter in a release.
    level
        Confidence level, between 0 and 1; also of the index.

    Returns
    -------
    Result
        `sem`, `mdc` (points) and `cut_score`; then per method (`estimand`) the shares `recovered` (clinical
        before, functional after, reliably better; only with a cut), `improved`, `unchanged`,
        `deteriorated` and `harmed` (of the deteriorated: from functional to clinical), Wilson intervals, and
        `expected_by_chance`, the share to be expected each way from error alone.
        Extras: `mic_by_mdc`, `binned` (counts by band before and after), `flow`.

    Raises
    ------
    EstimationError
        A reliability outside (0, 1), a criterion without its norms, unknown columns or methods.

    Notes
    -----
    Assumptions: error is the same at every score and on both occasions.  Missing data: complete pairs.
    Criterion b uses the SD of the functional population, as Jacobson and Truax define it.
    Checked against: the worked examples in tests/analysis_change/test_reliable_change.py (Jacobson and
    Truax 1991 and the published formulas).
    References: Jacobson and Truax 1991, Speer 1992, Hageman and Arrindell 1999 (DOIs in `method`).

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> scores = pd.DataFrame({"x_start": [32.5, 32.5, 40, 60], "x_end": [47.5, 52, 42, 44]})
    >>> result = ips.reliable_change(scores, before="x_start", after="x_end", sd=7.5, reliability=0.8,
    ...     cut="c", clinical=(40, 7.5), functional=(60, 7.5))
    >>> est = result.estimates.set_index("term")
    >>> est.loc[["recovered", "improved", "unchanged", "deteriorated"], "n_events"].tolist()
    [1, 1, 1, 1]
    """
    require_level(level)
    require_option(better, ("higher", "lower"), argument="better")
    for method in methods:
        require_option(method, METHODS, argument="methods")
    known = reliability if isinstance(reliability, Reliability) else Reliability(float(reliability))
    if sd is not None and not sd > 0:
        raise EstimationError("sd= must be a positive number of points.")
    if bin_width is not None and not bin_width > 0:
        raise EstimationError("bin_width= must be a positive number of points.")
    plan = Plan(known.value, sd, better, _cut(cut, better, clinical, functional), tuple(methods), mic)
    data = inputs.wide(
        frame, before=before, after=after, outcomes=outcomes, long=(score, wave, waves), id=id, by=by
    )
    found = inputs.pairs(data)
    book = Book(level, "wilcoxon", 0, 0)
    for pairs in found:
        reliable_rows(pairs, plan, book)
    notes = [*inputs.general_notes(data), *book.notes, *_notes(known, sd)]
    extras = {"flow": inputs.flow_by_outcome(found), "binned": binned(found, bin_width)}
    if mic is not None:
        extras["mic_by_mdc"] = cross_table(found, plan, level)
    sample = inputs.flow(data)
    return Result(
        kind="reliable_change",
        estimates=estimates_frame(book.rows),
        sample=sample,
        method=Method(
            estimator="reliable_change_estimator",
            interval="wilson",
            level=level,
            missing="complete_pairs",
            references=REFERENCES,
        ),
        base=inputs.base(sample),
        evidence=split_evidence(inputs.named(data), id, by, sample, inputs.columns_of(data)),
        notes=tuple(notes),
        extras=extras,
        source=Source.of(frame=frame),
    )


def _cut(
    cut: float | str | None,
    better: str,
    clinical: tuple[float, float] | None,
    functional: tuple[float, float] | None,
) -> float | None:
    if cut is None or not isinstance(cut, str):
        if cut is not None and not np.isfinite(cut):
            raise EstimationError("cut= must be a finite score, or one of 'a', 'b', 'c'.")
        return cut
    require_option(cut, ("a", "b", "c"), argument="cut")
    for argument, given in (("clinical", clinical), ("functional", functional)):
        if given is not None and not given[1] > 0:
            raise EstimationError(f"{argument}= must be (mean, sd) with a positive sd.")
    return cutoff(
        cut,
        better,
        None if clinical is None else Population(*clinical),
        None if functional is None else Population(*functional),
    )


def _notes(known: Reliability, sd: float | None) -> list[Note]:
    notes = [Note(f"reliability_{known.kind}", values={"value": known.value})]
    if sd is None:
        notes.append(Note("sd_from_this_sample"))
    return notes
