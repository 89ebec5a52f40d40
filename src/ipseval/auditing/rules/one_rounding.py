"""The rounding conventions of the whole report, intersected over every number that depends on one.

Proof: a report made with one convention prints every number by it, so the conventions that could have made
the report are those that could have made each number.  A number that is not at a tie prints alike by all
and says nothing.  Because parts of a report can be made with different tools, an empty intersection is
possible.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ipseval.auditing.findings import METHOD, NOTE, Finding
from ipseval.auditing.fitting import share_fits
from ipseval.auditing.published import Printed, Published
from ipseval.auditing.rules.common import find, size
from ipseval.auditing.rules.grim import mean_totals
from ipseval.core.whole_persons import ALL, ORDER, fits


def one_rounding(published: Published) -> Iterator[Finding]:
    """Tell which conventions survive, and by which numbers the others fall."""
    deciding = [(item, told, rules) for item, told, rules in _ties(published) if rules != ALL]
    if not deciding:
        return
    surviving = surviving_conventions(published)
    numbers = ", ".join(dict.fromkeys(told for _, told, _ in deciding[:12]))
    names = tuple(f"audit_rounding_{name}" for name in sorted(surviving))
    first = deciding[0][0]
    lines = tuple(sorted({line for item, _, _ in deciding[:12] for line in item.lines[:1]}))
    level, code = (NOTE, "audit_rounding_left") if surviving else (METHOD, "audit_rounding_none")
    found = find(first, level, "rounding", code, numbers=numbers, names=names)
    yield Finding(level, found.rule, found.item, found.what, lines, code, found.values)


def surviving_conventions(published: Published) -> frozenset[str]:
    """Return the conventions by which every number of the report can be printed."""
    surviving = ALL
    for _, _, rules in _ties(published):
        surviving &= rules
    return surviving


def _ties(published: Published) -> Iterator[tuple[Printed, str, frozenset[str]]]:
    """Give every number with the conventions that can have printed it.

    What no convention can have printed is left to its own rule, and what is read with doubt says nothing.
    """
    for item, told, rules in (*_means(published), *_shares(published), *_cells(published)):
        if rules & ALL and not item.doubt:
            yield item, told, rules & ALL


def _means(published: Published) -> Iterator[tuple[Printed, str, frozenset[str]]]:
    for mean in published.means:
        if not (mean.value and mean.n):
            continue
        answers = mean.n * (1 if mean.summed else mean.items)
        yield (
            mean,
            mean.value,
            frozenset(
                rule
                for total in mean_totals(mean, mean.n)
                for rule in fits(Fraction(total * mean.unit, answers), mean.value, ordered=answers == mean.n)
            ),
        )


def _shares(published: Published) -> Iterator[tuple[Printed, str, frozenset[str]]]:
    for share in published.shares:
        if share.percent and share.count is not None and share.n:
            yield share, f"{share.percent} %", _of_share(share.count, share.n, share.percent)


def _cells(published: Published) -> Iterator[tuple[Printed, str, frozenset[str]]]:
    for table in published.distributions:
        n = size(published, table)
        for cell in table.cells:
            if n and cell.count is not None and cell.percent:
                yield table, f"{cell.percent} %", _of_share(cell.count, n, cell.percent)


def _of_share(count: int, n: int, percent: str) -> frozenset[str]:
    """Return the conventions; a tie that some order of arithmetic explains excludes none."""
    rules = share_fits(count, n, percent)
    return ALL if ORDER in rules else rules
