"""Enrolments from KOTRE/ELEV3 in the form that outcomes and NEET take them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ipseval.core.checks import require_columns, require_option
from ipseval.core.errors import DesignError
from ipseval.outcomes.calendar import known_dates
from ipseval.outcomes.engine import LEVELS

UNDER_WAY = "9999"


def enrolments(
    kotre: pd.DataFrame, *, levels: Mapping[str, str], default: str | None = None, id: str = "pnr"
) -> pd.DataFrame:
    """Turn rows of the enrolment register into spells of ordinary, preparatory and course education.

    Parameters
    ----------
    kotre
        Rows of KOTRE/ELEV3 as `ips.read_register(..., register="kotre")` gives them: `id`, `elev3_vfra`,
        `elev3_vtil`, `udd`, `audd`.
    levels
        Education code (`udd`, text) -> "ordinary", "preparatory" (FGU, AVU, VUC) or "course".  The code table
        is Statistics Denmark's and is given by you.
    default
        Level of codes that `levels` lacks; None refuses them by number.
    id
        Person column.

    Returns
    -------
    DataFrame
        One row per enrolment: `id`, `from_date`, `to_date` (missing while under way: audd 9999, whatever end
        the file states), `level`.

    Raises
    ------
    DesignError
        If a column is missing, a code has no level, a start is missing or an end lies before its start.

    Missing data
    ------------
    An enrolment without an end is under way.
    """
    columns = [id, "elev3_vfra", "elev3_vtil", "udd", "audd"]
    require_columns(kotre, columns, argument="kotre", error=DesignError)
    for level in {*levels.values(), *([default] if default is not None else [])}:
        require_option(level, LEVELS, argument="levels", error=DesignError)
    level_of = kotre["udd"].astype("str").map(dict(levels)).astype(object)
    unknown = int(level_of.isna().sum())
    if unknown and default is None:
        raise DesignError(
            f"levels= lacks the education code of {unknown} of {len(kotre)} row(s); add the codes or give "
            "default=."
        )
    start = pd.Series(known_dates(kotre["elev3_vfra"], "kotre: 'elev3_vfra'"), index=kotre.index)
    end = pd.Series(known_dates(kotre["elev3_vtil"], "kotre: 'elev3_vtil'", empty=True), index=kotre.index)
    end = end.mask(kotre["audd"].astype("str") == UNDER_WAY)
    backward = int((end < start).sum())
    if backward:
        raise DesignError(
            f"kotre: {backward} of {len(kotre)} row(s) end before they begin; leave them out or mend them "
            "first."
        )
    made = {id: kotre[id], "from_date": start, "to_date": end, "level": level_of.fillna(default or "")}
    return pd.DataFrame(made).reset_index(drop=True)
