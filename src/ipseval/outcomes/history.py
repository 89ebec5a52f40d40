"""Registers in the form that `ips.covariates(latest=...)` takes: person, date from which, value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ipseval.core.checks import require_columns
from ipseval.core.errors import DesignError
from ipseval.outcomes.calendar import known_dates

VISITATION = re.compile(r"^visit_?(\d{2})_?kv_?(\d{4})$", re.IGNORECASE)


def own_children(
    population: pd.DataFrame,
    *,
    id: str = "pnr",
    birth: str = "foed_dag",
    parents: tuple[str, ...] = ("mor_id", "far_id"),
) -> pd.DataFrame:
    """Count each person's own children by the date each was born, from the children's parents in BEF.

    Parameters
    ----------
    population
        Rows of BEF, the children among them; a child may stand in many of them.
    id, birth, parents
        Columns with the person, the birth date and the parents' ids.

    Returns
    -------
    DataFrame
        One row per parent and birth: `id` (the parent), `date`, `value` (children so far).
        Who has none has no row: a missing value of `ips.covariates` means none here, so fill it with 0.

    Raises
    ------
    DesignError
        If a column is missing or is no date.

    Missing data
    ------------
    Children without a birth date or without a known parent are not counted.
    """
    if not parents:
        raise DesignError("parents= names no column; give the mother's, the father's or both.")
    require_columns(population, [id, birth, *parents], argument="population", error=DesignError)
    rows = population.drop_duplicates(id)
    dates = pd.Series(known_dates(rows[birth], f"population: {birth!r}", empty=True), index=rows.index)
    parts = [pd.DataFrame({id: rows[parent], "date": dates}) for parent in parents]
    met = pd.concat(parts, ignore_index=True).dropna()
    met = met[met[id].astype("str") != ""].sort_values([id, "date"], kind="stable", ignore_index=True)
    met["value"] = met.groupby(id).cumcount() + 1
    return met.drop_duplicates([id, "date"], keep="last", ignore_index=True)


def highest_education(
    udda: pd.DataFrame, *, levels: Mapping[str, Any], id: str = "pnr", since: str = "hf_vfra"
) -> pd.DataFrame:
    """Give each person's level of highest completed education and the date from which it holds.

    Parameters
    ----------
    udda
        Rows of UDDA or UDDF: `id`, `hfaudd` and `since`; the same row may stand in many years.
    levels
        Code of `hfaudd` -> level, from Statistics Denmark's DISCED table; the code's digits are no level.
    id, since
        Columns with the person and the date of the education.

    Returns
    -------
    DataFrame
        `id`, `date`, `value` (the level), one row per person and date.

    Raises
    ------
    DesignError
        If a column is missing or a code has no level (by number).

    Missing data
    ------------
    Rows without a date are left out: when it was completed is not known.
    """
    require_columns(udda, [id, "hfaudd", since], argument="udda", error=DesignError)
    level = udda["hfaudd"].astype("str").map(dict(levels))
    unknown = int((level.isna() & udda["hfaudd"].notna()).sum())
    if unknown:
        raise DesignError(f"levels= lacks the code of {unknown} of {len(udda)} row(s); add the codes.")
    dates = known_dates(udda[since], f"udda: {since!r}", empty=True)
    made = pd.DataFrame({id: udda[id].to_numpy(), "date": dates, "value": level.to_numpy()}).dropna()
    return made.drop_duplicates(ignore_index=True)


def visitation_groups(dream: pd.DataFrame, *, id: str = "pnr") -> pd.DataFrame:
    """Take the visitation (match) group per quarter from DREAM's columns `visitQQkvYYYY`.

    Parameters
    ----------
    dream
        Wide DREAM with these columns, such as `ips.dream.read(path, columns=[...]).data`.
    id
        Person column.

    Returns
    -------
    DataFrame
        `id`, `date` (the quarter's last day, since the group is known for the quarter as a whole), `value`.

    Raises
    ------
    DesignError
        If there is no such column.

    Missing data
    ------------
    A blank is kept as "none": in that quarter there was no group, whatever stood before.
    """
    require_columns(dream, [id], argument="dream", error=DesignError)
    hits = {c: hit for c in dream.columns if (hit := VISITATION.match(str(c)))}
    if not hits:
        raise DesignError("dream: no column is called visitQQkvYYYY; read them with columns=.")
    parts = []
    for column, hit in hits.items():
        quarter, year = int(hit[1]), int(hit[2])
        month = np.datetime64(f"{year}-01") + np.timedelta64(3 * quarter, "M")
        last = month.astype("datetime64[D]") - np.timedelta64(1, "D")
        text = dream[column].astype("str").str.strip()
        value = text.where(dream[column].notna() & ~text.isin(["", ".", "nan", "<NA>"]), "none")
        parts.append(pd.DataFrame({id: dream[id], "date": last.astype("datetime64[s]"), "value": value}))
    return pd.concat(parts, ignore_index=True).sort_values([id, "date"], kind="stable", ignore_index=True)
