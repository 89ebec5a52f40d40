"""What a file of published numbers declares about itself that cannot be: names, ranges, sizes."""

from __future__ import annotations

from ipseval.auditing import published as form
from ipseval.auditing.published import Published


def declaration_faults(found: Published) -> list[str]:
    """Return names that nothing has, ranges upside down, and sizes that contradict one another."""
    faults = []
    groups = {g.id for g in found.groups}
    for g in found.groups:
        above = [name for name in (g.subset_of, *g.pairs_of) if name and name not in groups]
        faults += [f"groups {g.id!r}: {name!r} is not a group." for name in above]
    linked: tuple[form.Share | form.Target | form.Duration, ...]
    linked = (*found.shares, *found.targets, *found.durations)
    for entry in linked:
        if not entry.distribution:
            continue
        table = found.distribution(entry.distribution)
        cells = getattr(entry, "cells", ())
        if table is None:
            faults.append(f"{entry.id!r}: {entry.distribution!r} is not a distribution.")
        elif any(not 1 <= c <= len(table.cells) for c in cells):
            faults.append(f"{entry.id!r}: cells of {table.id!r} are numbered 1 to {len(table.cells)}.")
    faults += _sizes(found)
    faults += [
        f"ratios {r.id!r}: {r.model!r} is not a model." for r in found.ratios if found.model(r.model) is None
    ]
    return faults


def _sizes(found: Published) -> list[str]:
    """Return ranges that are upside down and sizes that cannot be."""
    ranged: tuple[form.Mean | form.Scale, ...] = (*found.means, *found.scales)
    faults = [
        f"{m.id!r}: low must be under high."
        for m in ranged
        if m.low is not None and m.high is not None and m.low >= m.high
    ]
    sized: tuple[form.Group | form.Share | form.Mean | form.Distribution, ...]
    sized = (*found.groups, *found.shares, *found.means, *found.distributions)
    faults += [f"{e.id!r}: n must be 0 or more." for e in sized if e.n is not None and e.n < 0]
    for model in found.models:
        n = model.n if model.n is not None else model.n_most
        if n is not None and (model.events or 0) > n:
            faults.append(f"models {model.id!r}: there are more events than people.")
        if model.n is not None and model.n_most is not None and model.n > model.n_most:
            faults.append(f"models {model.id!r}: n is over n_most.")
        if not 0 < float(model.level) < 1:
            faults.append(f"models {model.id!r}: level must be between 0 and 1, such as 0.95.")
    for table in found.distributions:
        group = found.group(table.group)
        if group is not None and (table.n or 0) > (group.n if group.n is not None else table.n or 0):
            faults.append(f"{table.id!r}: n is larger than that of its group {table.group!r}.")
    return faults
