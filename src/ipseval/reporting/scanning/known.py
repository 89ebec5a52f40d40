"""Known values: the identifiers of one's own data, kept as keyed digests, looked for in every file.

A set of digests finds exact copies however they are cased, spaced or hyphenated, needs no pattern, and shows
nobody's value to whoever opens it: without the key it tells how many values there are and how long they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ipseval.core.checks import require_columns
from ipseval.core.errors import DisclosureError
from ipseval.core.identity import cpr_digits
from ipseval.core.identity_columns import identity_columns
from ipseval.core.keys import Key, read_key
from ipseval.core.labels import code_text
from ipseval.core.private_files import write_private

if TYPE_CHECKING:
    import pandas as pd

FORMAT = "ipseval known values v1"
WINDOW = 5
SHORTEST_TEXT, SHORTEST_NUMBER = 4, 6
"""Shorter values stand in any text by chance and are left out, which is counted."""
_TOKEN = re.compile(r"[^\W_]+")
_PURPOSE = "known"


@dataclass(frozen=True, eq=False)
class KnownValues:
    """Keyed digests of identifiers, with their lengths; `n_short` values were too short to look for."""

    digests: frozenset[bytes] = field(repr=False)
    lengths: frozenset[int] = field(repr=False)
    fingerprint: str
    key: Key = field(repr=False)
    n_short: int = 0

    def __repr__(self) -> str:
        """Say how many, never which."""
        return f"<KnownValues: {len(self.digests)} digests, key {self.fingerprint}>"

    def save(self, path: str | Path) -> None:
        """Write the digests to a file that only its owner can read; the values are in none of it."""
        about = {
            "format": FORMAT, "key": self.fingerprint,
            "lengths": sorted(self.lengths), "n_short": self.n_short,
            "digests": sorted(d.hex() for d in self.digests),
        }  # fmt: skip
        write_private(Path(path), json.dumps(about, indent=0).encode())

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Give start and end of every known value in a text."""
        tokens = [(m.start(), m.end(), m.group().casefold()) for m in _TOKEN.finditer(text)]
        looked: dict[str, bool] = {}
        for i in range(len(tokens)):
            joined = ""
            for j in range(i, min(i + WINDOW, len(tokens))):
                if j > i and tokens[j][0] - tokens[j - 1][1] > 3:
                    break
                joined += tokens[j][2]
                if len(joined) in self.lengths and self._is_known(joined, looked):
                    yield tokens[i][0], tokens[j][1]
                    break

    def _is_known(self, joined: str, looked: dict[str, bool]) -> bool:
        if joined not in looked:
            looked[joined] = self.key.digest(_PURPOSE, joined) in self.digests
        return looked[joined]


def known_values(
    frame: pd.DataFrame, *, key: str | Path, columns: Sequence[str] | None = None
) -> KnownValues:
    """Digest the identifiers of your data, so that `scan` finds every exact copy of one.

    Parameters
    ----------
    frame
        The data.
    key
        The project's key file (`ips.make_key`).
    columns
        The columns to take; left out, those that `identity_columns` lists, but for dates of birth.

    Returns
    -------
    KnownValues
        For `scan(paths, known=...)`; `save(path)` keeps the digests, never the values.

    Raises
    ------
    DisclosureError
        No usable key, no column to take, or columns that are not there.

    Notes
    -----
    Case, blanks, hyphens and a lost leading zero do not matter.  Texts of more than five words are found by
    any five words in a row.  Numbers under six digits and texts under four characters are left out and
    counted in `n_short`: they stand everywhere by chance.

    Missing data
    ------------
    Missing values are left out.

    Checked against
    ---------------
    tests/scanning; measured in docs/measured/scanning.md.
    """
    held = read_key(key)
    found = identity_columns(frame)
    if columns is None:
        columns = list(found.loc[found["kind"] != "birth", "column"])
    require_columns(frame, columns, argument="columns", error=DisclosureError)
    if not len(columns):
        raise DisclosureError(
            "columns= is left out and no column looks like an identifier; name the "
            "columns that tell persons apart."
        )
    values = (code_text(v) for c in columns for v in frame[c].dropna().unique().tolist())
    return known_of(values, held)


def known_of(values: Iterable[str], key: Key) -> KnownValues:
    """Digest values: short ones whole, long ones as every run of five words."""
    digests: set[bytes] = set()
    lengths: set[int] = set()
    short = 0
    for value in values:
        tokens = [m.group().casefold() for m in _TOKEN.finditer(value)]
        whole = "".join(tokens)
        if len(whole) < (SHORTEST_NUMBER if whole.isdecimal() else SHORTEST_TEXT):
            short += 1
            continue
        runs = [tokens[i : i + WINDOW] for i in range(max(1, len(tokens) - WINDOW + 1))]
        forms = {"".join(run) for run in runs}
        digits = cpr_digits(value)
        if digits is not None:
            forms |= {digits.casefold(), digits.casefold().lstrip("0")}
        for form in forms:
            digests.add(key.digest(_PURPOSE, form))
            lengths.add(len(form))
    return KnownValues(frozenset(digests), frozenset(lengths), key.fingerprint, key, short)


def load_known(path: str | Path, key: Key) -> KnownValues:
    """Read digests back; refused when they were made with another key."""
    source = Path(path)
    try:
        about = json.loads(source.read_bytes())
        found = KnownValues(
            frozenset(bytes.fromhex(d) for d in about["digests"]), frozenset(map(int, about["lengths"])),
            str(about["key"]), key, int(about["n_short"]),
        )  # fmt: skip
        good = about["format"] == FORMAT
    except OSError as problem:
        raise DisclosureError(
            f"the file of known values {source.name!r} cannot be opened ({problem.strerror}); check "
            "its place."
        ) from None
    except (ValueError, KeyError, TypeError):
        good = False
    if not good:
        raise DisclosureError(
            f"{source.name!r} is no file of known values; make one with ips.known_values(...).save(...)."
        )
    if found.fingerprint != key.fingerprint:
        raise DisclosureError(
            f"the known values in {source.name!r} were made with the key {found.fingerprint}, not with "
            f"{key.fingerprint}; give the key of that project."
        )
    return found
