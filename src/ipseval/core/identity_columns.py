"""Which columns of a table tell persons apart, by their names and by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from ipseval.core.errors import SchemaError
from ipseval.core.identity import CONFIRMED, cpr_digits, holds_cpr, parse_cpr
from ipseval.core.labels import code_text
from ipseval.core.resources import packaged_yaml

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("cpr", "pnr", "person", "name", "contact", "birth", "free_text")
KEY_KINDS = ("cpr", "pnr", "person")
DESCRIBING = ("name", "contact", "birth")
EMAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.[A-Za-z]{2,24}")
_PHONE = re.compile(r"(?:(?:\+|00)45)?[\s.-]?[2-9]\d(?:[\s.-]?\d\d){3}")
_NAME = re.compile(r"[A-ZÆØÅÉÖÄÜ][\w'-]+(?: [A-ZÆØÅÉÖÄÜ][\w'.-]*){1,4}")
_PLAIN = re.compile(r"[\s._\-]+")
_COLUMNS = ["column", "kind", "by", "n", "n_fit", "n_mod11"]
FEWEST = 3
"""A kind is told from the values only when at least so many of them stand there."""


@dataclass(frozen=True)
class ColumnIdentity:
    """What a column seems to hold.

    `n` values were looked at, `n_fit` of them fit the kind, and of these `n_mod11` have a check digit that
    holds; `by` is "values" or "name".
    """

    kind: str
    by: str
    n: int
    n_fit: int
    n_mod11: int = 0


def settings() -> Mapping[str, Any]:
    """Give the names and limits of `data_schemas/identity/columns.yaml`."""
    found: Mapping[str, Any] = packaged_yaml("identity/columns.yaml")
    return found


@cache
def _names() -> Mapping[str, str]:
    names: Mapping[str, Sequence[str]] = settings()["names"]
    return {_plain(name): kind for kind, listed in names.items() for name in listed}


@lru_cache(maxsize=10_000)
def kind_by_name(name: str) -> str:
    """Name the kind that a column's name claims; empty when it claims none."""
    plain = _plain(name)
    if plain in _names():
        return _names()[plain]
    parts: Sequence[str] = settings()["within"]
    return next((_names()[p] for p in parts if plain.startswith(p) or plain.endswith(p)), "")


def names_the_person(name: str) -> bool:
    """Say whether a column is called as the id of the person that its row is about."""
    return kind_by_name(name) in KEY_KINDS and _plain(name) not in settings()["of_others"]


def is_vague(name: str) -> bool:
    """Say whether a column's name may as well be that of something else than persons."""
    return _plain(name) in settings()["vague"]


def tells_of_persons(names: Iterable[str]) -> str:
    """Say from names of columns alone whether a table describes persons: "likely", "possible" or "".

    A first name, a last name or a date of birth is enough.  Vague names (name, address) count as possible,
    and only beside one of another kind or beside ages.
    """
    listed = list(names)
    kinds = {(kind, is_vague(name)) for name in listed if (kind := kind_by_name(name)) in DESCRIBING}
    if any(not vague and kind != "contact" for kind, vague in kinds):
        return "likely"
    aged = any(_plain(name) in settings()["ages"] for name in listed)
    company = len({kind for kind, _ in kinds}) + aged
    return "possible" if kinds and company > 1 else ""


def _plain(name: str) -> str:
    return _PLAIN.sub("", name).casefold()


def identify(name: str, values: Sequence[str]) -> ColumnIdentity | None:
    """Say what a column of texts holds that could identify a person; None when nothing does.

    Values go before names: a column called "id" with dates of birth and four digits is CPR.
    """
    there = [v.strip() for v in values if v and v.strip()]
    claimed = kind_by_name(name)
    found = _by_values(there, claimed) if len(there) >= (1 if claimed else FEWEST) else None
    if found is not None:
        return found
    if claimed and there:
        return ColumnIdentity(claimed, "name", len(there), len(there))
    return None


def _by_values(there: Sequence[str], claimed: str) -> ColumnIdentity | None:
    limits = settings()
    digits = [d for d in map(cpr_digits, there) if d is not None]
    if len(digits) >= limits["cpr_share"] * len(there):
        held = sum(1 for d in digits if (read := parse_cpr(d)) is not None and read.confidence == CONFIRMED)
        return ColumnIdentity("cpr", "values", len(there), len(digits), held)
    if claimed in ("pnr", "person", "cpr", ""):
        twelve = sum(len(v) == 12 and v.isdecimal() for v in there)
        if twelve >= limits["pnr_share"] * len(there) and (claimed or not _clock(there)):
            return ColumnIdentity("pnr", "values", len(there), twelve)
    emails = sum(EMAIL.fullmatch(v) is not None for v in there)
    phones = sum(_PHONE.fullmatch(v) is not None for v in there) if claimed == "contact" else 0
    if max(emails, phones) >= limits["contact_share"] * len(there):
        return ColumnIdentity("contact", "values", len(there), max(emails, phones))
    return _words(there, limits)


def _clock(there: Sequence[str]) -> bool:
    """Tell twelve digits that are year, month, day, hour and minute."""
    clocks = sum(
        re.fullmatch(r"(?:19|20)\d\d(?:0\d|1[0-2])[0-3]\d[0-2]\d[0-5]\d", v) is not None for v in there
    )
    return clocks * 2 > len(there)


def _words(there: Sequence[str], limits: Mapping[str, Any]) -> ColumnIdentity | None:
    """Tell names of people and free text; neither can be certain."""
    free = limits["free_text"]
    distinct = len(set(there)) / len(there)
    named = sum(_NAME.fullmatch(v) is not None for v in there)
    if named >= 0.8 * len(there) and distinct >= free["distinct"]:
        return ColumnIdentity("name", "values", len(there), named)
    characters = sum(map(len, there)) / len(there)
    words = sum(len(v.split()) for v in there) / len(there)
    if characters >= free["characters"] and words >= free["words"] and distinct >= free["distinct"]:
        risky = sum(
            holds_cpr(v) or EMAIL.search(v) is not None or _PHONE.search(v) is not None for v in there
        )
        return ColumnIdentity("free_text", "values", len(there), risky)
    return None


def identity_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """List the columns that could identify a person: personal numbers, keys, names, contacts, free text.

    Parameters
    ----------
    frame
        Any data; up to 20,000 values of each column are looked at, spread evenly over the rows.

    Returns
    -------
    DataFrame
        One row per such column: `kind` ("cpr", "pnr", "person", "name", "contact", "birth", "free_text"),
        `by` ("values" or "name"), `n` values looked at, `n_fit` of them that fit the kind (for free text:
        that hold a CPR number, an e-mail address or a telephone number), and `n_mod11` personal numbers
        whose check digit holds.

    Raises
    ------
    SchemaError
        When it is not given a DataFrame.

    Notes
    -----
    A column of ten digits is CPR when at least half of its values are dates of birth with four digits;
    random digits are in 3.6 %.  A failed modulus 11 lowers `n_mod11` and rejects nothing.  Names of people in
    free text cannot be told from other words; no list of names is used.

    Missing data
    ------------
    Missing values are left out of `n`.

    Checked against
    ---------------
    tests/identity; measured in docs/measured/scanning.md.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> frame = pd.DataFrame({"nr": ["070761-4285", "010165-0001", "020290-1234"], "who5": [40, 52, 60]})
    >>> ips.identity_columns(frame)
      column kind      by  n  n_fit  n_mod11
    0     nr  cpr  values  3      3        1
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise SchemaError(
            f"frame= must be a DataFrame, not {type(frame).__name__}; give the data themselves."
        )
    rows = []
    for position, name in enumerate(map(str, frame.columns)):
        found = column_identity(name, frame.iloc[:, position])
        if found is not None:
            rows.append([name, found.kind, found.by, found.n, found.n_fit, found.n_mod11])
    return pd.DataFrame(rows, columns=_COLUMNS)


def column_identity(name: str, column: pd.Series) -> ColumnIdentity | None:
    """Say what one column holds that could identify a person; None when nothing does."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        found = identify(name, ["-"] if column.notna().any() else [])
        return found if found is not None and found.kind == "birth" else None
    there = column.dropna()
    most = int(settings()["looked_at"])
    if len(there) > most:
        there = there.iloc[:: -(-len(there) // most)]
    if pd.api.types.is_float_dtype(there) and not (there % 1 == 0).all():
        return None
    return identify(name, [code_text(v) for v in there.tolist()])
