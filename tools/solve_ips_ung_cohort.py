"""Solves for the invented people of the IPS UNG cohort and writes data_schemas/cohorts/ips_ung/*.csv.

Run `python tools/solve_ips_ung_cohort.py` from the top of the project (some minutes); it gives the
committed files again.  The people are invented and fitted to the numbers that the report printed:
they prove that a pipeline can give those numbers, nothing about the real participants.

Groups: 33 answered both questionnaires and have finished, 7 both and are still in the programme, 1 the
end only and has finished, 2 the end only and are still in it; 15 the start only, 8 neither.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cohort_answers import fill_end_answers, fill_registration, fill_start_answers
from cohort_dates import fill_dates
from cohort_table9 import ROWS, Counts, Row, fit, loss, solve_row, solve_sex
from cohort_waves import descend, ranked, split, starts_for, values_with_sum, who5_pairs

Person = dict[str, Any]
FOLDER = Path(__file__).resolve().parents[1] / "data_schemas" / "cohorts" / "ips_ung"
ORACLE = FOLDER.parents[2] / "tests" / "oracles" / "table9_profile" / "input.csv"
SCHEMAS = FOLDER.parents[1] / "surveys" / "ips_ung"
GROUPS = (
    ("both_finished", 33),
    ("end_finished", 1),
    ("both_ongoing", 7),
    ("end_ongoing", 2),
    ("start", 15),
    ("neither", 8),
)
EVENTS_BOTH, N_BOTH = 21, 33


def make_people(rng: random.Random) -> list[Person]:
    """Lay out the 66 persons with group, outcome and a hidden well-being that ties answers together."""
    people: list[Person] = []
    for group, n in GROUPS:
        for i in range(n):
            job = int(i < EVENTS_BOTH) if group == "both_finished" else 0
            people.append({"group": group, "y": job, "latent": rng.randrange(1000) + 150 * job})
    for p in [p for p in people if p["group"] == "both_ongoing"][:2]:
        p["y"] = 1
    for p in people:
        p["in_start"] = p["group"] in ("both_finished", "both_ongoing", "start")
        p["in_end"] = p["group"].startswith(("both", "end"))
        p["finished"] = p["group"].endswith("finished")
    return people


def table9(people: list[Person], rng: random.Random) -> None:
    """Hand out the values of table 9's predictors within those who have finished and answered."""
    pulls = {"mestring": 2, "vurdering": 2, "belastning": -2, "ensomhed": -2, "who5_aendring": 1}
    for row in ROWS:
        counts, found = solve_row(row)
        report(row, counts)
        for side in (0, 1):
            who = sharing(people, row, side)
            values = [v for v, c in zip(row.values, counts[side], strict=True) for _ in range(c)]
            dealt = ranked(rng, values, [p["latent"] for p in who], pulls.get(row.name, 0))
            for p, value in zip(who, dealt, strict=True):
                p[row.name] = value
        if found is None:
            raise RuntimeError(f"no fit for {row.name}")


def sharing(people: list[Person], row: Row, side: int) -> list[Person]:
    """Name the persons of one outcome who take part in a row: those at the end of the list have no value."""
    both = row.name in ("uddannelse", "alder", "erfaring_aar", "who5_aendring")
    groups = ("both_finished",) if both else ("both_finished", "end_finished")
    return [p for p in people if p["group"] in groups and p["y"] == side][: row.n[side]]


def report(row: Row, counts: Counts) -> None:
    """Say how near a row came."""
    f = fit(row.values, *counts)
    if f is not None:
        text = f"OR {f.odds_ratio:.4f} [{f.low:.4f}; {f.high:.4f}] p {f.p_wald:.4f} loss {loss(row, f):.2f}"
        print(f"{row.name:14s} n {sum(row.n)}  {text}", flush=True)


def background(people: list[Person], rng: random.Random) -> None:
    """Complete sex, age, education and years of experience for all 55 who answered at the start."""
    women, hit, _ = solve_sex(N_BOTH, EVENTS_BOTH)
    core = [p for p in people if p["group"] == "both_finished"]
    for side, n in ((1, hit), (0, women - hit)):
        who = [p for p in core if p["y"] == side]
        for p, sex in zip(who, shuffled(rng, [2] * n + [1] * (len(who) - n)), strict=True):
            p["koen"] = sex
    others = [p for p in people if p["in_start"] and p["group"] != "both_finished"]
    rest = [1] * (24 - (N_BOTH - women)) + [2] * (29 - women) + [3] * 2
    for p, sex in zip(others, shuffled(rng, rest), strict=True):
        p["koen"] = sex
    ages = other_ages(core, len(others), rng)
    schooling = [e for e, n in ((1, 4), (2, 27), (3, 15), (4, 1), (5, 2)) for _ in range(n)]
    for p in core:
        schooling.remove(round(p["uddannelse"]))
    schooling += [9] * 4 + [8] * 2
    for p, age, level in zip(others, ages, shuffled(rng, schooling), strict=True):
        p["alder"], p["uddannelse"] = age, level
    other_years(core, others, rng)
    agree(core, others, rng)


def other_ages(core: list[Person], n: int, rng: random.Random) -> list[int]:
    """Give the ages of the others: 36 of 55 are over 20, the youngest 16, the oldest 29, the mean near 22."""
    over = 36 - sum(p["alder"] > 20 for p in core)
    total = 1210 - round(sum(p["alder"] for p in core))
    ages = (
        [rng.randrange(21, 27) for _ in range(over - 1)]
        + [29]
        + [16]
        + [rng.randrange(17, 21) for _ in range(n - over - 1)]
    )

    def cost(state: list[int]) -> int:
        off = (
            30 * sum(not 16 <= a <= 29 for a in state)
            + 30 * (state.count(16) == 0)
            + 30 * (state.count(29) == 0)
        )
        return off + 10 * abs(sum(a > 20 for a in state) - over) + abs(sum(state) - total)

    def move(state: list[int]) -> list[int]:
        new = list(state)
        new[rng.randrange(n)] += rng.choice((-1, 1))
        return new

    return descend(ages, cost, move)


def other_years(core: list[Person], others: list[Person], rng: random.Random) -> None:
    """Give years of experience: 47 of 55 have any, a little over three years on average (half years)."""
    for p in core + others:
        p["erfaring"] = int("erfaring_aar" in p)
    some = others[: 47 - sum(p["erfaring"] for p in core)]
    half = round(2 * sum(p["erfaring_aar"] for p in core if p["erfaring"]))
    for p, value in zip(some, values_with_sum(rng, len(some), 301 - half, 1, 16), strict=True):
        p["erfaring"], p["erfaring_aar"] = 1, value / 2


def agree(core: list[Person], others: list[Person], rng: random.Random) -> None:
    """Swap values between persons of the same outcome until schooling and work fit their ages."""
    youngest = {2: 16, 3: 19, 4: 20, 5: 22}
    pools = [[p for p in core if p["y"] == side] for side in (0, 1)] + [others]

    def strain(p: Person) -> int:
        early = max(0, youngest.get(round(p["uddannelse"]), 16) - p["alder"])
        return round(2 * early + 2 * max(0.0, p.get("erfaring_aar", 0) - (p["alder"] - 14)))

    for pool in pools:
        for _ in range(200000):
            if not any(strain(p) for p in pool):
                break
            p, q = rng.sample(pool, 2)
            keys = rng.choice((("uddannelse",), ("alder",), ("erfaring", "erfaring_aar")))
            before = strain(p) + strain(q)
            swap(p, q, keys)
            if strain(p) + strain(q) > before:
                swap(p, q, keys)
        else:
            raise RuntimeError("schooling and work cannot be made to fit the ages")


def swap(p: Person, q: Person, keys: Sequence[str]) -> None:
    """Exchange some values of two persons; a key that one lacks moves over."""
    for key in keys:
        a, b = p.pop(key, None), q.pop(key, None)
        if b is not None:
            p[key] = b
        if a is not None:
            q[key] = a


def waves(people: list[Person], rng: random.Random) -> None:
    """Complete the scores at both waves for the 40 pairs, and the start of those without an end."""
    core = [p for p in people if p["group"] == "both_finished"]
    going = [p for p in people if p["group"] == "both_ongoing"]
    pairs = core + going
    changes = [round(p["who5_aendring"] / 4) for p in core]
    before, after = who5_pairs(rng, changes, len(going), (490, 510), ((11, 10, 19), (10, 7, 23)))
    for p, b, a in zip(pairs, before, after, strict=True):
        p["who5_start"], p["who5_end"] = b, a
    for name, starts, ends, low, high, spread in (
        ("mestring", 314, 321, 3, 12, (-3, -2, -2, -1, -1, 0, 0, 1, 1, 2, 2, 3)),
        ("ensomhed", 113, 108, 1, 5, (-2, -1, -1, 0, 0, 0, 1, 1)),
        ("belastning", 124, 129, 1, 5, (-2, -1, -1, 0, 0, 1, 1, 2)),
    ):
        missing = ends - round(sum(p[name] for p in core))
        for p, value in zip(going, values_with_sum(rng, len(going), missing, low, high), strict=True):
            p[name] = value
        finals = [round(p[name]) for p in pairs]
        for p, end, start in zip(
            pairs, finals, starts_for(rng, finals, starts, low, high, spread), strict=True
        ):
            p[f"{name}_end"], p[f"{name}_start"] = end, start
        only_start = [p for p in people if p["group"] == "start"]
        for p, start in zip(only_start, values_with_sum(rng, 15, starts * 15 // 40, low, high), strict=True):
            p[f"{name}_start"] = start
    for p, raw in zip(
        [p for p in people if p["group"] == "start"], values_with_sum(rng, 15, 181, 0, 25), strict=True
    ):
        p["who5_start"] = raw
    for p in [p for p in people if p["group"].startswith("end")]:
        p["who5_end"] = rng.randrange(8, 18)
        for name, low, high in (("mestring", 6, 10), ("ensomhed", 2, 4), ("belastning", 2, 5)):
            p[f"{name}_end"] = round(p.get(name, rng.randrange(low, high)))


def items(people: list[Person], rng: random.Random) -> None:
    """Split the scores into answers: five for WHO-5, three for mastery."""
    for p in people:
        for wave in ("start", "end"):
            if f"who5_{wave}" not in p:
                continue
            for i, answer in enumerate(split(rng, p[f"who5_{wave}"], 5, 0, 5), 1):
                p[f"{wave}.who5_{i}"] = answer
            for i, answer in enumerate(split(rng, p[f"mestring_{wave}"], 3, 1, 4), 1):
                p[f"{wave}.mestring_{i}"] = answer
            p[f"{wave}.ensomhed"] = p[f"ensomhed_{wave}"]
            p[f"{wave}.belastning"] = p[f"belastning_{wave}"]


def shuffled(rng: random.Random, values: Sequence[int]) -> list[int]:
    """Return the values in another order."""
    out = list(values)
    rng.shuffle(out)
    return out


def write(people: list[Person]) -> None:
    """Write one CSV per questionnaire, columns as in the schemas, an empty cell where nothing is."""
    import yaml

    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, prefix, there in (
        ("start", "start", "in_start"),
        ("slut", "end", "in_end"),
        ("registrering", "reg", None),
    ):
        schema = yaml.safe_load((SCHEMAS / f"{name}.yaml").read_text(encoding="utf-8"))
        columns = [f["name"] for f in schema["fields"] if not f.get("optional")]
        with (FOLDER / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(columns)
            for p in people:
                if there is None or p[there]:
                    writer.writerow([p["id"] if c == "id" else text(p.get(f"{prefix}.{c}")) for c in columns])


PRINTED = {
    "uddannelse": (None, 0.48, 3.04, None),
    "varighed": (None, 0.84, 2.11, None),
    "alder": (None, 0.78, 1.18, None),
    "koen": (None, 0.18, 3.27, None),
    "erfaring_aar": (None, 0.66, 1.24, None),
    "vurdering": (2.12, 1.16, 5.27, None),
    "mestring": (2.24, 1.28, 4.73, None),
    "who5_aendring": (None, 0.99, 1.08, None),
    "ensomhed": (None, 0.25, 1.75, None),
    "belastning": (None, 0.22, 0.95, 0.053),
}
"""Odds ratio, bounds and p as printed, in the order of table 9."""


def predictors(p: Person) -> dict[str, float]:
    """Read one person's predictors of table 9 back from the answers as they will be written."""
    found: dict[str, float] = {k: p[f"end.{k}"] for k in ("varighed", "ensomhed", "belastning")}
    found["mestring"] = sum(p[f"end.mestring_{i}"] for i in (1, 2, 3))
    ratings = [p["end.opl_hverdag"], p["end.opl_sammen"]]
    if max(ratings) <= 5:
        found["vurdering"] = sum(ratings) / 2
    if p["in_start"]:
        for key in ("uddannelse", "alder", "koen", "erfaring_aar"):
            if p.get(f"start.{key}") is not None:
                found[key] = p[f"start.{key}"]
        found["who5_aendring"] = 4 * sum(p[f"end.who5_{i}"] - p[f"start.who5_{i}"] for i in range(1, 6))
    return found


def write_table9(people: list[Person]) -> None:
    """Write how near each row comes, and the answers behind it as the input of the R check."""
    who = [p for p in people if p["in_end"] and not p["end.i_forloeb"]]
    rows = [(p["y"], predictors(p)) for p in who]
    with (FOLDER / "table9.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(
            ["row", "predictor", "n", "n_events", "odds_ratio", "low", "high", "p_wald"]
            + [f"printed_{k}" for k in ("odds_ratio", "low", "high", "p")]
        )
        for number, (name, printed) in enumerate(PRINTED.items(), 1):
            mine = [(y, found[name]) for y, found in rows if name in found]
            values = sorted({v for _, v in mine})
            counts = [[sum(y == side and v == x for y, v in mine) for x in values] for side in (0, 1)]
            f = fit(values, *counts)
            if f is None:
                raise RuntimeError(f"{name} separates the outcomes")
            ours = [f"{v:.8f}" for v in (f.odds_ratio, f.low, f.high, f.p_wald)]
            writer.writerow(
                [number, name, len(mine), sum(counts[1]), *ours, *("" if v is None else v for v in printed)]
            )
    with ORACLE.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["i_job_uddannelse", *PRINTED])
        for y, found in rows:
            writer.writerow([y, *(text(found.get(name)) for name in PRINTED)])


def text(value: Any) -> str:
    """Write a number without a needless decimal; nothing for what is not there."""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def main() -> None:
    """Solve, check as we go, and write."""
    rng = random.Random("IPS UNG, invented")
    people = make_people(rng)
    table9(people, rng)
    background(people, rng)
    waves(people, rng)
    items(people, rng)
    fill_start_answers(people, rng)
    fill_end_answers(people, rng)
    fill_registration(people, rng)
    fill_dates(people, rng)
    people.sort(key=lambda p: (p["reg.dato_start"], p["latent"], p["y"]))
    for number, p in enumerate(people, 1):
        p["id"] = f"U{number:03d}"
    write(people)
    write_table9(people)


if __name__ == "__main__":
    sys.exit(main())
