"""One bundle from people to verdict: release, attack on the files, and the two simple rules beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import ipseval as ips
from ipseval.core.errors import DisclosureError
from reporting_disclosure.attacker import Attack, recovered
from reporting_disclosure.bundles import CODES, Bundle


@dataclass(frozen=True)
class Outcome:
    """Counts shown of all, and small counts told, by each rule."""

    kind: str
    k: int
    counts: int
    shown: int
    told: tuple[str, ...]
    naive_shown: int
    naive_told: int
    whole_shown: int
    refused: bool = False


def run(bundle: Bundle, place: Path, method: str = "suppress", *, forget: bool = False) -> Outcome:
    """Release a bundle with one ledger, then attack what lies in the folders.

    With `forget` the results do not know their persons, so that columns made of others are not seen.
    """
    layers = int(bundle.people["layer"].max()) + 1
    # Rounding stays within one base where it can, else two: what nobody outside knows he must allow for.
    ours = Attack(CODES, layers, width=2 * bundle.k if method == "round" else 0, made=bundle.made)
    naive, whole = (Attack(CODES, layers, made=bundle.made) for _ in range(2))
    refused = False
    for number in range(len(bundle.releases)):
        results = bundle.results(number)
        if forget:
            results = {name: _forgetful(each) for name, each in results.items()}
        folder = place / f"release{number}"
        try:
            ips.release(
                results,
                folder,
                profile=f"dst-{bundle.k}",
                ledger=place / "ledger.json",
                lang="en",
                method=method,
            )
        except DisclosureError:
            refused = True
            continue
        ours.read(folder)
        for rule, attack in (("naive", naive), ("whole", whole)):
            simple = place / f"{rule}{number}"
            _simple(results, simple, bundle.k, rule)
            attack.read(simple)
    truth = _truth(bundle, ours)
    return Outcome(
        bundle.kind, bundle.k, naive.all_counts(), ours.shown(), tuple(recovered(ours, truth, bundle.k)),
        naive.shown(), len(recovered(naive, truth, bundle.k)), whole.shown(), refused,
    )  # fmt: skip


def _forgetful(result: ips.Result) -> ips.Result:
    return replace(result, evidence=replace(result.evidence, people=None))


def _truth(bundle: Bundle, attack: Attack) -> np.ndarray:
    people = bundle.people
    return np.array(
        [
            float(np.logical_and.reduce([people[name] == code for name, code in kind.items()]).sum())
            for kind in attack.kinds
        ]
    )


def _simple(results: dict[str, ips.Result], folder: Path, k: int, rule: str) -> None:
    """Hide small counts only ("naive"), or leave out every group of a table that has one ("whole")."""
    folder.mkdir(parents=True)
    for name, result in results.items():
        table = result.estimates.rename(
            columns={"outcome": "Outcome", "group": "Group", "term": "Term", "estimand": "What",
                     "n_events": "Count", "n": "n", "estimate": "Value", "std_error": "Standard error",
                     "ci_low": "CI from", "ci_high": "CI to"}
        )  # fmt: skip
        table = table[table["What"].isin(["share", "mean"])]
        small = (table["Count"] > 0) & (table["Count"] < k)
        small = small.fillna(False).astype(bool)
        if rule == "whole":
            keys = table["Outcome"] + "|" + table["Group"]
            small = keys.isin(keys[small])
        numbers = ["Count", "Value", "Standard error", "CI from", "CI to"] + (
            ["n"] if rule == "whole" else []
        )
        table[numbers] = table[numbers].astype(object).mask(small, "")
        table.to_csv(folder / f"{name}.csv", index=False)
