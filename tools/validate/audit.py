"""Honest reports and reports with one number changed: false accusations and detection of `ipseval.audit`.

Run: python tools/validate/audit.py [--reports 2000] [--seed 8] [--write docs/audit/measured.md] Every
report is made from whole invented people by one rounding convention; some have people who did not answer
(told nowhere), some are weighted (told nowhere), some say `weights: none` (and are not weighted).
"""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

import ipseval
from ipseval.auditing.audit import audit
from ipseval.auditing.findings import LEVELS
from ipseval.core.rounding import CONVENTIONS

ACCUSING = ("contradiction", "method", "source")


class Maker:
    """One invented report: its people, its convention, its unanswered questions and its weights."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        names = sorted(CONVENTIONS)
        self.rounding = CONVENTIONS[names[seed % len(names)]]
        self.n = int(self.rng.integers(10, 501))
        kind = int(self.rng.integers(0, 4))
        self.missing = 0.0 if kind == 0 else float(self.rng.uniform(0, 0.15)) * (kind != 2)
        self.weights = self.rng.gamma(4.0, 0.25, self.n) if kind == 3 else None
        self.says_unweighted = kind < 2 and bool(self.rng.integers(0, 2))
        self.percent_decimals = int(self.rng.integers(0, 2))
        self.way = int(self.rng.integers(0, 3))

    def answered(self) -> np.ndarray:
        """Return who answered a question (somebody always did)."""
        who = self.rng.random(self.n) >= self.missing
        who[0] = True
        return who

    def percent(self, hits: np.ndarray, who: np.ndarray) -> str:
        """Print a share by the report's convention, weighted or not, in one of the usual orders."""
        if self.weights is not None:
            value: Any = float(100 * self.weights[who & hits].sum() / self.weights[who].sum())
        else:
            k, n = int((hits & who).sum()), int(who.sum())
            value = (Fraction(100 * k, n), 100 * k / n, k / n * 100)[self.way]
        return str(self.rounding(value, self.percent_decimals))

    def report(self) -> dict[str, Any]:
        """Return the report's numbers."""
        report: dict[str, Any] = {"report": {"weights": "none" if self.says_unweighted else "unknown"}}
        report["groups"] = [{"id": "all", "n": self.n}]
        report["distributions"], report["shares"] = self._tables()
        report["means"] = [self._mean(i) for i in range(4)]
        report["models"] = [
            {"id": "m", "n": self.n, "events": self.n // 2, "stars": ["0.05", "0.01", "0.001"]}
        ]
        report["ratios"] = [self._ratio(i) for i in range(2)]
        report["tests"] = [self._test(i) for i in range(2)]
        return report

    def _tables(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        tables, shares = [], []
        for t in range(4):
            k = int(self.rng.integers(2, 6))
            answers = self.rng.choice(k, self.n, p=self.rng.dirichlet(np.ones(k)))
            who = self.answered()
            counts = t < 2
            cells = []
            for j in range(k):
                cell: dict[str, Any] = {"label": str(j), "percent": self.percent(answers == j, who)}
                if counts:
                    cell["count"] = int(((answers == j) & who).sum())
                cells.append(cell)
            tables.append({"id": f"t{t}", "group": "all", "n": self.n, "cells": cells})
            hits = answers < 2
            shares.append(
                {"id": f"s{t}", "distribution": f"t{t}", "cells": [1, 2], "percent": self.percent(hits, who)}
            )
            if counts:
                shares[-1]["count"] = int((hits & who).sum())
            n = int(who.sum())
            own = {"id": f"o{t}", "percent": self.percent(answers == 0, who), "n": n}
            shares.append({**own, "count": int(((answers == 0) & who).sum())})
        return tables, shares

    def _mean(self, i: int) -> dict[str, Any]:
        items, low, high, unit = ((1, 1, 5, 1), (3, 3, 12, 1), (5, 0, 100, 4), (1, 0, 1, 1))[i]
        steps = self.rng.binomial((high - low) // unit, float(self.rng.uniform(0.2, 0.8)), self.n)
        scores, who = low + unit * steps, self.answered()
        own = scores[who]
        if self.weights is not None:
            w = self.weights[who]
            mean: Any = float((w * own).sum() / w.sum())
            sd = math.sqrt(float((w * (own - mean) ** 2).sum() / w.sum()))
        else:
            mean = Fraction(int(own.sum()), len(own))
            sd = float(np.std(own, ddof=1)) if len(own) > 1 else 0.0
        return {
            "id": f"mean{i}",
            "value": str(self.rounding(mean, 2)),
            "sd": str(self.rounding(sd, 2)),
            "n": self.n,
            "items": items,
            "unit": unit,
            "low": low,
            "high": high,
        }

    def _ratio(self, i: int) -> dict[str, Any]:
        """Return a Wald interval of a real 2 x 2 table with its p and stars."""
        from scipy import special

        cells = self.rng.integers(2, max(4, self.n // 3), 4).astype(float)
        log = math.log(cells[0] * cells[3] / (cells[1] * cells[2]))
        se = math.sqrt(float((1 / cells).sum()))
        p = 2 * float(special.ndtr(-abs(log / se)))
        low, high = math.exp(log - 1.959964 * se), math.exp(log + 1.959964 * se)
        stars = "*" * sum(p < limit for limit in (0.05, 0.01, 0.001))
        numbers = [str(self.rounding(v, 2)) for v in (math.exp(log), low, high)]
        return {
            "id": f"r{i}",
            "model": "m",
            "value": numbers[0],
            "low": numbers[1],
            "high": numbers[2],
            "p": str(self.rounding(p, 3)),
            "mark": stars,
        }

    def _test(self, i: int) -> dict[str, Any]:
        from scipy import special

        df = self.n - 1 if i == 0 else 2
        value = float(self.rng.uniform(0.1, 4)) if i == 0 else float(self.rng.uniform(0.1, 12))
        p = 2 * float(special.stdtr(df, -value)) if i == 0 else float(special.chdtrc(df, value))
        return {
            "id": f"test{i}",
            "kind": ("t", "chi2")[i],
            "value": str(self.rounding(value, 2)),
            "df": df,
            "p": str(self.rounding(p, 3)),
        }


CHANGED = (
    ("distributions", "percent"),
    ("distributions", "count"),
    ("shares", "percent"),
    ("shares", "count"),
    ("means", "value"),
    ("means", "sd"),
    ("ratios", "value"),
    ("ratios", "high"),
    ("ratios", "p"),
    ("tests", "p"),
)


def change_one(report: dict[str, Any], rng: np.random.Generator) -> tuple[dict[str, Any], str, str]:
    """Change one printed number by one to nine units of its last decimal; return its place."""
    import copy

    section, key = CHANGED[int(rng.integers(len(CHANGED)))]
    changed = copy.deepcopy(report)
    entries = changed[section]
    entry = entries[int(rng.integers(len(entries)))]
    target = entry
    if section == "distributions":
        cells = [c for c in entry["cells"] if key in c]
        if not cells:
            entry = entries[0]
            cells = entry["cells"]
        target = cells[int(rng.integers(len(cells)))]
    if key not in target:
        key = "percent"
    text = str(target[key])
    places = len(text.partition(".")[2])
    step = int(rng.integers(1, 10)) * (1 if rng.random() < 0.5 else -1)
    value = Fraction(text) + Fraction(step, 10**places)
    if value < 0:
        value = Fraction(text) - Fraction(step, 10**places)
    target[key] = f"{float(value):.{places}f}" if not isinstance(target[key], int) else int(value)
    return changed, section, key


def accused(report: dict[str, Any]) -> tuple[Counter[tuple[str, str, str]], Counter[str]]:
    """Return what is accused (item, rule, level) and how many findings there are at each level."""
    found = audit(report)
    told = Counter((f.item, f.code, f.level) for f in found.findings if f.level in ACCUSING)
    return told, Counter(f.level for f in found.findings)


def simulate(reports: int, seed: int) -> dict[str, Any]:
    """Audit honest reports, and the same with one number changed."""
    levels: Counter[str] = Counter()
    rates: dict[tuple[str, str], list[int]] = {}
    false, told, told_accused = 0, 0, 0
    small = [0, 0, 0]
    for i in range(reports):
        maker = Maker(seed * 1_000_003 + i)
        report = maker.report()
        honest, counts = accused(report)
        levels.update(counts)
        false += counts["contradiction"] > 0
        if maker.missing == 0 and maker.weights is None:
            told, told_accused = told + 1, told_accused + bool(honest)
        changed, section, key = change_one(report, maker.rng)
        after, _ = accused(changed)
        new = after - honest
        rows = [rates.setdefault((section, key), [0, 0, 0]), *([small] if maker.n <= 100 else [])]
        for row in rows:
            row[0] += 1
            row[1] += bool(new)
            row[2] += any(level == "contradiction" for _, _, level in new)
    return {
        "reports": reports,
        "false": false,
        "levels": levels,
        "rates": rates,
        "small": small,
        "told": told,
        "told_accused": told_accused,
    }


def rate(row: list[int], at: int) -> str:
    """Write a row's share in percent."""
    return f"{100 * row[at] / row[0]:.0f} %" if row[0] else "-"


def page(found: dict[str, Any], seconds: float, ips_ung: float) -> str:
    """Write what was measured."""
    rates = found["rates"]
    total = [sum(row[i] for row in rates.values()) for i in range(3)]
    told = ", ".join(f"{level} {found['levels'][level]}" for level in LEVELS)
    lines = [
        "# What was measured of the audit",
        "",
        "Made by `python tools/validate/audit.py`; do not edit by hand.",
        "",
        f"- {found['reports']} honest invented reports (n 10 to 500, six rounding conventions,",
        f"  undeclared item non-response and weights in some): {found['false']} with a contradiction.",
        f"  Findings in all together: {told}.",
        "- The method findings are true: those reports do not tell their weights or smaller bases.  Of the",
        f"  {found['told']} reports that have neither, {found['told_accused']} have any finding but notes.",
        "- The same reports with one number changed by 1 to 9 units of its last decimal:",
        f"  {rate(total, 1)} give a finding that the honest one does not have,",
        f"  {rate(total, 2)} a contradiction;",
        f"  of those with n up to 100, {rate(found['small'], 1)} and {rate(found['small'], 2)}.",
        f"- The whole IPS UNG audit takes {ips_ung:.1f} seconds with start-up;",
        f"  all these reports took {seconds:.0f}.",
        "",
        "| number changed | reports | detected | as a contradiction |",
        "| --- | ---: | ---: | ---: |",
    ]
    for (section, key), (n, any_level, sure) in sorted(rates.items()):
        lines.append(f"| {section}: {key} | {n} | {100 * any_level / n:.0f} % | {100 * sure / n:.0f} % |")
    return "\n".join(lines) + "\n"


Expected = tuple[str, str, list[int]]


def expected_numbers(first_form: dict[str, Any]) -> list[Expected]:
    """Return every number of the file made by hand: (id, value, the lines it may stand on)."""
    out = [one for table in first_form["tables"] for one in _of_table(table)]
    for figure in first_form["figures"]:
        at = figure["value_lines"]
        if figure.get("n_line"):
            out.append((figure["id"], str(figure["n"]), [figure["n_line"]]))
        for wave in ("t1", "t2"):
            lines = [line for line in (at.get(wave), at.get("text"), (at.get("text") or 0) + 1) if line]
            out.append((figure["id"], str(figure["values"][wave]), lines))
    return out + [one for claim in first_form["claims"] for one in _of_claim(claim)]


def _of_table(table: dict[str, Any]) -> list[Expected]:
    out: list[Expected] = []
    if table.get("n_stated") is not None:
        lines = list(range(table["lines"][0] - 9, table["lines"][-1] + 1))
        out.append((table["id"], str(table["n_stated"]), lines))
    for row in table["rows"]:
        values = [row.get(k) for k in ("count", "percent", "value", "or", "n", "mean")]
        for key in ("ci", "percents", "segments_legible"):
            values += row.get(key) or ()
        out += [(table["id"], str(v), [row["line"]]) for v in values if v is not None]
        if row.get("p_line"):
            out.append((table["id"], str(row["p_text"]), [row["p_line"]]))
    return out


def _of_claim(claim: dict[str, Any]) -> list[Expected]:
    values: list[Any] = []
    if claim["type"] not in ("or_count", "or_over", "or_as_rr"):
        values = [claim.get(k) for k in ("percent", "count", "value", "p", "months", "hours", "days", "from")]
    said = claim["what"]
    if claim["type"] in ("pct_count", "frac_count") and "personer" not in said and "delt" not in said:
        values.append(claim.get("n"))
    for key in ("values", "percents", "range"):
        values += claim.get(key) or ()
    return [(claim["id"], str(v), claim["lines"]) for v in values if v is not None]


def measure_intake(text: Path, by_hand: Path) -> str:
    """Return how many numbers of the file made by hand the reader found, with value and line."""
    import yaml

    from ipseval.auditing.intake.draft import draft_published

    first_form = yaml.safe_load(by_hand.read_text(encoding="utf-8"))
    draft = draft_published(text)
    where: dict[int, list[float]] = {}
    entered: dict[int, list[float]] = {}
    for number in draft.numbers:
        where.setdefault(number.line, []).extend(_values(number.value))
        if number.used:
            entered.setdefault(number.line, []).extend(_values(number.value))
    facts = {
        c["id"] for c in first_form["claims"] if c["type"] in ("fact", "equal", "target", "months", "hours")
    }
    expected = expected_numbers(first_form)
    missed = [e for e in expected if not _found(e[1], e[2], where)]
    to_enter = [e for e in expected if e[0] not in facts]
    in_entries = sum(_found(e[1], e[2], entered) for e in to_enter)
    lines = [
        f"{len(expected) - len(missed)} of {len(expected)} numbers found with value and line; "
        f"{len(draft.numbers)} in the text",
        f"{in_entries} of {len(to_enter)} that are shares, means, ratios or counts stand in a drafted entry",
    ]
    lines += [f"  missed: {id} {value} l. {at[0]}" for id, value, at in missed]
    lines.append(_bases(first_form, draft))
    return "\n".join([*lines, *(f"{k}: {v}" for k, v in draft.counts().items())])


def _values(text: str) -> list[float]:
    """Return the numbers of a token; a date holds its year, month and day too."""
    parts = text.split("-")
    return [float(p) for p in parts if p] + (
        [float(parts[0]) + float(parts[1]) / 100] if len(parts) > 1 else []
    )


def _found(value: str, lines: list[int], where: dict[int, list[float]]) -> bool:
    wanted = _values(value)
    return any(all(any(abs(w - v) < 0.011 for v in where.get(line, ())) for w in wanted) for line in lines)


def _bases(first_form: dict[str, Any], draft: Any) -> str:
    """Count the right and wrong bases of shares printed alone."""
    right = wrong = none = 0
    entries = draft.content.get("shares", [])
    tables = {t["id"]: t.get("n_stated") or t.get("n_inferred") for t in first_form["tables"]}
    for claim in first_form["claims"]:
        if claim["type"] not in ("pct_n", "pct_table", "cell"):
            continue
        true = claim.get("n") or tables.get(claim.get("table"))
        near = [
            e
            for e in entries
            if e["lines"][0] in claim["lines"] and e.get("percent") == str(claim["percent"])
        ]
        if not near or not near[0].get("n"):
            none += 1
        elif str(near[0]["n"]) == str(true):
            right += 1
        else:
            wrong += 1
    return f"bases proposed for shares alone: {right} right, {wrong} wrong, {none} without"


def seconds_of_ips_ung() -> float:
    """Return how long the whole audit of the packaged report takes, from nothing."""
    import subprocess
    import sys

    file = Path(ipseval.__file__).parent / "study" / "plans" / "published" / "ips_ung.yaml"
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", f"import ipseval; ipseval.audit({str(file)!r}).to_html('da')"], check=True
    )
    return time.perf_counter() - start


def main() -> None:
    """Run the simulation and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--text", type=Path, help="a report's text, to measure the intake reader")
    parser.add_argument("--by-hand", type=Path, help="its numbers made by hand, in the first form")
    asked = parser.parse_args()
    intake = measure_intake(asked.text, asked.by_hand) if asked.text else ""
    if asked.text and not asked.write:
        print(intake)
        return
    start = time.perf_counter()
    found = simulate(asked.reports, asked.seed)
    text = page(found, time.perf_counter() - start, seconds_of_ips_ung())
    if intake:
        told = [f"- {line.strip()}" for line in intake.splitlines()]
        text += "\n## The text reader on the IPS UNG report's raw OCR text\n\n" + "\n".join(told) + "\n"
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
