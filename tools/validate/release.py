"""Attacks released bundles of linked tables: what an outsider with only the files can tell, and what is kept.

Run: python tools/validate/release.py [--bundles N | --mixed N | --recoded N | --reconnect] [--write PAGE.md]
The bundles, the attacker and the two simple rules are those of tests/reporting_disclosure.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import ipseval as ips
from ipseval.study.plan import load_plan
from ipseval.study.registers.invented import write_reconnect
from ipseval.study.report import make_outcome

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]

from measured_page import HEAD, put  # noqa: E402 - found only with the path above

from reporting_disclosure.attack_runs import run  # noqa: E402 - found only with the path above
from reporting_disclosure.bundles import KINDS, bundle, recoded  # noqa: E402 - found only with the path above
from reporting_disclosure.mixed import CODES as MIXED_CODES  # noqa: E402 - found only with the path above
from reporting_disclosure.mixed import mixed  # noqa: E402 - found only with the path above
from reporting_disclosure.mixed_run import run_mixed  # noqa: E402 - found only with the path above

MIXED = "Several verbs on the same people"
RECODED = "Columns made of others"
RECONNECT = "The Reconnect report"


def main() -> None:
    """Attack every bundle and write the table."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--bundles", type=int, default=500)
    ask.add_argument("--method", default="suppress", choices=("suppress", "round"))
    ask.add_argument("--write", type=Path)
    ask.add_argument("--mixed", type=int, default=0, help="bundles of several verbs, and nothing else")
    ask.add_argument("--recoded", type=int, default=0, help="bundles of columns made of others, no more")
    ask.add_argument("--first", type=int, default=1_000, help="first seed of these")
    ask.add_argument("--reconnect", action="store_true", help="the Reconnect study, and nothing else")
    told = ask.parse_args()
    if told.mixed or told.recoded or told.reconnect:
        heading, lines = _section(told)
        sys.stdout.write("\n".join(lines) + "\n")
        if told.write:
            put(told.write, heading, lines)
        return
    found: dict[tuple[str, int], list[Any]] = defaultdict(list)
    longest = 0.0
    for seed in range(told.bundles):
        drawn = bundle(seed)
        with tempfile.TemporaryDirectory() as place:
            start = time.perf_counter()
            outcome = run(drawn, Path(place), told.method)
            longest = max(longest, time.perf_counter() - start)
        if outcome.told:
            sys.stdout.write(f"bundle {seed} ({outcome.kind}, k = {outcome.k}): {outcome.told}\n")
        found[(outcome.kind, outcome.k)].append(outcome)
        if told.write and seed % 25 == 24:
            put(told.write, HEAD, _page(found, seed + 1, longest).splitlines())
    text = _page(found, told.bundles, longest)
    sys.stdout.write(text)
    if told.write:
        put(told.write, HEAD, text.splitlines())


def _section(told: argparse.Namespace) -> tuple[str, list[str]]:
    if told.mixed:
        return MIXED, _mixed(told.first, told.mixed)
    if told.recoded:
        return RECODED, _recoded(told.first, told.recoded)
    return RECONNECT, _reconnect()


def _page(found: dict[tuple[str, int], list[Any]], bundles: int, longest: float) -> str:
    lines = [
        "# Release: what an attacker finds, and what the reader keeps",
        "",
        f"Written by `python tools/validate/release.py` from {bundles} generated bundles of invented",
        "people (30 to 159 persons; nested bases 34, 40 and 43).  The attacker has the released CSV files of",
        "all releases of a bundle.  He writes each number as an equation about people by sex, area, answer",
        "and base, adds that a zero is never hidden, and solves in whole numbers.  A small count is told",
        "when only one number fits, or when a share, mean or interval made of a hidden count stands in the",
        "file; answers of the few in one base and not in another count, too.",
        "",
        "*Kept* is the share of distinct counts (n and numerators) that stand in the files.  *Small only*",
        "hides counts below the threshold and nothing else; *whole group* leaves out every group of a table",
        "that has one.",
        "",
        "| bundle | k | bundles | refused | small counts told | kept "
        "| small only: told in | kept | whole group: kept |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    everything = []
    for kind in KINDS:
        for k in (3, 5):
            if found[(kind, k)]:
                lines.append(_line(kind.replace("_", "-"), str(k), found[(kind, k)]))
                everything += found[(kind, k)]
    lines.append(_line("all", "", everything))
    lines += ["", f"Longest bundle, release and attack: {longest:.1f} s, beside other work on two cores.", ""]
    return "\n".join(lines)


def _mixed(first: int, bundles: int) -> list[str]:
    """Attack bundles of several verbs, from outside and as the person with the rarest answers."""
    lines = [
        f"Written by `python tools/validate/release.py --mixed {bundles} --first {first} --write ...`:",
        "three to five of counts, odds ratios, effects, costs per effect, effects on amounts, bands, curves,",
        "comparisons with norms, recovery, instrumental variables, panels, repeated answers, bars of a",
        "score, balance tables, weekly shares, answers with gaps and pooled numbers of the same people, in",
        "one or two releases.  The attacker turns every ratio, share, error and mean of yes and no back into",
        "people, and knows how a score is made up.  The insider is the person with the rarest combination of",
        "answers, and knows his own.",
        "",
        "| attacker | bundles | told in | numbers that stand in the files | of |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in ("outsider", "insider"):
        told = shown = total = 0
        for seed in range(first, first + bundles):
            drawn = mixed(seed)
            answers = drawn.people[list(MIXED_CODES)].fillna("-").astype(str).apply(tuple, axis=1)
            rarest = int(answers.map(answers.value_counts()).to_numpy().argmin())
            with tempfile.TemporaryDirectory() as place:
                found, out, of = run_mixed(drawn, Path(place), rarest if name == "insider" else None)
            told, shown, total = told + bool(found), shown + out, total + of
        lines.append(f"| {name} | {bundles} | {told} | {shown:,} | {total:,} |")
    return lines


def _recoded(first: int, bundles: int) -> list[str]:
    """Attack bundles of columns made of others, with results that know their persons and that do not."""
    lines = [
        f"Written by `python tools/validate/release.py --recoded {bundles} --first {first} --write ...`:",
        "answers joined, zeros and ones made of an answer, areas joined to parts, beside the column that",
        "they were made of or in a second release under another name.  The attacker knows what was joined.",
        "Results of which the persons are not known show that he is able.",
        "",
        "| persons | bundles | refused | told in | kept |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, forget in (("known", False), ("not known", True)):
        found = []
        for seed in range(first, first + bundles):
            with tempfile.TemporaryDirectory() as place:
                found.append(run(recoded(seed), Path(place), forget=forget))
        refused, told = sum(each.refused for each in found), sum(bool(each.told) for each in found)
        kept = 100 * sum(each.shown for each in found) / sum(each.counts for each in found)
        lines.append(f"| {name} | {bundles} | {refused} | {told} | {kept:.0f} % |")
    return lines


def _reconnect() -> list[str]:
    """Release the invented Reconnect study and count what became of its rows."""
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "data"
        data.mkdir()
        write_reconnect(data, lang="da", persons=6_000, participants=150, seed=3)
        outcome = make_outcome(load_plan("reconnect"), data)
        released = ips.release(dict(outcome.results), Path(place) / "out", profile="sds-5", lang="en")
    rows = released.statuses()
    lines = [
        "Written by `python tools/validate/release.py --reconnect --write ...`: the packaged plan on 6,000",
        "invented persons, 150 of them participants, profile sds-5 (its health registers refuse laxer ones).",
        "What needs a person is not written; it stands on the page of the output checker.",
        "",
        "| kind of result | rows | as they are | averaged | hidden | need a person |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    kinds = rows["result"].map({name: result.kind for name, result in outcome.results.items()})
    for kind, own in [*rows.groupby(kinds, sort=True)["status"], ("all", rows["status"])]:
        counts = own.value_counts()
        hidden = counts.get("hidden", 0) + counts.get("hidden_to_protect", 0)
        cells = (
            len(own),
            counts.get("ok", 0),
            counts.get("rounded", 0),
            hidden,
            counts.get("needs_person", 0),
        )
        lines.append(f"| {kind} | " + " | ".join(str(c) for c in cells) + " |")
    return lines


def _line(kind: str, k: str, rows: list[Any]) -> str:
    counts = sum(r.counts for r in rows) or 1
    names = ("shown", "naive_shown", "whole_shown")
    kept = [100 * sum(getattr(r, name) for r in rows) / counts for name in names]
    refused = sum(r.refused for r in rows)
    told, naive = sum(len(r.told) for r in rows), sum(r.naive_told > 0 for r in rows)
    return (
        f"| {kind} | {k} | {len(rows)} | {refused} | {told} | {kept[0]:.0f} % | {naive} of {len(rows)} | "
        f"{kept[1]:.0f} % | {kept[2]:.0f} % |"
    )


if __name__ == "__main__":
    main()
