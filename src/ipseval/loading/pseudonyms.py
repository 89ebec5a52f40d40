"""Pseudonyms: keyed, the same for a person within a project, and never without a key."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd

from ipseval.core.checks import require_columns, require_option
from ipseval.core.errors import DisclosureError
from ipseval.core.identity import CONFIRMED, cpr_digits, parse_cpr
from ipseval.core.identity_columns import column_identity, identity_columns
from ipseval.core.keys import Key, new_key, project_name, read_key
from ipseval.core.microdata import marked
from ipseval.loading.ids import id_texts

PREFIX = "p_"


@dataclass(frozen=True, eq=False)
class Pseudonyms:
    """Data with pseudonyms in place of ids.

    Attributes
    ----------
    data
        The frame with its id column replaced; nothing else is changed.
    fingerprint
        Of the key: two files with the same one have the same pseudonym for the same person.
    project
        The project that the key belongs to.
    n_rows, n_persons, n_missing
        Rows, distinct persons, and rows without an id (they stay missing).
    n_unconfirmed
        Persons whose personal number fails modulus 11, which is no fault; 0 where the ids are no CPR.
    n_replacement
        Persons with a replacement number: the same person may have another number elsewhere.
    left
        Columns that still could identify a person (see `identity_columns`).
    """

    data: pd.DataFrame = field(repr=False)
    fingerprint: str
    project: str
    n_rows: int
    n_persons: int
    n_missing: int
    n_unconfirmed: int
    n_replacement: int
    left: tuple[str, ...]

    def __repr__(self) -> str:
        """Say how many and with which key, and what is left to take out."""
        text = f"<Pseudonyms: {self.n_rows} rows, {self.n_persons} persons, key {self.fingerprint}"
        return text + (f"; still identifying: {', '.join(map(repr, self.left))}>" if self.left else ">")


def make_key(path: str | Path, *, project: str | None = None) -> Key:
    """Make the secret key of a project in a file of its own, readable by its owner only.

    Parameters
    ----------
    path
        Where to put it: outside the project and outside any git tree.  An existing file is never replaced.
    project
        The project's name, part of every pseudonym; left out, the name of the project's folder.

    Returns
    -------
    Key
        Its repr shows the project and the fingerprint.

    Raises
    ------
    DisclosureError
        When the file would stand inside a project, is there already, or cannot be made.

    Notes
    -----
    One key per project, so that people cannot be linked across projects.  Whoever has the key can find any
    person again: keep it with someone who does not analyse the data, and destroy it when the project ends.

    References
    ----------
    EDPB Guidelines 01/2025 on pseudonymisation: a keyed code with a secret of enough entropy, kept apart.
    """
    return new_key(path, project_name() if project is None else project)


def pseudonyms(
    frame: pd.DataFrame,
    *,
    id: str,
    key: str | Path | None = None,
    kind: Literal["auto", "cpr", "text"] = "auto",
    project: str | None = None,
) -> Pseudonyms:
    """Put keyed pseudonyms in place of the ids of persons.

    Parameters
    ----------
    frame
        The data; it is not changed.
    id
        The column of ids: CPR numbers or anything else that is one person's.
    key
        The project's key file, made with `make_key`.
    kind
        "cpr" (hyphens and lost leading zeros do not matter; what is no personal number is refused), "text"
        (blanks around do not matter), or "auto": CPR where at least half of the values are.
    project
        The project's name, to be held against the key's.

    Returns
    -------
    Pseudonyms
        `data` with the column replaced ("p_" and 26 letters and digits), the key's fingerprint, and counts.

    Raises
    ------
    DisclosureError
        No key, a key inside the project, one that others may read, or one of another project; values that
        are no personal numbers.

    Notes
    -----
    HMAC-SHA256 with the key over the project, the kind and the id, 128 bits of it.  Digests without a key
    are not offered: every CPR number of a generation can be tried in seconds.  Pseudonymised data are still
    personal data, also for who has no key.

    Missing data
    ------------
    A missing id stays missing and is counted.

    Checked against
    ---------------
    tests/identity: Python's hmac, and RFC 4231's construction by hand.

    References
    ----------
    RFC 2104, https://doi.org/10.17487/RFC2104.
    """
    if not isinstance(frame, pd.DataFrame):
        raise DisclosureError(
            f"frame= must be a DataFrame, not {type(frame).__name__}; give the data themselves."
        )
    held = read_key(key)
    require_columns(frame, [id], argument="id", error=DisclosureError)
    require_option(kind, ("auto", "cpr", "text"), argument="kind", error=DisclosureError)
    if project is not None and project != held.project:
        raise DisclosureError(
            f"project={project!r} is not the key's project ({held.project!r}); a key serves one project: "
            "make a new one."
        )
    texts = id_texts(frame[id])
    if kind == "auto":
        found = column_identity(id, frame[id])
        kind = "cpr" if found is not None and found.kind == "cpr" and found.by == "values" else "text"
    plain = _cpr_texts(texts, id) if kind == "cpr" else texts
    distinct = plain.dropna().unique()
    named = {one: pseudonym(held, kind, one) for one in distinct}
    if len(set(named.values())) != len(named):
        raise DisclosureError("two ids got the same pseudonym, which cannot happen by chance; report it.")
    data = frame.copy()
    data[id] = plain.map(named).astype("str")
    read = [parse_cpr(one) for one in distinct] if kind == "cpr" else []
    left = identity_columns(data.drop(columns=id))
    return Pseudonyms(
        marked(data), held.fingerprint, held.project, len(data), len(named), int(plain.isna().sum()),
        sum(r is not None and not r.replacement and r.confidence != CONFIRMED for r in read),
        sum(r is not None and r.replacement for r in read), tuple(left["column"]),
    )  # fmt: skip


def pseudonym(key: Key, kind: str, text: str) -> str:
    """Give the pseudonym of one id."""
    return PREFIX + base64.b32encode(key.digest(kind, text)).decode().rstrip("=").lower()


def _cpr_texts(texts: pd.Series, id: str) -> pd.Series:
    digits = texts.map(cpr_digits, na_action="ignore").astype("str")
    wrong = int((texts.notna() & digits.isna()).sum())
    if wrong:
        raise DisclosureError(
            f"id={id!r}: {wrong} row(s) hold no personal number (ten digits that begin with a date) where "
            "CPR numbers were expected; correct them, or ask for kind='text'."
        )
    return digits
