"""The ledger of what has left: counts of earlier releases, each entry sealed with the one before it.

It holds true counts, so that a later release can be judged against what is already out.  It stays on the
machine: its file can be read by its owner only, and nothing of it is written to a release.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipseval.core.errors import DisclosureError
from ipseval.core.evidence import Where
from ipseval.core.keys import Key as Secret
from ipseval.core.private_files import write_private
from ipseval.reporting.disclosure.counts.graph import Earlier, Graph
from ipseval.reporting.disclosure.counts.span import Key

START = "0" * 64


@dataclass(frozen=True)
class Ledger:
    """The entries of a ledger file, in order, and the seal of the last."""

    entries: tuple[Mapping[str, Any], ...] = ()
    factor: int = 1
    """Blinds the marks of cells; an odd number."""

    @property
    def head(self) -> str:
        """The seal that the next entry is chained to."""
        return str(self.entries[-1]["seal"]) if self.entries else START

    def counts(self) -> list[Earlier]:
        """Every count of every earlier release."""
        return [
            Earlier(key_of(c["who"]), c["n"], c["shown"], c["printed"], c["small"], _mark(c))
            for entry in self.entries
            for c in entry["counts"]
        ]

    def sums(self) -> list[tuple[Key, tuple[Key, ...]]]:
        """What adds up in earlier releases."""
        return [
            (key_of(total), tuple(key_of(p) for p in parts))
            for entry in self.entries
            for total, parts in entry["sums"]
        ]

    def means(self) -> list[dict[str, Any]]:
        """Means shown earlier: name, group and persons."""
        return [mean for entry in self.entries for mean in entry["means"]]

    def kept(self) -> list[dict[str, Any]]:
        """Means that were hidden for themselves: name and persons."""
        return [mean for entry in self.entries for mean in entry.get("kept", ())]

    def windows(self) -> list[dict[str, Any]]:
        """Averages around quantiles shown earlier: outcome, group, persons, and over how many."""
        return [window for entry in self.entries for window in entry.get("windows", ())]


def read_ledger(path: Path | None, secret: Secret | None = None) -> Ledger:
    """Read a ledger; one that is not there yet is empty.

    Raises
    ------
    DisclosureError
        When an entry was changed, taken out or put in by hand, or was sealed with another key.
    """
    if path is None or not path.exists():
        return Ledger(factor=_factor((), secret))
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        entries = told["entries"]
        seals = [(entry["previous"], entry["seal"]) for entry in entries]
    except (OSError, ValueError, KeyError, TypeError):
        raise DisclosureError(
            f"the ledger {path.name} cannot be read as one: restore it from your copy; without it earlier "
            "releases are not guarded."
        ) from None
    before = START
    for number, (entry, (previous, seal)) in enumerate(zip(entries, seals, strict=True), start=1):
        _hold_key(path, entry, secret)
        if previous != before or seal != _seal(entry, secret):
            raise DisclosureError(
                f"the ledger {path.name} was changed by hand at entry {number}: restore it from your copy, "
                "because a release is guarded only against what stands there."
            )
        before = seal
    return Ledger(tuple(entries), _factor(entries, secret))


def _factor(entries: Sequence[Mapping[str, Any]], secret: Secret | None) -> int:
    """The ledger's own odd number: of the key, or drawn when it was begun and kept in it."""
    if secret is not None:
        return int.from_bytes(secret.digest("marks", "")[:8], "big") | 1
    kept = [int(entry["factor"], 16) for entry in entries if entry.get("factor")]
    return kept[0] if kept else secrets.randbits(64) | 1


def _mark(told: Mapping[str, Any]) -> int | None:
    return int(told["mark"], 16) if told.get("mark") else None


def _hold_key(path: Path, entry: Mapping[str, Any], secret: Secret | None) -> None:
    """Every entry is sealed with the key that is given, or all without one."""
    own = "" if secret is None else secret.fingerprint
    if str(entry.get("key", "")) != own:
        raise DisclosureError(
            f"the ledger {path.name} was sealed {'with' if entry.get('key') else 'without'} a key, and key= "
            "is another or none: give the key that it was begun with, or begin a new ledger."
        )


def write_ledger(path: Path, ledger: Ledger, entry: Mapping[str, Any], secret: Secret | None = None) -> str:
    """Add an entry, owner-only and in one step; returns its seal."""
    sealed = sealed_entry(ledger, entry, secret)
    entries = [*ledger.entries, sealed]
    content = {"what": "ipseval ledger of releases; keep it on the machine", "entries": entries}
    write_private(path, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())
    return str(sealed["seal"])


def sealed_entry(ledger: Ledger, entry: Mapping[str, Any], secret: Secret | None = None) -> dict[str, Any]:
    """The entry chained to the last one."""
    chained = {**entry, "previous": ledger.head}
    chained |= {"factor": f"{ledger.factor:x}"} if secret is None else {"key": secret.fingerprint}
    return {**chained, "seal": _seal(chained, secret)}


def entry_of(
    name: str,
    profile: str,
    graph: Graph,
    shown: Collection[Key],
    small: Mapping[Key, int],
    told: Mapping[str, Sequence[Any]],
) -> dict[str, Any]:
    """Note a release: every count with what became of it, the sums between them, and what else was told."""
    plain = {k: n for k, n in graph.values.items() if "\x1f" not in k[0]}
    names = {k: k for k in plain} | {other: k for other, k in graph.same.items() if k in plain}
    counts = [
        {
            "who": told_key(name),
            "n": int(plain[key]),
            "shown": key in shown,
            "printed": key in graph.printed,
            "small": int(small.get(key, 0)),
            **({} if (mark := graph.mark(key)) is None else {"mark": f"{mark:x}"}),
        }
        for name, key in names.items()
    ]
    sums = [
        [told_key(total), [told_key(p) for p in parts]]
        for total, parts in graph.sums
        if total in plain and all(p in plain for p in parts)
    ]
    sums += [[told_key(key), [told_key(name)]] for name, key in names.items() if name != key]
    return {"release": name, "profile": profile, "counts": counts, "sums": sums, **told}


def told_key(key: Key) -> list[Any]:
    """A cell as it stands in the file."""
    return [key[0], sorted([list(c) for c in key[1]])]


def key_of(told: Sequence[Any]) -> Key:
    """A cell as it was told."""
    where: Where = frozenset((str(a), str(b)) for a, b in told[1])
    return (str(told[0]), where)


def _seal(entry: Mapping[str, Any], secret: Secret | None) -> str:
    plain = {k: v for k, v in entry.items() if k != "seal"}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
    # Without a key a whole chain can be computed anew; with one only who holds the key can.
    return (
        hashlib.sha256(text.encode()).hexdigest() if secret is None else secret.digest("ledger", text).hex()
    )
