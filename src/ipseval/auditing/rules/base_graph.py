"""Bases as a graph: what subsets, pairs and equal sizes say of one another.

Proof: a subset is never larger than its set.  "a of the b people in B (who ...) are also in A", with a the
size of A, says that all of A lies in B, so that the members common to both are a; where the report states the
number common to both elsewhere, the two numbers are the same quantity.  Two groups with one n are not thereby
the same people: that is a note, and with a subset of one that cannot lie in the other, a stronger one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ipseval.auditing.findings import CONTRADICTION, NOTE, Finding
from ipseval.auditing.published import Group, Published, Share
from ipseval.auditing.rules.common import find, of_n


def base_graph(published: Published) -> Iterator[Finding]:
    """Judge the groups against one another and against claims of overlap."""
    for group in published.groups:
        above = published.group(group.subset_of)
        if above is not None and (group.n or 0) > (above.n or group.n or 0):
            yield find(
                group,
                CONTRADICTION,
                "bases",
                "audit_subset_larger",
                n=group.n,
                other=above.n,
                name=above.what,
            )
    for share in published.shares:
        yield from _overlap(published, share)
    for one, other in combinations(published.groups, 2):
        if one.n == other.n and one.n and not _related(one, other):
            yield _same_size(published, one, other)
    for count in published.counts:
        groups = [published.group(g) for g in (*count.plus, *count.minus)]
        if count.value is None or any(g is None or g.n is None for g in groups):
            continue
        sizes = [g.n or 0 for g in groups if g is not None]
        total = sum(sizes[: len(count.plus)]) - sum(sizes[len(count.plus) :])
        if total != count.value:
            yield find(count, CONTRADICTION, "bases", "audit_count_of_groups", value=count.value, total=total)


def _overlap(published: Published, share: Share) -> Iterator[Finding]:
    a, b = published.group(share.counted), published.group(share.of)
    if a is None or b is None or share.count is None:
        return
    for pair in published.groups:
        if (
            pair.pairs_of
            and set(pair.pairs_of) == {a.id, b.id}
            and pair.n is not None
            and pair.n != share.count
        ):
            told = of_n(pair.n, share.n or b.n or 1)
            yield find(
                share,
                CONTRADICTION,
                "bases",
                "audit_overlap",
                arithmetic=told,
                fix="audit_overlap_fix",
                count=share.count,
                pairs=pair.n,
                n=share.n,
                a=a.what or a.id,
                b=b.what or b.id,
                pair=pair.what or pair.id,
            )


def _related(one: Group, other: Group) -> bool:
    return one.subset_of == other.id or other.subset_of == one.id


def _same_size(published: Published, one: Group, other: Group) -> Finding:
    outside = [g for g in published.groups if g.subset_of == one.id and g.n]
    told = ", ".join(f"{g.n} ({g.what or g.id})" for g in outside)
    code = "audit_same_n_part" if told else "audit_same_n"
    lines = (*one.lines[:2], *other.lines[:2])
    found = find(one, NOTE, "bases", code, n=one.n, a=one.what or one.id, b=other.what or other.id, part=told)
    return Finding(found.level, found.rule, found.item, found.what, lines, found.code, found.values)
