"""Deals out the remaining answers so that every printed count and share comes back.

Each list below is a printed row turned into whole persons: (code, how many).  6 is "not relevant to
me", 8 "don't know", 9 left blank.  Where no whole persons give the printed share the nearest are taken
(the report's ledger names them).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from cohort_waves import ranked, rated

Person = dict[str, Any]
Share = Sequence[tuple[int, int]]

START_BY_WELLBEING: dict[str, Share] = {
    "motiv_forandring": ((4, 34), (3, 16), (2, 5)),
    "motiv_indsats": ((4, 43), (3, 12)),
    "motiv_indflydelse": ((4, 38), (3, 16), (2, 1)),
    "overskud": ((5, 4), (4, 9), (3, 25), (2, 10), (1, 7)),
    "tro_arbejde": ((5, 10), (4, 16), (3, 15), (2, 12), (1, 2)),
}
GOALS = {"maal_job": 44, "maal_hverdag": 31, "maal_uddannelse": 22, "maal_forstaaet": 21, "maal_sammen": 15}
SUPPORT = {"indsats_mentor": 11, "indsats_psykolog": 8, "indsats_hjemmevejleder": 3, "indsats_andre": 12}
END_BY_WELLBEING: dict[str, Share] = {
    "vurd_stoette": ((5, 29), (4, 12), (3, 2)),
    "vurd_indflydelse": ((5, 29), (4, 9), (2, 1), (9, 4)),
    "vurd_oensker": ((5, 30), (4, 10), (3, 2), (2, 1)),
    "opl_forstaaet": ((5, 10), (4, 13), (3, 11), (2, 5), (1, 2), (6, 2)),
    "uds_forstaaelse": ((5, 12), (4, 16), (3, 9), (2, 4), (1, 1), (6, 1)),
    "uds_tro": ((5, 6), (4, 12), (3, 13), (2, 10), (1, 2)),
    "uds_klar": ((5, 8), (4, 13), (3, 11), (2, 6), (1, 3), (6, 2)),
    "samlet": ((5, 19), (4, 20), (3, 4)),
}
PLACEMENT: dict[str, Share] = {
    "praktik_modtagelse": ((5, 6), (4, 8), (3, 6), (2, 3), (1, 1), (6, 4)),
    "praktik_hensyn": ((5, 7), (4, 9), (3, 5), (2, 3), (1, 2), (6, 2)),
    "praktik_faellesskab": ((5, 5), (4, 7), (3, 7), (2, 3), (1, 2), (6, 4)),
    "praktik_afklaring": ((5, 3), (4, 6), (3, 6), (2, 3), (1, 4), (6, 4), (8, 2)),
}
PSYCHIATRY: dict[str, Share] = {
    "psyk_dialog": ((5, 4), (4, 5), (3, 3), (2, 1), (1, 1), (6, 1), (8, 1)),
    "psyk_stoette": ((5, 5), (4, 4), (3, 4), (2, 2), (1, 1)),
    "psyk_betydning": ((5, 3), (4, 5), (3, 3), (2, 2), (1, 1), (6, 1), (9, 1)),
}


def deal(rng: random.Random, people: Sequence[Person], column: str, share: Share, pull: int) -> None:
    """Give each person one code; good codes lean towards those who are well, missing codes fall anywhere."""
    codes = [code for code, n in share for _ in range(n)]
    if len(codes) != len(people):
        raise RuntimeError(f"{column}: {len(codes)} answers for {len(people)} persons")
    who = list(people)
    rng.shuffle(who)
    missing = [c for c in codes if c > 5]
    for p, code in zip(who, missing, strict=False):
        p[column] = code
    rest = who[len(missing) :]
    dealt = ranked(rng, [c for c in codes if c <= 5], [p["latent"] for p in rest], pull)
    for p, value in zip(rest, dealt, strict=True):
        p[column] = int(value)


def tick(rng: random.Random, people: Sequence[Person], column: str, n: int, among: Sequence[Person]) -> None:
    """Set 1 for n persons among some, 0 for all others."""
    chosen = rng.sample(list(among), n)
    for p in people:
        p[column] = int(any(p is q for q in chosen))


def fill_start_answers(people: Sequence[Person], rng: random.Random) -> None:
    """Complete the start questionnaire."""
    who = [p for p in people if p["in_start"]]
    for p in who:
        for key in ("koen", "alder", "uddannelse", "erfaring", "erfaring_aar"):
            p[f"start.{key}"] = p.get(key)
            if key != "erfaring_aar":
                p[f"start.{key}"] = round(p[key])
    for column, share in START_BY_WELLBEING.items():
        deal(rng, who, f"start.{column}", share, 1)
    tick(rng, who, "start.indsats_psykiatri", 13, who)
    tick(rng, who, "start.indsats_udredning", 7, [p for p in who if not p["start.indsats_psykiatri"]])
    for column, n in SUPPORT.items():
        tick(rng, who, f"start.{column}", n, who)
    for column, n in GOALS.items():
        tick(rng, who, f"start.{column}", n, who)
    without = [p for p in who if not any(p[f"start.{c}"] for c in GOALS)]
    for p in without:  # nobody joins without a goal: take a tick from someone with several
        giver = next(q for q in who if q["start.maal_job"] and sum(q[f"start.{c}"] for c in GOALS) > 1)
        p["start.maal_job"], giver["start.maal_job"] = 1, 0


def fill_end_answers(people: Sequence[Person], rng: random.Random) -> None:
    """Complete the end questionnaire."""
    who = [p for p in people if p["in_end"]]
    ongoing = [p for p in who if not p["finished"]]
    for p in who:
        p["end.i_forloeb"] = int(not p["finished"])
        p["end.i_job_uddannelse"] = p["y"]
    lengths = [c for c, n in ((1, 2), (2, 6), (3, 9), (4, 7), (5, 6), (6, 3), (7, 10)) for _ in range(n)]
    for p in who:
        if p["finished"]:
            lengths.remove(round(p["varighed"]))
            p["end.varighed"] = round(p["varighed"])
    rng.shuffle(lengths)
    for p, length in zip(ongoing, lengths, strict=True):
        p["end.varighed"] = length
    for column, share in END_BY_WELLBEING.items():
        deal(rng, who, f"end.{column}", share, 2)
    experience(who, ongoing, rng)
    placement(who, rng)
    psychiatry(who, rng)


def experience(who: Sequence[Person], ongoing: Sequence[Person], rng: random.Random) -> None:
    """Split the rating of table 9 into its two questions."""
    finished = [p for p in who if p["finished"]]
    rating = [p for p in finished if "vurdering" in p]
    first, second = rated(rng, [p["vurdering"] for p in rating], len(ongoing))
    for p, a, b in zip(rating + list(ongoing), first, second, strict=True):
        p["end.opl_hverdag"], p["end.opl_sammen"] = a, b
    for p in finished:
        if "vurdering" not in p:
            p["end.opl_hverdag"] = p["end.opl_sammen"] = 6


def placement(who: Sequence[Person], rng: random.Random) -> None:
    """Place 28 of 43 in a company; 5 of the 15 others stayed under four months."""
    short = [p for p in who if p["end.varighed"] <= 2]
    chosen = rng.sample(short, len(short) - 5)
    for finished, n in ((True, 21), (False, 7)):
        group = [p for p in who if p["end.varighed"] > 2 and p["finished"] is finished]
        n -= sum(p["finished"] is finished for p in chosen)
        chosen = chosen + sorted(group, key=lambda p: (-p["y"], p["latent"]))[: n // 2]
        left = [p for p in group if not any(p is q for q in chosen)]
        chosen = chosen + rng.sample(left, n - n // 2)
    for p in who:
        p["end.praktik"] = int(any(p is q for q in chosen))
    placed = [p for p in who if p["end.praktik"]]
    for column, share in PLACEMENT.items():
        deal(rng, placed, f"end.{column}", share, 1)


def psychiatry(who: Sequence[Person], rng: random.Random) -> None:
    """Let 16 of 43 tell of contact with psychiatry, those under treatment or assessment first."""
    known = [p for p in who if p.get("start.indsats_psykiatri") or p.get("start.indsats_udredning")]
    rng.shuffle(known)
    unknown = [p for p in who if not any(p is q for q in known)]
    told = known[:12]
    told = told + rng.sample(unknown, 16 - len(told))
    for p in who:
        p["end.psyk_kontakt"] = int(any(p is q for q in told))
    for column, share in PSYCHIATRY.items():
        deal(rng, told, f"end.{column}", share, 1)


def fill_registration(people: Sequence[Person], rng: random.Random) -> None:
    """Complete the programme's own registration of all 66, in step with what the persons said."""
    silent = [p for p in people if not p["in_end"]]
    for p in rng.sample(silent, 9):
        p["finished"] = True
    finished = [p for p in people if p["finished"]]
    for p in people:
        p["reg.reg_afsluttet"] = int(p["finished"])
    statuses(people, rng)
    ways(finished, rng)
    contact = [p for p in people if p.get("start.indsats_psykiatri") or p.get("end.psyk_kontakt")]
    spread(people, contact, "reg.reg_psykiatri", 33, rng)
    for group, n in ((finished, 29), ([p for p in people if not p["finished"]], 19)):
        spread(group, [p for p in group if p.get("end.praktik")], "reg.reg_virksomhed", n, rng)


def statuses(people: Sequence[Person], rng: random.Random) -> None:
    """Let 38 be ready for education and 28 for activity only, the latter rather the less well."""
    dealt = ranked(rng, [1] * 28 + [2] * 38, [p["latent"] for p in people], 1)
    for p, status in zip(people, dealt, strict=True):
        p["reg.reg_status"] = int(status)


def ways(finished: Sequence[Person], rng: random.Random) -> None:
    """Finish 9 to a job, 3 to a flex job, 14 to education; those who told of work or education first."""
    yes = [p for p in finished if p["in_end"] and p["y"]]
    silent = [p for p in finished if not p["in_end"]]
    yes += rng.sample(silent, 26 - len(yes))
    codes = [1] * 9 + [2] * 3 + [3] * 14
    rng.shuffle(codes)
    for p in finished:
        p["reg.reg_afslutning"] = 4
    for p, code in zip(yes, codes, strict=True):
        p["reg.reg_afslutning"] = code


def spread(people: Sequence[Person], sure: Sequence[Person], column: str, n: int, rng: random.Random) -> None:
    """Set 1 for the sure ones and for as many others as make n."""
    others = [p for p in people if not any(p is q for q in sure)]
    chosen = list(sure) + rng.sample(others, n - len(sure))
    for p in people:
        p[column] = int(any(p is q for q in chosen))
