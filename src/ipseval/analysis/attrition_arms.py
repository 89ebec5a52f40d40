"""Differential attrition: whether the arms are still alike among those who answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ipseval.analysis import describe_inputs as inputs
from ipseval.analysis.attrition_work import Row, Work


def arm_balance_rows(
    work: Work, frame: pd.DataFrame, name: str, arm: str, levels: Mapping[str, Sequence[Any]]
) -> None:
    """Standardise the difference between the arms among everybody and among those who answered."""
    arms = inputs.as_text(frame[arm])
    first, second = inputs.level_texts(frame[arm], arm, levels)
    categorical = inputs.is_categorical(frame[name], name, levels)
    codes = inputs.level_texts(frame[name], name, levels) if categorical else [""]
    for group, chosen in (("everybody", pd.Series(True, index=frame.index)), ("responder", work.there)):
        sides = [frame.loc[chosen & (arms == side), name].dropna() for side in (second, first)]
        base: Row = {"outcome": name, "group": group, "contrast": f"{second} - {first}"}
        base |= {"estimand": "arm_balance", "scale": "standardised", "n": sum(map(len, sides))}
        for code in codes:
            row = base | {"term": code or "smd"}
            least = 1 if categorical else 2
            if min(map(len, sides)) < least:
                work.add(row, "a_group_is_empty" if min(map(len, sides)) == 0 else "needs_two_persons")
            elif categorical:
                shares = [float((inputs.as_text(side) == code).mean()) for side in sides]
                variance = sum(p * (1 - p) for p in shares) / 2
                work.add_smd(row, shares[0] - shares[1], variance)
            else:
                x, y = (inputs.numbers(side, name).to_numpy() for side in sides)
                work.add_smd(row, float(x.mean() - y.mean()), float((x.var(ddof=1) + y.var(ddof=1)) / 2))
