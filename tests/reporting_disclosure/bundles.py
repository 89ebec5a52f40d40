"""Generated bundles of linked tables for the attack: people, the tables made of them, and two releases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

import ipseval as ips

SEX, AREA, ANSWER = ("f", "m"), ("n", "o", "s"), ("0", "1", "2", "3")
CODES = {"sex": SEX, "area": AREA, "answer": ANSWER}
KINDS = ("one_way", "two_way", "margins", "shares", "nested", "again", "grown")
SIZES = (34, 40, 43)


@dataclass(frozen=True)
class Bundle:
    """People with the layer they belong to (0 is in every base), and the tables of each release.

    A table's name says what it is: base size, the column, and the column it is split by.
    """

    kind: str
    k: int
    people: pd.DataFrame
    releases: tuple[tuple[tuple[str, tuple[str, ...], str, str], ...], ...]
    made: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    """Columns made of another: its name, and the new code of each of its codes."""

    def levels(self, columns: tuple[str, ...]) -> dict[str, list[str]]:
        """The codes of columns of words; a column of zeros and ones has none, so that its mean is told."""
        words = CODES | {name: tuple(dict.fromkeys(new.values())) for name, (_, new) in self.made.items()}
        return {c: list(words[c]) for c in columns if c != "mark"}

    def results(self, release: int) -> dict[str, ips.Result]:
        """Make the results of one release, named after base, columns and split."""
        made = {}
        for base, columns, by, extra in self.releases[release]:
            inside = self.people[self.people["layer"] <= int(base)]
            name = "__".join((base, *columns, by or "all", extra or "plain"))
            made[name] = ips.describe(
                inside, columns=list(columns), by=by or None, id="id", levels=self.levels(columns),
                means=[c for c in columns if extra == "mean"],
            )  # fmt: skip
        return made


def bundle(seed: int) -> Bundle:
    """Draw a bundle; its kind goes round with the seed."""
    rng = np.random.default_rng(seed)
    kind, k = KINDS[seed % len(KINDS)], (3, 5)[(seed // len(KINDS)) % 2]
    return Bundle(kind, k, _people(rng, kind), _tables(kind, rng))


def recoded(seed: int) -> Bundle:
    """Draw a bundle with columns made of others, beside them or in a second release under another name."""
    rng = np.random.default_rng(seed)
    a, b, c = rng.choice(list(ANSWER), 3, replace=False)
    made = {
        "joined": ("answer", {code: "j" if code in (a, b) else code for code in ANSWER}),
        "again": ("answer", {code: "j" if code in (a, b) else f"other {code}" for code in ANSWER}),
        "mark": ("answer", {code: str(int(code == c)) for code in ANSWER}),
        "part": ("area", {"n": "north", "o": "rest", "s": "rest"}),
    }
    people = _people(rng, "recoded")
    columns = {name: people[of].map(new) for name, (of, new) in made.items()}
    people = people.assign(**columns | {"mark": columns["mark"].astype(int)})
    by = str(rng.choice(["area", "sex"]))
    fine, joined, again = (("0", (name,), by, "") for name in ("answer", "joined", "again"))
    mark, part = ("0", ("mark",), by, ""), ("0", ("answer",), "part", "")
    whole = ("0", ("answer",), "", "")
    releases = (
        ((fine, joined),),
        ((fine,), (again,)),
        ((joined, whole), (fine,)),
        ((fine, mark),),
        ((fine,), (mark, again)),
        ((("0", ("answer",), "area", ""), part),),
        ((part,), (("0", ("again",), "area", ""), whole)),
    )
    return Bundle("recoded", (3, 5)[seed % 2], people, releases[int(rng.integers(len(releases)))], made)


def _people(rng: np.random.Generator, kind: str) -> pd.DataFrame:
    n = SIZES[-1] if kind in ("nested", "grown") else int(rng.integers(30, 160))
    layer = np.zeros(n, dtype=int)
    if kind in ("nested", "grown"):
        layer[SIZES[0] :] = 1
        layer[SIZES[1] :] = 2
    weights = rng.dirichlet([0.7] * len(ANSWER))
    return pd.DataFrame(
        {
            "id": np.arange(n),
            "layer": layer,
            "sex": rng.choice(SEX, n, p=[0.4, 0.6]),
            "area": rng.choice(AREA, n, p=[0.6, 0.28, 0.12]),
            "answer": rng.choice(ANSWER, n, p=weights),
        }
    )


def _tables(kind: str, rng: np.random.Generator) -> tuple:
    extra = "mean" if rng.random() < 0.3 else ""
    one = ("0", ("answer",), "", extra)
    cross = ("0", ("answer",), "area", "")
    other = ("0", ("sex", "area"), "", "")
    second = ("0", ("answer",), "sex", extra)
    if kind == "one_way":
        return ((one, other),)
    if kind == "two_way":
        return ((cross,),)
    if kind == "margins":
        return ((cross, one, other),)
    if kind == "shares":
        return ((cross, second, one),)
    if kind == "nested":
        return (tuple((str(layer), ("answer",), "", extra) for layer in (2, 1, 0)),)
    if kind == "again":
        return ((cross,), (second, one, other))
    return (
        (("1", ("answer",), "", extra), ("1", ("sex",), "", "")),
        (("2", ("answer",), "", ""), ("2", ("answer",), "sex", "")),
    )
