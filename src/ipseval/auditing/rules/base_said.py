"""A share told of everybody that was taken of some, and bases that shrink without a word.

Proof: if the true base is a part of the group that the words name, the share of the named group is the count
over its size (those outside the true base counted as not having the thing), which the finding states.
"""

from __future__ import annotations

from collections.abc import Iterator

from ipseval.auditing.findings import NOTE, Finding
from ipseval.auditing.published import Published, Share
from ipseval.auditing.rules.common import find, of_n


def base_said(published: Published) -> Iterator[Finding]:
    """Tell the share of everyone where the words say everyone."""
    whole = max((g for g in published.groups if g.n), key=lambda g: g.n or 0, default=None)
    for share in published.shares:
        true = published.group(share.base_true)
        if true is None or true.n is None:
            continue
        n, count = share.n or true.n, _count(published, share)
        if share.base_said and count is not None and whole is not None and whole.n and whole.n > true.n:
            yield find(
                share,
                NOTE,
                "base_said",
                "audit_base_said",
                said=share.base_said,
                base=true.what or true.id,
                n=true.n,
                whole=whole.n,
                arithmetic=f"{of_n(count, true.n)}; {of_n(count, whole.n)}",
            )
        if not share.base_said and n < true.n:
            yield find(
                share,
                NOTE,
                "base_said",
                "audit_base_shrinks",
                n=n,
                whole=true.n,
                missing=true.n - n,
                base=true.what or true.id,
            )


def _count(published: Published, share: Share) -> int | None:
    if share.count is not None:
        return share.count
    table = published.distribution(share.distribution)
    counts = [table.cells[i - 1].count for i in share.cells] if table else [None]
    return None if None in counts else sum(c or 0 for c in counts)
