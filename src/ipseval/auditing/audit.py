"""The verb `audit`: every rule over every number of a report."""

from __future__ import annotations

from dataclasses import replace

from ipseval.auditing.findings import LEVELS, Audit, Finding
from ipseval.auditing.published import Cell, Published
from ipseval.auditing.reading import KINDS, Source, read_published
from ipseval.auditing.rules import ALL_RULES
from ipseval.auditing.rules.one_rounding import surviving_conventions


def audit(published: Source, *more: Source) -> Audit:
    """Say which printed numbers of a report cannot be true, and what would make them so.

    Parameters
    ----------
    published
        A YAML file of the report's numbers, or its content as a mapping (`docs/audit/format.md`).
    *more
        Further files about the same report, laid over the first by `id`.

    Returns
    -------
    Audit
        `.findings`, one per thing that does not hold: level (`contradiction`: no method makes it true;
        `method`: possible only under a method the report does not tell; `source`: the reading is in doubt;
        `note`), rule, place, arithmetic and what would be consistent.  `.frame()`, `.to_markdown()`,
        `.to_html()`, `.to_text()`.

    Raises
    ------
    AuditError
        The file is not of the form; every fault is told, with line and key.

    Assumptions
    -----------
    Scores and counts are of whole persons.  Unless the file says `weights: none`, a share or mean that whole
    persons cannot have may be a weighted one, and is no contradiction.

    Missing data
    ------------
    People who did not answer make a smaller base than printed; all smaller bases are tried and told.

    Checked against
    ---------------
    tests/oracles/rounding_r4 (R's own rounding); brute force over whole persons; 2,000 simulated reports.

    References
    ----------
    Brown & Heathers 2017, doi:10.1177/1948550616673876.  Nuijten et al. 2016, doi:10.3758/s13428-015-0664-2.

    Examples
    --------
    >>> import ipseval as ips
    >>> share = {"id": "a", "what": "kind reception", "percent": "51", "count": 14, "n": 28}
    >>> found = ips.audit({"report": {"weights": "none"}, "shares": [share]})
    >>> found.findings[0].level, found.findings[0].text("en")
    ('contradiction', '14 of 28 does not print as 51 % by any way of rounding.')
    """
    return audited(read_published(published, *more))


def audited(published: Published) -> Audit:
    """Run every rule over numbers that are already read."""
    found = [_placed(finding, published) for rule in ALL_RULES for finding in rule(published)]
    found.sort(key=lambda f: LEVELS.index(f.level))
    checked = {kind: len(getattr(published, kind)) for kind in KINDS if getattr(published, kind)}
    conventions = tuple(sorted(surviving_conventions(published)))
    return Audit(published.title, tuple(found), checked, conventions, published.numbers, published.ignored)


def _placed(finding: Finding, published: Published) -> Finding:
    """Give a finding about a table the lines of its cells where the table has none of its own."""
    table = published.distribution(finding.item)
    if table is None or finding.lines:
        return finding
    return replace(finding, lines=_lines(table.cells))


def _lines(cells: tuple[Cell, ...]) -> tuple[int, ...]:
    return tuple(sorted({c.line for c in cells if c.line is not None})[:3])
