"""Two arms and a yes/no outcome, from four numbers: what a paper prints can be recomputed row by row."""

from __future__ import annotations

from typing import Any

import numpy as np

from ipseval.analysis.kernels import two_by_two as kernel
from ipseval.analysis.kernels.shares import newcombe_independent, wilson
from ipseval.core.checks import require_level
from ipseval.core.errors import EstimationError
from ipseval.core.result import Base, Method, Note, Result, estimates_frame, sample_frame

Row = dict[str, Any]
REFERENCES = (
    "https://doi.org/10.1002/sim.4780040211",
    "https://doi.org/10.1002/(sici)1097-0258(19980430)17:8<873::aid-sim779>3.0.co;2-i",
    "https://doi.org/10.1038/156177a0",
)
CONTRAST = "first - second"


def two_by_two(a: int, n1: int, c: int, n2: int, *, outcome: str = "", level: float = 0.95) -> Result:
    """Compare two shares from counts alone: `a` of `n1` against `c` of `n2`.

    Parameters
    ----------
    a, n1
        Persons with the event, and persons in all, in the first arm (such as IPS).
    c, n2
        The same in the second arm (such as usual services).
    outcome
        What the event is called.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        One row per term, always first arm against second: `first`, `second` (shares, Wilson's interval),
        `wald`, `newcombe`, `miettinen_nurminen` (risk difference), `risk_ratio`, `odds_ratio` (Woolf),
        `odds_ratio_exact` (conditional, central limits), `chi_square`, `chi_square_yates`, `fisher`,
        `barnard` (tests without an interval), `cohen_h` and `number_needed` (to treat for one more
        event; its limits are those of the Wald difference turned over, and left out where that holds 0).

    Raises
    ------
    EstimationError
        Counts that are not whole numbers, are negative or exceed their arm.

    Notes
    -----
    Assumptions: persons are independent and the arms are two samples.  Missing data: none here; what the
    counts leave out cannot be told.  A p stands only on the row whose interval inverts that same test: the
    Newcombe interval inverts none and has none, and tests without an interval stand on rows of their own.
    An empty cell makes a ratio infinite: those rows are refused, the exact one remains.
    Checked against: tests/oracles/two_by_two (R: fisher.test, chisq.test, epiR, constrained likelihood by
    optimize), Newcombe's 1998 tables, scipy's Barnard test, and eight published IPS trials.
    References: Miettinen and Nurminen 1985, https://doi.org/10.1002/sim.4780040211; Newcombe 1998,
    https://doi.org/10.1002/(sici)1097-0258(19980430)17:8<873::aid-sim779>3.0.co;2-i; Barnard 1945,
    https://doi.org/10.1038/156177a0.

    Examples
    --------
    >>> import ipseval as ips
    >>> result = ips.two_by_two(40, 49, 25, 60)
    >>> est = result.estimates.set_index("term")
    >>> round(float(est.loc["wald", "estimate"]), 3), round(float(est.loc["chi_square", "statistic"]), 1)
    (0.4, 17.9)
    """
    require_level(level)
    a, n1, c, n2 = _counts(a, n1, c, n2)
    rows: list[Row] = []
    notes: list[Note] = []
    _share_rows(rows, (a, n1, c, n2), level)
    _difference_rows(rows, notes, (a, n1, c, n2), level)
    _ratio_rows(rows, notes, (a, n1, c, n2), level)
    _test_rows(rows, notes, (a, n1, c, n2))
    _size_rows(rows, notes, (a, n1, c, n2), level)
    for row in rows:
        row["outcome"] = outcome
    return Result(
        kind="two_by_two",
        estimates=estimates_frame(rows),
        sample=sample_frame(
            [("analysed", "first", n1), ("analysed", "second", n2), ("analysed", "", n1 + n2)]
        ),
        method=Method(
            estimator="two_by_two_estimator",
            interval="two_by_two_interval",
            level=level,
            test="two_by_two_test",
            missing="two_by_two_missing",
            references=REFERENCES,
        ),
        base=Base(name="two_by_two_base", n=n1 + n2),
        notes=tuple(notes),
    )


def _counts(a: int, n1: int, c: int, n2: int) -> tuple[int, int, int, int]:
    for events, total, names in ((a, n1, ("a", "n1")), (c, n2, ("c", "n2"))):
        for value, name in ((events, names[0]), (total, names[1])):
            whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
            if not whole or value < 0:
                raise EstimationError(f"{name}= must be a whole number of persons, 0 or more; give a count.")
        if total == 0 or events > total:
            raise EstimationError(
                f"{names[0]}= must be at most {names[1]}=, and {names[1]}= above 0; events lie in an arm."
            )
    return int(a), int(n1), int(c), int(n2)


Counts = tuple[int, int, int, int]


def _share_rows(rows: list[Row], counts: Counts, level: float) -> None:
    a, n1, c, n2 = counts
    low, high = wilson([a, c], [n1, n2], level)
    for position, (name, events, n) in enumerate((("first", a, n1), ("second", c, n2))):
        rows.append(
            {
                "term": name, "estimand": "share", "scale": "share", "estimate": events / n, "n": n,
                "n_events": events, "ci_low": low[position], "ci_high": high[position], "conf_level": level,
            }
        )  # fmt: skip


def _base(term: str, scale: str, counts: Counts) -> Row:
    return {
        "term": term, "estimand": scale, "scale": scale, "contrast": CONTRAST,
        "n": counts[1] + counts[3], "n_events": counts[0] + counts[2],
    }  # fmt: skip


def _tested(row: Row, found: kernel.Tested, level: float, *, ratio: bool = False) -> Row:
    turn = np.exp if ratio else float
    return row | {
        "estimate": float(turn(found.estimate)), "std_error": found.std_error, "conf_level": level,
        "ci_low": float(turn(found.low)), "ci_high": float(turn(found.high)),
        "statistic": found.statistic, "p_value": found.p_value,
    }  # fmt: skip


def _difference_rows(rows: list[Row], notes: list[Note], counts: Counts, level: float) -> None:
    wald = kernel.wald_difference(*counts, level)
    if np.isnan(wald.std_error):
        notes.append(Note("two_by_two_no_spread", row=len(rows)))
        rows.append(
            _base("wald", "risk_difference", counts) | {"estimate": wald.estimate, "status": "flagged"}
        )
    else:
        rows.append(_tested(_base("wald", "risk_difference", counts), wald, level))
    low, high = newcombe_independent(*counts, level)
    rows.append(
        _base("newcombe", "risk_difference", counts)
        | {"estimate": wald.estimate, "ci_low": low, "ci_high": high, "conf_level": level}
    )
    score = kernel.miettinen_nurminen(*counts, level)
    rows.append(_tested(_base("miettinen_nurminen", "risk_difference", counts), score, level))


def _ratio_rows(rows: list[Row], notes: list[Note], counts: Counts, level: float) -> None:
    a, n1, c, n2 = counts
    # Where both arms are all events the ratio is known, but its error is 0 and tells nothing.
    if min(a, c) == 0 or (a == n1 and c == n2):
        _refuse(rows, notes, _base("risk_ratio", "risk_ratio", counts), "two_by_two_empty_cell")
    else:
        found = kernel.log_risk_ratio(*counts, level)
        rows.append(_tested(_base("risk_ratio", "risk_ratio", counts), found, level, ratio=True))
    if min(a, c, n1 - a, n2 - c) == 0:
        _refuse(rows, notes, _base("odds_ratio", "odds_ratio", counts), "two_by_two_empty_cell")
    else:
        found = kernel.log_odds_ratio(*counts, level)
        rows.append(_tested(_base("odds_ratio", "odds_ratio", counts), found, level, ratio=True))
    row = _base("odds_ratio_exact", "odds_ratio", counts)
    if a + c in (0, n1 + n2):
        _refuse(rows, notes, row, "two_by_two_one_outcome")
        return
    exact = kernel.exact_odds_ratio(*counts, level)
    if exact.estimate == float("inf"):
        notes.append(Note("two_by_two_infinite", row=len(rows)))
    rows.append(
        row | {
            "estimate": exact.estimate, "ci_low": exact.low, "ci_high": exact.high, "conf_level": level,
            "p_value": exact.p_value, "status": "flagged" if exact.estimate == float("inf") else "ok",
        }
    )  # fmt: skip


def _refuse(rows: list[Row], notes: list[Note], row: Row, code: str) -> None:
    notes.append(Note(code, row=len(rows)))
    rows.append(row | {"status": "refused"})


def _test_rows(rows: list[Row], notes: list[Note], counts: Counts) -> None:
    if counts[0] + counts[2] in (0, counts[1] + counts[3]):
        for term in ("chi_square", "chi_square_yates", "fisher", "barnard"):
            _refuse(rows, notes, _base(term, "test", counts), "two_by_two_one_outcome")
        return
    for term, corrected in (("chi_square", False), ("chi_square_yates", True)):
        statistic, p = kernel.chi_square(*counts, corrected=corrected)
        rows.append(_base(term, "test", counts) | {"statistic": statistic, "df": 1.0, "p_value": p})
    rows.append(_base("fisher", "test", counts) | {"p_value": kernel.fisher(*counts)})
    z, p = kernel.barnard(*counts)
    rows.append(_base("barnard", "test", counts) | {"statistic": z, "p_value": p})


def _size_rows(rows: list[Row], notes: list[Note], counts: Counts, level: float) -> None:
    rows.append(_tested(_base("cohen_h", "standardised", counts), kernel.cohen_h(*counts, level), level))
    wald = kernel.wald_difference(*counts, level)
    row = _base("number_needed", "number_needed", counts)
    if wald.estimate == 0.0:
        _refuse(rows, notes, row, "two_by_two_no_difference")
        return
    row["estimate"] = 1.0 / wald.estimate
    if wald.low > 0.0 or wald.high < 0.0:
        rows.append(row | {"ci_low": 1.0 / wald.high, "ci_high": 1.0 / wald.low, "conf_level": level})
        return
    if np.isfinite(wald.low):
        notes.append(
            Note(
                "two_by_two_number_open",
                row=len(rows),
                values={"benefit": _one_over(wald.high), "harm": _one_over(-wald.low)},
            )
        )
    rows.append(row | {"status": "flagged" if np.isfinite(wald.low) else "ok"})


def _one_over(x: float) -> float | str:
    return round(1.0 / x, 1) if x > 0 else "∞"
