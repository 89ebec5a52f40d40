"""The spread, p and effect size that any whole persons could have who meet two printed means."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from ipseval.core.errors import EstimationError
from ipseval.core.result import Base, Method, Note, Result, estimates_frame, sample_frame
from ipseval.core.whole_persons import open_range

TERMS = {"difference": "difference", "sd_difference": "sd", "d_z": "d_z", "p_value": "p"}
"""Term of a row: field of the range."""


def change_range(
    *,
    n: int,
    before: str,
    after: str,
    low: float,
    high: float,
    step: float = 1.0,
    outcome: str = "",
) -> Result:
    """Bound what a report leaves out when it prints two means and neither SD nor test.

    Parameters
    ----------
    n
        Persons with both answers.
    before, after
        The printed means as text ("47,6" or "47.6"), so that their decimals are known.
    low, high, step
        Lowest and highest possible score and the distance between scores (WHO-5 index: 0, 100, 4).
    outcome
        Name of the outcome, for the table.

    Returns
    -------
    Result
        `difference`, `sd_difference`, `d_z` and the paired t `p_value`, each `_smallest` and `_largest`,
        over every group of n persons with possible scores whose means print as given.  All rows are refused
        when no whole persons give the printed means.

    Raises
    ------
    EstimationError
        Means that are not numbers, or a scale whose steps do not reach from low to high.

    Notes
    -----
    Assumptions: the printed means are of the same n persons.  Missing data: does not apply.
    Checked against: full enumeration of small groups in tests/core/test_whole_persons.py.
    References: Brown and Heathers 2017, https://doi.org/10.1177/1948550616673876 (the idea of whole persons).

    Examples
    --------
    >>> import ipseval as ips
    >>> result = ips.change_range(n=40, before="48.1", after="55.3", low=0, high=100, step=4)
    >>> est = result.estimates.set_index("term")["estimate"]
    >>> [round(float(est[t]), 2) for t in ("sd_difference_smallest", "sd_difference_largest")]
    [1.62, 98.9]
    """
    if n < 2:
        raise EstimationError("n= must be 2 or more persons with both answers.")
    printed = [_printed(text, name) for text, name in ((before, "before"), (after, "after"))]
    exact_low, exact_step = Fraction(str(low)), Fraction(str(step))
    top = (Fraction(str(high)) - exact_low) / exact_step if exact_step > 0 else Fraction(0)
    if top.denominator != 1 or top < 1:
        raise EstimationError("step= must divide the way from low= to high= into whole steps.")
    found = open_range(*printed, n=n, low=exact_low, high=Fraction(str(high)), unit=exact_step)
    rows: list[dict[str, Any]] = []
    notes = []
    for term, quantity in TERMS.items():
        for end, place in (("smallest", 0), ("largest", 1)):
            row: dict[str, Any] = {
                "outcome": outcome,
                "term": f"{term}_{end}",
                "estimand": "any_whole_persons",
            }
            row |= {"scale": "possible_range", "contrast": "after - before", "n": n}
            if found is None:
                notes.append(Note("no_whole_persons", row=len(rows), values={"n": n}))
                rows.append(row | {"status": "refused"})
            else:
                rows.append(row | {"estimate": getattr(found, quantity)[place]})
    return Result(
        kind="change_range",
        estimates=estimates_frame(rows),
        sample=sample_frame([("analysed", "", n)]),
        method=Method(
            estimator="change_range_estimator",
            missing="complete_pairs",
            references=("https://doi.org/10.1177/1948550616673876",),
        ),
        base=Base(name="analysed", n=n),
        notes=tuple(notes),
    )


def _printed(text: str, argument: str) -> str:
    """Return a printed number with a decimal point and the decimals it was printed with."""
    try:
        value = Decimal(str(text).strip().replace(",", "."))
    except ArithmeticError:
        raise EstimationError(f"{argument}= is not a printed number such as '47,6'.") from None
    if not value.is_finite():
        raise EstimationError(f"{argument}= is not a finite number such as '47,6'.")
    return f"{value:f}"
