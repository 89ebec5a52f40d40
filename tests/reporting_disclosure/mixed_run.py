"""One mixed bundle from people to verdict: release, and attack on the files."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np

import ipseval as ips
from reporting_disclosure.mixed import CODES, VERBS, Mixed
from reporting_disclosure.mixed_attack import MixedAttack

TARGETS = (
    ("job", "sex"),
    ("job", "arm"),
    ("took", "arm"),
    ("took", "job"),
    ("first", "arm"),
    ("last", "arm"),
    ("first", "last"),
    ("first", "last", "arm"),
    ("heard", "arm"),
    ("heard", "sex"),
    ("heard",),
    ("first", "job"),
    ("last", "sex"),
    ("first", "sex"),
    ("job",),
    ("sex",),
    ("last",),
    ("first",),
)


def run_mixed(drawn: Mixed, place: Path, insider: int | None = None) -> tuple[list[str], int, int]:
    """Release and attack: small counts told, numbers shown, and numbers in all.

    An `insider` is the row of one of the people, who knows his own answers.
    """
    attack = MixedAttack(CODES, 1)
    shown = total = 0
    for number, names in enumerate(drawn.releases):
        out = ips.release(
            {name: VERBS[name](drawn.people) for name in names}, place / f"r{number}", profile=f"dst-{drawn.k}",
            ledger=place / "ledger.json", lang="en",
        )  # fmt: skip
        attack.read(out.folder)
        shown += sum(f.estimate is not None for rows in out.judged.fates for f in rows)
        total += sum(len(rows) for rows in out.judged.fates)
    if insider is not None:
        own = {c: str(drawn.people[c].fillna("-").iloc[insider]) for c in CODES}
        attack.rows.append(attack.who("0", **own))
        attack.low.append(1.0)
        attack.high.append(np.inf)
    attack.settle()
    told = [*attack.told, *attack.told_of_few(drawn.k)]
    for columns in TARGETS:
        # How many did not answer may be told, also by arm or group; "-" is none of the targets.
        for codes in product(*(tuple(code for code in CODES[c] if code != "-") for c in columns)):
            n = int(
                np.logical_and.reduce(
                    [drawn.people[c].astype(str) == v for c, v in zip(columns, codes, strict=True)]
                ).sum()
            )
            if 0 < n < drawn.k:
                low, high = attack.range(attack.who("0", **dict(zip(columns, codes, strict=True))))
                told += [f"{columns}={codes}"] if low == high else []
    return told, shown, total
