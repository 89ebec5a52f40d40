"""How an attacker reads instruments, panels, waves, bars, balance tables, weeks and pooled numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import t as students

from reporting_disclosure import puzzles
from reporting_disclosure.attacker import number
from reporting_disclosure.mixed import BARS, CODES, EDGES, WEEKS
from reporting_disclosure.puzzles import Puzzle, TwoSides, possible

if TYPE_CHECKING:
    from reporting_disclosure.mixed_attack import MixedAttack

Lines = Sequence[Mapping[str, str]]
STATES = dict(zip(WEEKS, ({"first": "hi"}, {"job": "1"}), strict=True))
ARMS = {"treated": "1", "control": "0"}


def kind_of(line: Mapping[str, str]) -> str:
    return line["Scale"].split(",")[0].strip().replace(" ", "_").lower()


def _iv(attack: MixedAttack, lines: Lines, _: str) -> None:
    """Each part is a difference of shares with its error; the confidence set tells how the two go together."""
    found = {line["Term"]: line for line in lines}
    for line in lines:
        attack._known(attack.who("0"), line["n"], "everybody")
    for term, own in (("first_stage", {"took": "1"}), ("reduced_form", {"job": "1"})):
        _two_shares(attack, found[term], own)
    parts = [number(found[term]["Value"]) for term in ("first_stage", "reduced_form")]
    if number(found["iv"]["Value"]) is not None:
        if None in parts:
            attack.told.append("a part of the ratio of an instrument")
        _set(attack, found["iv"])


def _two_shares(attack: MixedAttack, line: Mapping[str, str], own: Mapping[str, str]) -> None:
    n, value, error = (number(line[c]) for c in ("n", "Value", "Standard error"))
    if None in (n, value):
        return
    who = [attack.who("0", arm="1"), *(attack.who("0", arm=arm, **own) for arm in "10")]

    def make(size: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> list[np.ndarray]:
        table = (ours, size - ours, theirs, n - size - theirs)
        made = [puzzles.gap(*table), puzzles.gap_error(*table)]
        return [possible(each, *table) for each in made[: 1 if error is None else 2]]

    attack.puzzles.append(Puzzle(who, make, [v for v in (value, error) if v is not None]))


def _set(attack: MixedAttack, line: Mapping[str, str]) -> None:
    """Anderson and Rubin's limits, of those who took part and have a job in either arm, and of who else."""
    shown = [number(line[c]) for c in ("CI from", "CI to")]
    df = number(line["df"])
    if None in shown or df is None or not np.isfinite(shown).all():
        return
    wide = float(students.ppf(0.975, df)) ** 2
    own = [{}, {"took": "1"}, {"job": "1"}, {"took": "1", "job": "1"}]
    who = [attack.who("0", arm=arm, **each) for arm in "10" for each in own]

    def make(*counts: np.ndarray) -> list[np.ndarray]:
        slopes, ones = [0.0, 0.0], [0.0, 0.0, 0.0]
        checks = []
        for sign, (size, took, job, both) in ((1.0, counts[:4]), (-1.0, counts[4:])):
            p, q = took / size, job / size
            slopes = [slopes[0] + sign * q, slopes[1] + sign * p]
            spread = (q - q * q, both / size - p * q, p - p * p)
            ones = [a + b / (size - 1) for a, b in zip(ones, spread, strict=True)]
            checks += [took - both, job - both, size - took - job + both]
        (gy, gd), (vyy, vyd, vdd) = slopes, ones
        a, b, c = gd**2 - wide * vdd, -2 * (gy * gd - wide * vyd), gy**2 - wide * vyy
        root = np.sqrt(b * b - 4 * a * c)
        ends = [(-b - root) / (2 * a), (-b + root) / (2 * a)]
        return [possible(each, *checks) for each in (np.minimum(*ends), np.maximum(*ends))]

    attack.puzzles.append(Puzzle(who, make, shown))


def _panel(attack: MixedAttack, lines: Lines, named: str) -> None:
    """The mean change of one arm less that of the other, and its error, squared: each arm adds its own."""
    lost = 1 if named == "did" else 0
    moves = ({}, {"first": "lo", "last": "hi"}, {"first": "hi", "last": "lo"})

    def side(arm: str, sign: float) -> tuple[list[np.ndarray], Callable[..., list[np.ndarray]]]:
        def make(size: np.ndarray, up: np.ndarray, down: np.ndarray) -> list[np.ndarray]:
            mean = (up - down) / size
            spread = ((up + down) / size - mean**2) / (size - lost)
            return [possible(each, size - up - down) for each in (sign * mean, spread)]

        return [attack.who("0", arm=arm, **move) for move in moves], make

    for line in lines:
        attack._known(attack.who("0"), line["n"], "everybody")
        value, error = (number(line[c]) for c in ("Value", "Standard error"))
        if value is not None and error is not None:
            attack.puzzles.append(TwoSides([side("1", 1.0), side("0", -1.0)], [value, error**2]))


def _waves(attack: MixedAttack, lines: Lines, by: str) -> None:
    """Shares at both waves; an odds ratio and its error tell how many were "hi" both times."""
    waves = {"0": "first", "1": "last"}
    shares: dict[str, list[str]] = {}
    for line in lines:
        group = {by: line["Group"]} if line["Group"] else {}
        attack._known(attack.who("0", **group), line["n"], f"n {group}")
        if kind_of(line) == "expected_share":
            part = attack.who("0", **group, **{waves[line["Term"]]: "hi"})
            where = f"{waves[line['Term']]}=hi {group}"
            attack._known(part, line["Count"], where)
            attack._share(attack.who("0", **group), part, line, where)
            shares.setdefault(line["Group"], []).append(line["Value"])
    for line in lines:
        ratio, error = (number(line[c]) for c in ("Value", "Standard error"))
        if kind_of(line) != "odds_ratio" or ratio is None:
            continue
        behind = [v for arm, own in shares.items() for v in own if line["Group"] in ("", arm)]
        if any(number(v) is None for v in behind):
            attack.told.append(f"a share behind {line['Term']} {line['Group']}")
        if line["Group"]:
            _both_waves(attack, {by: line["Group"]}, ratio, error)


def _both_waves(attack: MixedAttack, group: Mapping[str, str], ratio: float, error: float | None) -> None:
    own = ({}, {"first": "hi"}, {"last": "hi"}, {"first": "hi", "last": "hi"})
    who = [attack.who("0", **group, **each) for each in own]

    def make(n: np.ndarray, a: np.ndarray, b: np.ndarray, both: np.ndarray) -> list[np.ndarray]:
        left = n - a - b + both
        checks = (a - both, b - both, left)
        made = [puzzles.odds(b, n - b, a, n - a)]
        if error is not None:
            # Mancl and DeRouen: a whole cell has leverage 1 / n.
            p, q = a / n, b / n
            v, w = n * p * (1 - p), n * q * (1 - q)
            cells = ((both, 1, 1), (a - both, 1, 0), (b - both, 0, 1), (left, 0, 0))
            total = sum(many * ((y - q) / w - (x - p) / v) ** 2 for many, x, y in cells)
            made.append(np.sqrt(total) * n / (n - 1))
        return [possible(each, *checks) for each in made]

    attack.puzzles.append(Puzzle(who, make, [v for v in (ratio, error) if v is not None]))


def _bars(attack: MixedAttack, lines: Lines, by: str) -> None:
    """A bar holds those whose points lie in it: from the lower edge on, to below the upper."""
    for line in lines:
        low, high = (float(end) for end in line["Term"].split("-"))
        group = {by: line["Group"]}
        pairs = [
            {"first": f, "job": j}
            for f in CODES["first"]
            for j in CODES["job"]
            if low <= BARS[f] + BARS[j] < high or BARS[f] + BARS[j] == high == EDGES[-1]
        ]
        part = sum(attack.who("0", **group, **pair) for pair in pairs) if pairs else 0 * attack.who("0")
        attack._known(attack.who("0", **group), line["n"], f"n {group}")
        if pairs:
            attack._known(part, line["Count"], f"bar {line['Term']} {group}")
            attack._share(attack.who("0", **group), part, line, f"bar {line['Term']} {group}")


def _balance(attack: MixedAttack, lines: Lines, _: str) -> None:
    """A difference in standard deviations of the treated; of nearly all and of all, those left out are told."""
    own = {"sex[m]": {"sex": "m"}, "job": {"job": "1"}}
    before = {line["Term"]: line for line in lines if line["Group"] == "before"}
    for line in lines:
        n, value = number(line["n"]), number(line["Value"])
        if line["Group"] == "before":
            attack._known(attack.who("0"), line["n"], "everybody")
        if None in (n, value):
            continue
        who = [attack.who("0", arm="1"), *(attack.who("0", arm=a, **own[line["Term"]]) for a in "10")]
        if line["Group"] == "before":

            def make(size: np.ndarray, ours: np.ndarray, theirs: np.ndarray, n=n) -> list[np.ndarray]:
                p, q = ours / size, theirs / (n - size)
                checks = (size - ours, n - size - theirs)
                return [possible((p - q) / np.sqrt(p * (1 - p)), *checks)]

            attack.puzzles.append(Puzzle(who, make, [value]))
        elif number(before[line["Term"]]["Value"]) is not None:
            few = number(before[line["Term"]]["n"]) - n
            if few > 0:
                attack.left[f"{line['Term']} of the {few:g} not matched"] = (few, who)


def _weekly(attack: MixedAttack, lines: Lines, by: str) -> None:
    arms: dict[str, list[Mapping[str, str]]] = {}
    for line in lines:
        group = {by: ARMS[line["Group"]]} if line["Group"] else {}
        attack._known(attack.who("0", **group), line["n"], f"n {group}")
        if line["Group"]:
            state = STATES[int(line["Term"])]
            part = attack.who("0", **group, **state)
            attack._known(part, line["Count"], f"{state} {group}")
            attack._share(attack.who("0", **group), part, line, f"{state} {group}")
            arms.setdefault(line["Term"], []).append(line)
    for line in lines:
        if not line["Group"]:
            attack._gap(arms[line["Term"]], [line])


def _heard(attack: MixedAttack, lines: Lines, by: str) -> None:
    """Counts of those who answered."""
    for line in lines:
        group = {by: line["Group"]}
        part = attack.who("0", **group, heard=line["Term"])
        attack._known(_answered(attack, group), line["n"], f"answered {group}")
        attack._known(part, line["Count"], f"{line['Term']} {group}")
        attack._share(_answered(attack, group), part, line, f"{line['Term']} {group}")


def _answered(attack: MixedAttack, group: Mapping[str, str]) -> np.ndarray:
    return attack.who("0", **group) - attack.who("0", **group, heard="-")


def _known(attack: MixedAttack, lines: Lines, by: str) -> None:
    """An effect among those who answered."""
    arms = {line["Term"]: line for line in lines}
    for term, arm in (("mean_treated", "1"), ("mean_control", "0")):
        group = {by: arm}
        part = attack.who("0", **group, heard="hi")
        attack._known(_answered(attack, group), arms[term]["n"], f"answered {group}")
        attack._share(_answered(attack, group), part, arms[term], f"hi {group}")
    attack._known(_answered(attack, {}), arms["difference"]["n"], "answered")
    attack._known(attack.who("0", heard="hi"), arms["difference"]["Count"], "hi")
    attack._gap([arms["mean_treated"], arms["mean_control"]], [line for line in lines if line["Contrast"]])
    _two_shares_known(attack, lines, by)


def _two_shares_known(attack: MixedAttack, lines: Lines, by: str) -> None:
    shown = [line for line in lines if kind_of(line) in ("risk_difference", "risk_ratio", "odds_ratio")]
    shown = [line for line in shown if number(line["Value"]) is not None]
    if not shown:
        return
    makers = {"odds_ratio": puzzles.odds, "risk_ratio": puzzles.risk, "risk_difference": puzzles.gap}

    def make(n1: np.ndarray, a: np.ndarray, n0: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
        table = (a, n1 - a, b, n0 - b)
        return [possible(makers[kind_of(line)](*table), *table) for line in shown]

    who = [
        count
        for arm in "10"
        for count in (_answered(attack, {by: arm}), attack.who("0", **{by: arm, "heard": "hi"}))
    ]
    attack.puzzles.append(Puzzle(who, make, [float(line["Value"]) for line in shown]))


def _pooled(attack: MixedAttack, lines: Lines, by: str) -> None:
    """A pooled share lies between none and all of those filled having it."""
    for line in lines:
        arm = {"mean_treated": "1", "mean_control": "0"}.get(line["Term"])
        whole = {} if arm is None else {by: arm}
        attack._known(attack.who("0", **whole), line["n"], f"n {whole}")
        n, value = number(line["n"]), number(line["Value"])
        if arm is None or None in (n, value):
            continue
        sure = attack.who("0", **whole, heard="hi")
        attack._between(sure, -np.inf, n * value)
        attack._between(sure + attack.who("0", **whole, heard="-"), n * value, np.inf)


NEWER: Mapping[str, Callable[..., None]] = {
    "iv": _iv,
    "panel": _panel,
    "waves": _waves,
    "bars": _bars,
    "balance": _balance,
    "weekly": _weekly,
    "heard": _heard,
    "known": _known,
    "pooled": _pooled,
}
