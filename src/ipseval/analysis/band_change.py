"""Change in bands and other categories: who moved where, and whether the picture shifted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis import change_inputs as inputs
from ipseval.analysis import describe_inputs as answers
from ipseval.analysis.band_change_rows import Moves, move_rows
from ipseval.analysis.change_rows import Book
from ipseval.core.checks import require_level
from ipseval.core.errors import EstimationError
from ipseval.core.evidence import split_evidence
from ipseval.core.labels import code_text
from ipseval.core.result import Method, Result, Source, estimates_frame

REFERENCES = (
    "https://doi.org/10.1002/(sici)1097-0258(19981130)17:22<2635::aid-sim954>3.0.co;2-c",
    "https://doi.org/10.1002/(sici)1097-0258(19980430)17:8<891::aid-sim780>3.0.co;2-b",
    "https://doi.org/10.1093/biomet/42.3-4.412",
    "https://doi.org/10.1080/01621459.1948.10483284",
)


def band_change(
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
    levels: Mapping[str, Sequence[Any]] | Sequence[Any] | None = None,
    ordered: bool = True,
    seed: int = 20260101,
    level: float = 0.95,
) -> Result:
    """Tell who moved from which band to which, and whether the bands became more or less common.

    Parameters
    ----------
    frame, before, after, outcomes, score, wave, waves, id, by
        As in `change`; the columns hold codes.
    levels
        The codes in order, for all outcomes or outcome -> codes.  Without them a category dtype's order is
        taken, else the sorted codes of both waves together.
    ordered
        Whether the order of the codes has a meaning; adds moves up and down and the ordinal tests.
    seed
        Of the draws that replace enumeration where it would be too long.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        Per outcome, group and code: share before and after (`estimand`, Wilson), their `difference` with
        Newcombe's and with Tango's interval (the latter carries the score p it inverts).  Two codes add
        `mcnemar_exact`, `mcnemar_mid_p` and the paired odds ratio (gained over lost).  All add
        `stuart_maxwell` and `bowker` with exact p and, named `..._chi2`, the large-sample p.  Ordered codes
        add `moved_up`, `stayed`, `moved_down`, `ordinal_permutation` (exact p of the mean step) and
        `ordinal_odds_ratio` (shift in proportional odds within persons).
        Extras: `transition` (before, after, n) and `flow`.

    Raises
    ------
    EstimationError
        Unknown columns, codes outside declared levels, a person twice in a wave.

    Notes
    -----
    Assumptions: pairs are independent.  Missing data: complete pairs, halves counted in `flow`.  No cell
    is ever "corrected"; an odds ratio with an empty cell is 0 or infinite and flagged.
    Checked against: tests/oracles/band_change (R: mcnemar.exact by binom.test, coin's mh_test, mcnemar.test
    for Bowker), full enumeration, Newcombe's and Tango's worked examples.
    References: Newcombe 1998, Tango 1998, Stuart 1955, Bowker 1948, Agresti and Lang 1993 (DOIs in `method`).

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> risk = pd.DataFrame({"risk_start": [1, 1, 1, 1, 1, 0, 0, 0], "risk_end": [0, 0, 0, 0, 1, 0, 0, 1]})
    >>> result = ips.band_change(risk, before="risk_start", after="risk_end", levels=[0, 1])
    >>> est = result.estimates.set_index("term")
    >>> float(est.loc["mcnemar_exact", "p_value"])
    0.375
    """
    require_level(level)
    data = inputs.wide(
        frame, before=before, after=after, outcomes=outcomes, long=(score, wave, waves), id=id, by=by
    )
    book = Book(level, "wilcoxon", 0, seed)
    moves = _moves(data, levels)
    for found in moves:
        move_rows(found, book, ordered=ordered)
    sample = inputs.flow(data)
    return Result(
        kind="band_change",
        estimates=estimates_frame(book.rows),
        sample=sample,
        method=Method(
            estimator="band_change_estimator",
            interval="band_change_interval",
            level=level,
            test="band_change_test",
            missing="complete_pairs",
            seed=seed,
            references=REFERENCES,
        ),
        base=inputs.base(sample),
        evidence=split_evidence(inputs.named(data), id, by, sample, inputs.columns_of(data)),
        notes=(*inputs.general_notes(data), *book.notes),
        extras={"transition": _transitions(moves), "flow": _flow(moves)},
        source=Source.of(frame=frame),
    )


def _moves(data: inputs.Wide, levels: Mapping[str, Sequence[Any]] | Sequence[Any] | None) -> list[Moves]:
    found = []
    groups = answers.group_masks(data.frame, data.by, {})
    for outcome, (before, after) in data.outcomes.items():
        x, y = data.frame[before], data.frame[after]
        codes = _codes(x, y, outcome, levels)
        first, last = (answers.as_text(column) for column in (x, y))
        for group, mask in groups:
            here = mask.fillna(False).astype(bool)
            both = here & first.notna() & last.notna()
            place = {code: position for position, code in enumerate(codes)}
            n, start, end = (
                int(both.sum()),
                int((here & first.notna()).sum()),
                int((here & last.notna()).sum()),
            )
            counts = (n, start - n, end - n, int(here.sum()) - start - end + n)
            pair = [np.array([place[c] for c in column[both]], dtype=np.int64) for column in (first, last)]
            found.append(Moves(outcome, group, tuple(codes), pair[0], pair[1], counts))
    return found


def _codes(
    x: pd.Series, y: pd.Series, outcome: str, levels: Mapping[str, Sequence[Any]] | Sequence[Any] | None
) -> list[str]:
    declared = levels.get(outcome) if isinstance(levels, Mapping) else levels
    if declared is not None:
        for column in (x, y):
            answers.level_texts(column, outcome, {outcome: declared})
        codes = [code_text(code) for code in declared]
    elif isinstance(x.dtype, pd.CategoricalDtype) and x.dtype == y.dtype:
        codes = [code_text(code) for code in x.cat.categories]
    else:
        # A category may occur in one wave only, so the waves are read together.
        codes = answers.level_texts(pd.concat([x, y]).astype(object), outcome, {})
    # One category is enough: everybody stayed in it, and the rows of the tests say that nobody moved.
    if not codes:
        raise EstimationError(
            f"outcome {outcome!r} has no answer in either wave: leave it out, or declare its codes."
        )
    return codes


def _transitions(moves: Sequence[Moves]) -> pd.DataFrame:
    rows = []
    for found in moves:
        for i, first in enumerate(found.codes):
            for j, last in enumerate(found.codes):
                rows.append((found.outcome, found.group, first, last, int(found.table[i, j])))
    return pd.DataFrame(rows, columns=["outcome", "group", "before", "after", "n"])


def _flow(moves: Sequence[Moves]) -> pd.DataFrame:
    names = ["outcome", "group", "n_both", "n_before_only", "n_after_only", "n_neither"]
    return pd.DataFrame([(m.outcome, m.group, *m.flow) for m in moves], columns=names)
