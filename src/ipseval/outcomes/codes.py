"""Code lists of registers as data: what a DREAM code means, and in which weeks it means that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ipseval.core.errors import SchemaError
from ipseval.core.resources import data_root, load_yaml
from ipseval.core.weeks import week_of_date

COLUMNS = ("code", "group", "ready", "activity", "sector", "valid_from", "valid_to")
BLANK, UNKNOWN, GAP = 0, -1, -2
"""A week without benefit; a code that is no number; a week that the file does not have."""
FIRST, LAST = -(10**9), 10**9


@dataclass(frozen=True, eq=False)
class CodeList:
    """DREAM's weekly codes.

    `table` has one row per code and period of validity (`COLUMNS`, and `first`/`last` as weeks);
    `labels` maps a group to `{lang: text}`; `censoring` are the groups that end a person's time at risk.
    """

    table: pd.DataFrame
    labels: Mapping[str, Mapping[str, str]]
    censoring: tuple[str, ...]

    def __repr__(self) -> str:
        """Say how many codes and groups there are."""
        counted = f"{self.table['code'].nunique()} codes in {self.table['group'].nunique()} groups"
        return f"<CodeList {counted}: .table has a row per code, .groups their names>"

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups in the order of the list, blank and unknown last."""
        return (*dict.fromkeys(self.table["group"]), "blank", "unknown")

    def meanings(self, codes: ArrayLike, weeks: ArrayLike, column: str = "group") -> NDArray[np.object_]:
        """Give what each code means in its week; 0 is blank, what the list lacks is unknown."""
        names, at = self.lookup(codes, weeks, column)
        return np.asarray(np.array(names, dtype=object)[at])

    def lookup(
        self, codes: ArrayLike, weeks: ArrayLike, column: str = "group"
    ) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """Give the distinct meanings, and for each code the place of its meaning in them."""
        code = np.asarray(codes, dtype=np.int64)
        week = np.broadcast_to(np.asarray(weeks, dtype=np.int64), code.shape)
        names = (*dict.fromkeys(self.table[column]), "blank", "unknown")
        place = {name: i for i, name in enumerate(names)}
        top = int(max(code.max(initial=0), self.table["code"].max())) + 1
        plain = np.full(top, place["unknown"], dtype=np.int64)
        plain[BLANK] = place["blank"]
        single = self.table[~self.table["code"].duplicated(keep=False)]
        plain[single["code"].to_numpy()] = single[column].map(place).to_numpy()
        found = np.where(code >= 0, plain[np.maximum(code, 0)], place["unknown"])
        changing = self.changing()
        rows = zip(changing["code"], changing["first"], changing["last"], changing[column], strict=True)
        for value, first, last, meaning in rows:
            found[(code == value) & (week >= first) & (week <= last)] = place[meaning]
        return names, found

    def changing(self) -> pd.DataFrame:
        """Codes that mean different things in different periods."""
        return self.table[self.table["code"].duplicated(keep=False)]

    def codes_where(self, **values: str | Iterable[str]) -> tuple[int, ...]:
        """Give the codes whose columns have one of the values, such as `activity="wage_subsidy"`.

        `group="blank"` is no benefit, whose code is 0.
        """
        if values.get("group") == "blank":
            return (BLANK,)
        kept = np.ones(len(self.table), dtype=bool)
        for column, wanted in values.items():
            asked = (wanted,) if isinstance(wanted, str) else tuple(wanted)
            unknown = sorted(set(asked) - set(self.table[column]))
            if unknown:
                raise SchemaError(
                    f"{len(unknown)} value(s) of {column!r} are not in the code list ({', '.join(unknown)}); "
                    f"there are {', '.join(sorted(set(self.table[column]) - {''}))}."
                )
            kept &= self.table[column].isin(asked).to_numpy()
        return tuple(int(c) for c in dict.fromkeys(self.table.loc[kept, "code"]))

    def with_codes(self, mapping: Mapping[int, str]) -> CodeList:
        """Lay codes of your own over the list: code -> group; they hold in every week."""
        known = set(self.groups)
        strange = sorted({g for g in mapping.values() if g not in known})
        if strange:
            raise SchemaError(
                f"codes= names {len(strange)} group(s) that the list lacks ({', '.join(strange)}); there are "
                f"{', '.join(sorted(known))}."
            )
        kept = self.table[~self.table["code"].isin(list(mapping))]
        empty = dict.fromkeys(kept.columns, "") | {"activity": "passive", "first": FIRST, "last": LAST}
        new = pd.DataFrame([{**empty, "code": int(c), "group": g} for c, g in mapping.items()])
        return CodeList(pd.concat([kept, new], ignore_index=True), self.labels, self.censoring)


def read_code_list(path: Path) -> CodeList:
    """Read a code list: a YAML file that names its table, groups and censoring groups."""
    raw = load_yaml(path)
    try:
        table = pd.read_csv(path.parent / raw["table"], dtype=str, keep_default_na=False)
    except OSError:
        raise SchemaError(f"{path.name}: the table it names cannot be opened.") from None
    lacking = [c for c in COLUMNS if c not in table.columns]
    if lacking:
        raise SchemaError(f"{raw['table']}: column(s) {', '.join(lacking)} are missing from the code list.")
    table = table.assign(
        code=table["code"].astype(int),
        first=_weeks(table["valid_from"], FIRST),
        last=_weeks(table["valid_to"], LAST),
    )
    _require_no_overlap(table, path.name)
    return CodeList(table, raw["groups"], tuple(raw["censoring"]))


@cache
def dream_codes() -> CodeList:
    """Return the packaged list of DREAM codes (state of November 2015, with marked additions)."""
    return read_code_list(data_root() / "codes" / "dream.yaml")


def codes_of(source: object, codes: CodeList | None) -> CodeList:
    """Give the list asked for, else the packaged one with the codes that these spells were made with."""
    if codes is not None:
        return codes
    mapped = (getattr(source, "told", None) or {}).get("codes_mapped", {})
    return dream_codes().with_codes({int(c): g for c, g in mapped.items()}) if mapped else dream_codes()


def _weeks(dates: pd.Series, open_end: int) -> NDArray[np.int64]:
    out = np.full(len(dates), open_end, dtype=np.int64)
    given = (dates != "").to_numpy()
    if given.any():
        out[given] = week_of_date(pd.to_datetime(dates[given]).to_numpy())
    return out


def _require_no_overlap(table: pd.DataFrame, name: str) -> None:
    ordered = table.sort_values(["code", "first"])
    same = ordered["code"].to_numpy()[1:] == ordered["code"].to_numpy()[:-1]
    clash = same & (ordered["first"].to_numpy()[1:] <= ordered["last"].to_numpy()[:-1])
    if clash.any():
        codes = sorted({int(c) for c in ordered["code"].to_numpy()[1:][clash]})
        raise SchemaError(
            f"{name}: the periods of code(s) {', '.join(map(str, codes))} overlap; end one first."
        )
