"""What can stand behind a print: counts behind percents, and example answers behind a mean and SD.

The examples are found backwards through the exact table of reachable totals and sums of squares
(`rules/grimmer.py`) where the sizes allow, else by widening a most equal sample pair by pair, as SPRITE
does (Heathers, Anaya, van der Zee & Brown 2018, doi:10.7287/peerj.preprints.26968).
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from fractions import Fraction

import pandas as pd

from ipseval.auditing.fitting import possible_counts, whole_row
from ipseval.auditing.published import Mean, Num
from ipseval.auditing.reading import number_text
from ipseval.auditing.rules.grim import mean_totals
from ipseval.auditing.rules.grimmer import ENUMERATED, one_more
from ipseval.core.errors import AuditError
from ipseval.core.whole_persons import half_step, number

TRIES = 200


def recover(
    *,
    n: int,
    percents: str | Sequence[str] | None = None,
    mean: str | None = None,
    sd: str | None = None,
    low: int | None = None,
    high: int | None = None,
    unit: int = 1,
    examples: int = 3,
    seed: int = 0,
) -> pd.DataFrame:
    """Show what can stand behind printed percents, or behind a printed mean and SD.

    Parameters
    ----------
    n
        How many people.
    percents
        One percent as printed, or those of a whole row that adds to everybody.
    mean, sd
        A mean, and its SD over n - 1, as printed, of whole scores.
    low, high, unit
        Smallest and largest score, and the step between scores.
    examples
        How many different samples to look for.
    seed
        Seed of the search; the same seed gives the same samples.

    Returns
    -------
    pandas.DataFrame
        For percents: one row per possible set of counts, a column per percent (`count_1` ...).
        For a mean: one row per person, a column per example (`example_1` ...), sorted.
        No rows where nothing is possible.

    Raises
    ------
    AuditError
        Both or neither of percents and mean are given, or a number is not one.

    Missing data
    ------------
    n is everybody who answered; try smaller n for undeclared non-response.

    Checked against
    ---------------
    The means and SDs of the examples themselves, and brute force over all small samples.

    References
    ----------
    Heathers et al. 2018, doi:10.7287/peerj.preprints.26968.

    Examples
    --------
    >>> import ipseval as ips
    >>> ips.recover(percents=["57", "43"], n=28)
       count_1  count_2
    0       16       12
    >>> ips.recover(mean="2.00", sd="1.00", n=3, low=1, high=3, examples=1)
       example_1
    0          1
    1          2
    2          3
    """
    if (percents is None) == (mean is None):
        raise AuditError("recover: give either percents= or mean=.")
    if n < 1:
        raise AuditError("recover: n= must be at least 1.")
    if percents is not None:
        row = [percents] if isinstance(percents, str) else list(percents)
        return _counts([_num(p, "percents") for p in row], n)
    if low is None or high is None or low >= high or unit < 1 or examples < 1:
        raise AuditError("recover: a mean needs low= under high=, unit= and examples= of at least 1.")
    about = Mean(
        "recover",
        value=_num(mean, "mean"),
        sd=_num(sd, "sd") if sd else Num(""),
        n=n,
        low=low,
        high=high,
        unit=unit,
    )
    return _scores(about, n, examples, random.Random(seed))


def _num(text: object, argument: str) -> Num:
    try:
        return number_text(text)
    except ValueError as problem:
        raise AuditError(f"recover: {argument}= {problem}.") from None


def _counts(percents: list[Num], n: int) -> pd.DataFrame:
    found: list[tuple[int, ...]]
    found = [(k,) for k in possible_counts(percents[0], n)] if len(percents) == 1 else whole_row(percents, n)
    return pd.DataFrame(found, columns=[f"count_{i + 1}" for i in range(len(percents))], dtype="int64")


def _scores(about: Mean, n: int, examples: int, chance: random.Random) -> pd.DataFrame:
    targets = _targets(about, n)
    base, span = (about.low or 0) // about.unit, ((about.high or 0) - (about.low or 0)) // about.unit
    found: dict[tuple[int, ...], None] = {}
    exact = n * n * (span + 1) ** 2 <= ENUMERATED
    table = _prefixes(n, span) if exact and targets else []
    for _ in range(TRIES):
        if not targets or len(found) >= examples:
            break
        total, least, most = chance.choice(targets)
        sample = (
            _walk_back(table, n, span, base, (total, least, most), chance)
            if exact
            else _widen(n, base, base + span, (total, least, most), chance)
        )
        if sample is not None:
            found[tuple(sorted(about.unit * x for x in sample))] = None
        elif exact:
            targets.remove((total, least, most))
    columns = {f"example_{i + 1}": list(sample) for i, sample in enumerate(found)}
    return pd.DataFrame(columns, dtype="int64")


def _targets(about: Mean, n: int) -> list[tuple[int, int, int]]:
    """Return each total with the least and greatest sum of squares that print as the SD."""
    targets = []
    for total in mean_totals(about, n):
        least, most = (
            math.ceil(Fraction(total * total, n)),
            n * max(abs(about.low or 0), abs(about.high or 0)) ** 2,
        )
        if about.sd:
            half = half_step(about.sd)
            down = max(Fraction(0), number(about.sd) - half) / about.unit
            up, centre = (number(about.sd) + half) / about.unit, Fraction(total * total, n)
            least = max(least, math.ceil((n - 1) * down * down + centre))
            most = math.floor((n - 1) * up * up + centre)
        if least <= most:
            targets.append((total, least, most))
    return targets


def _prefixes(n: int, span: int) -> list[list[int]]:
    """Return for 0 to n people the reachable sums of squares of every total, as bits."""
    tables = [[1]]
    for _ in range(n):
        tables.append(one_more(tables[-1], span))
    return tables


def _walk_back(
    tables: list[list[int]], n: int, span: int, base: int, target: tuple[int, int, int], chance: random.Random
) -> list[int] | None:
    total, least, most = target
    left = total - n * base
    if not 0 <= left < len(tables[n]):
        return None
    moved = 2 * base * left + n * base * base
    bits = tables[n][left]
    squares = [q for q in range(max(0, least - moved), most - moved + 1) if bits >> q & 1]
    if not squares:
        return None
    square, sample = chance.choice(squares), []
    for person in range(n, 0, -1):
        before = tables[person - 1]
        choices = [
            x
            for x in range(span + 1)
            if 0 <= left - x < len(before) and square >= x * x and before[left - x] >> (square - x * x) & 1
        ]
        x = chance.choice(choices)
        sample.append(x + base)
        left, square = left - x, square - x * x
    return sample


def _widen(
    n: int, low: int, high: int, target: tuple[int, int, int], chance: random.Random
) -> list[int] | None:
    total, least, most = target
    quotient, rest = divmod(total, n)
    sample = [quotient + 1] * rest + [quotient] * (n - rest)
    square = sum(x * x for x in sample)
    for _ in range(400 * n):
        if least <= square <= most:
            return sample
        i, j = chance.sample(range(n), 2)
        i, j = (i, j) if sample[i] <= sample[j] else (j, i)
        step = 2 * (sample[j] - sample[i]) + 2
        if sample[i] > low and sample[j] < high and square + step <= most:
            sample[i], sample[j], square = sample[i] - 1, sample[j] + 1, square + step
    return sample if least <= square <= most else None
