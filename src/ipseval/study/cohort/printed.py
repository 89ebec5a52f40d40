"""Sets every printed number that whole persons decide beside what the invented people give.

A number is met when at least one rounding convention prints ours as theirs.  Where it is not, the
reason is computed: whether any whole number of the base prints so at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from ipseval.core.language import say
from ipseval.core.rounding import CONVENTIONS, conventions_giving, half_up

Frames = Mapping[str, pd.DataFrame]
DEVIATION_COLUMNS = ("number", "printed", "ours", "why")


@dataclass(frozen=True)
class Number:
    """One printed number: its id, the printed text, our exact value, and its base when it is a share in %.

    `reason` is the code of a sentence for numbers that contradict other printed numbers.
    """

    id: str
    printed: str
    value: Fraction
    base: int | None = None
    reason: str = ""


GRADES_START = {"overskud": "7 17 45 18 12", "tro_arbejde": "18 29 26 22 4"}
FITS_START = {"motiv_forandring": "62 29 9 0", "motiv_indsats": "78 22 0 0", "motiv_indflydelse": "69 29 2 0"}
GRADES_END = {"vurd_stoette": "67 28 - - 0", "vurd_indflydelse": "74 23 0 3 0", "vurd_oensker": "70 23 5 2 0"}
LENGTHS = ((2, 5), (6, 14), (9, 21), (7, 16), (6, 14), (3, 7), (10, 23))
SCHOOLING = ((4, 8), (27, 55), (15, 31), (1, 2), (2, 4), (0, 0), (0, 0))
SUPPORT = {
    "psykiatri": (13, 24), "mentor": (11, 20), "psykolog": (8, 15),
    "udredning": (7, 13), "hjemmevejleder": (3, 5), "andre": (12, 22),
}  # fmt: skip
GOALS = {
    "c088": ("job", 80), "c089": ("hverdag", 56), "c090": ("uddannelse", 40),
    "c091": ("forstaaet", 38), "c092": ("sammen", 27),
}  # fmt: skip
PLACED = {
    "c124": ("modtagelse", (4, 5), 51), "c125": ("modtagelse", (3,), 22), "c126": ("modtagelse", (1, 2), 14),
    "c127": ("hensyn", (4, 5), 57), "c128": ("hensyn", (1,), 7),
    "c131": ("faellesskab", (3, 4, 5), 68), "c132": ("faellesskab", (1, 2), 18),
}  # fmt: skip
CELL_SUMS = {
    "c093": ("overskud", (4, 5), 24), "c095": ("overskud", (1, 2), 30),
    "c096": ("tro_arbejde", (4, 5), 47), "c100": ("tro_arbejde", (1, 2), 26),
}  # fmt: skip
MEANS_END = {
    "opl_hverdag": "2.9", "opl_sammen": "3.2", "uds_forstaaelse": "3.8", "uds_tro": "3.2", "uds_klar": "3.4",
}  # fmt: skip


def compare(frames: Frames, achieved: pd.DataFrame, lang: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the printed numbers that are not met, with reasons, and the conventions that give all others."""
    rows, surviving = [], set(CONVENTIONS)
    for number in numbers(frames):
        giving = conventions_giving(number.value, number.printed)
        if giving:
            surviving &= giving
        else:
            rows.append((number.id, number.printed, _shown(number), _why(number, lang)))
    rows += list(_scale_range(lang))
    rows += list(_table9(achieved, lang))
    return pd.DataFrame(rows, columns=list(DEVIATION_COLUMNS)), tuple(
        n for n in CONVENTIONS if n in surviving
    )


def numbers(frames: Frames) -> Iterator[Number]:
    """Give every printed count, share and mean that the people decide, but for table 9."""
    start, slut, register = frames["start"], frames["slut"], frames["registrering"]
    yield from _bases(start, slut, register)
    yield from _backgrounds(start)
    yield from _answers(start, slut)
    yield from _placements(slut)
    yield from _registrations(register)
    yield from _waves(start.merge(slut, on="id", suffixes=("_1", "_2")))


def _bases(start: pd.DataFrame, slut: pd.DataFrame, register: pd.DataFrame) -> Iterator[Number]:
    both = int(start["id"].isin(slut["id"]).sum())
    for name, printed, n in (
        ("registered", 66, len(register)), ("baseline_survey", 55, len(start)),
        ("followup_survey", 43, len(slut)),
        ("followup_ongoing", 9, int(slut["i_forloeb"].sum())), ("paired", 40, both),
    ):  # fmt: skip
        yield Number(f"bases.{name}", str(printed), Fraction(n))
    yield Number("c026", "65", _percent(len(slut), len(register)), len(register))
    yield Number("c027", "78", _percent(both, len(start)), len(start), "cohort_why_pairs")
    for place, (count, percent) in enumerate(LENGTHS, 1):
        yield from _counted(f"tabel_1[{place}]", slut["varighed"], place, count, percent)
    n = len(slut)
    yield Number("c047", "67", _percent(int((slut["varighed"] >= 4).sum()), n), n, "cohort_why_table_1")
    yield Number("c048", "23", _percent(int((slut["varighed"] == 7).sum()), n), n)
    yield Number("c049", "19", _percent(int((slut["varighed"] <= 2).sum()), n), n)
    yield Number("c041", "9", _mean(slut["varighed_mdr"]))


def _backgrounds(start: pd.DataFrame) -> Iterator[Number]:
    for code, count, percent in ((1, 24, 44), (2, 29, 53), (3, 2, 4)):
        yield from _counted(f"tabel_2_koen[{code}]", start["koen"], code, count, percent)
    age = start["alder"]
    yield Number("tabel_2_alder.yngst", "16", Fraction(int(age.min())))
    yield Number("tabel_2_alder.aeldst", "29", Fraction(int(age.max())))
    yield Number("tabel_2_alder.gennemsnit", "22", _mean(age))
    yield Number("c056", "36", Fraction(int((age > 20).sum())))
    for code, (count, percent) in enumerate(SCHOOLING, 1):
        yield from _counted(f"tabel_2_uddannelse[{code}]", start["uddannelse"], code, count, percent)
    for code, count, percent in ((1, 47, 85), (0, 8, 15)):
        yield from _counted(f"tabel_2_erfaring[{code}]", start["erfaring"], code, count, percent)
    for name, (count, percent) in SUPPORT.items():
        yield from _counted(f"tabel_4.{name}", start[f"indsats_{name}"], 1, count, percent)
    for claim, (name, percent) in GOALS.items():
        yield Number(claim, str(percent), _percent(int(start[f"maal_{name}"].sum()), len(start)), len(start))


def _answers(start: pd.DataFrame, slut: pd.DataFrame) -> Iterator[Number]:
    for table, frame, rows, top in (
        ("tabel_5", start, FITS_START, 4),
        ("tabel_6", start, GRADES_START, 5),
        ("tabel_7", slut, GRADES_END, 5),
    ):  # fmt: skip
        for column, printed in rows.items():
            for step, percent in enumerate(printed.split()):
                if percent != "-":
                    count, n = int((frame[column] == top - step).sum()), int(frame[column].notna().sum())
                    yield Number(f"{table}.{column}[{step + 1}]", percent, _percent(count, n), n)
    for claim, (asked, codes, share) in CELL_SUMS.items():
        n = int(start[asked].notna().sum())
        yield Number(claim, str(share), _percent(int(start[asked].isin(codes).sum()), n), n)
    for column, printed in MEANS_END.items():
        yield Number(f"bilag5.{column}", printed, _mean(slut[column]))
    for code, count in ((1, 0), (2, 0), (3, 4), (4, 20), (5, 19)):
        yield Number(f"bilag5_samlet[{code}]", str(count), Fraction(int((slut["samlet"] == code).sum())))


def _placements(slut: pd.DataFrame) -> Iterator[Number]:
    placed = slut[slut["praktik"] == 1]
    yield Number("c117", "28", Fraction(len(placed)))
    without = slut[slut["praktik"] == 0]
    yield Number("c118", "15", Fraction(len(without)))
    yield Number("c119", "5", Fraction(int((without["varighed"] <= 2).sum())))
    for claim, (part, codes, percent) in PLACED.items():
        count = int(placed[f"praktik_{part}"].isin(codes).sum())
        yield Number(claim, str(percent), _percent(count, len(placed)), len(placed))
    told = slut[slut["psyk_kontakt"] == 1]
    yield Number("c110", "16", Fraction(len(told)))
    for claim, name, percent in (("c111", "dialog", 64), ("c112", "stoette", 56), ("c113", "betydning", 57)):
        column = told[f"psyk_{name}"]
        n = int(column.notna().sum())
        yield Number(claim, str(percent), _percent(int((column >= 4).sum()), n), n)


def _registrations(register: pd.DataFrame) -> Iterator[Number]:
    for code, count, percent in ((1, 28, 42), (2, 38, 58)):
        yield from _counted(f"tabel_3[{code}]", register["reg_status"], code, count, percent)
    yield Number("c109", "33", Fraction(int(register["reg_psykiatri"].sum())))
    yield from _counted("c121", register["reg_virksomhed"], 1, 48, 73)
    active = register.loc[register["reg_afsluttet"] == 0, "reg_virksomhed"]
    yield Number("c122", "23", Fraction(len(active)))
    yield from _counted("c123", active, 1, 19, 83)
    ended = register.loc[register["reg_afsluttet"] == 1, "reg_afslutning"]
    yield Number("c136", "43", Fraction(len(ended)))
    for code, count in ((1, 9), (2, 3), (3, 14)):
        yield Number(f"tabel_8[{code}]", str(count), Fraction(int((ended == code).sum())))
    yield Number("c138", "60", _percent(int((ended <= 3).sum()), len(ended)), len(ended))


def _waves(pairs: pd.DataFrame) -> Iterator[Number]:
    n = len(pairs)
    for figure, names, times, first, second in (
        ("figur_1", [f"mestring_{i}" for i in (1, 2, 3)], 1, "7.85", "8.03"),
        ("figur_2", ["ensomhed"], 1, "2.83", "2.70"),
        ("figur_3", [f"who5_{i}" for i in range(1, 6)], 4, "49", "51"),
        ("figur_4", ["belastning"], 1, "3.1", "3.22"),
    ):
        for wave, printed in (("1", first), ("2", second)):
            score = pairs[[f"{name}_{wave}" for name in names]].sum(axis=1)
            yield Number(f"{figure}.t{wave}", printed, Fraction(times * int(score.sum()), n))
    for wave, shares in (("1", ("27.5", "25.0", "47.5")), ("2", ("25.0", "17.5", "57.5"))):
        index = 4 * pairs[[f"who5_{i}_{wave}" for i in range(1, 6)]].sum(axis=1)
        for band, printed in zip(((0, 35), (36, 50), (51, 100)), shares, strict=True):
            yield Number(
                f"figur_3.t{wave}[{band[0]}]", printed, _percent(int(index.between(*band).sum()), n), n
            )


def _counted(number: str, column: pd.Series[Any], code: int, count: int, percent: int) -> Iterator[Number]:
    ours, n = int((column == code).sum()), int(column.notna().sum())
    yield Number(f"{number}.count", str(count), Fraction(ours))
    yield Number(f"{number}.percent", str(percent), _percent(ours, n), n)


def _percent(count: int, n: int) -> Fraction:
    return Fraction(100 * count, n)


def _mean(column: pd.Series[Any]) -> Fraction:
    tenths = (10 * column.dropna()).round()
    return Fraction(int(tenths.sum()), 10 * int(column.notna().sum()))


def _shown(number: Number) -> str:
    count = f" ({number.value * number.base / 100}/{number.base})" if number.base else ""
    return f"{half_up(number.value, 1)}{count}"


def _why(number: Number, lang: str) -> str:
    if number.reason:
        return say(number.reason, lang)
    n = number.base or 0
    if not any(conventions_giving(_percent(k, n), number.printed) for k in range(n + 1)):
        return say("cohort_why_no_count", lang, n=n, printed=number.printed)
    return say("cohort_why_row", lang)


def _scale_range(lang: str) -> Iterator[tuple[str, str, str, str]]:
    """The mastery index is printed as 4-12; three answers from 1 to 4 make 3-12."""
    yield ("c152", "4-12", "3-12", say("cohort_why_range", lang))


def _table9(achieved: pd.DataFrame, lang: str) -> Iterator[tuple[str, str, str, str]]:
    pairs: tuple[tuple[str, str], ...] = (
        ("odds_ratio", "printed_odds_ratio"), ("low", "printed_low"),
        ("high", "printed_high"), ("p_wald", "printed_p"),
    )  # fmt: skip
    for row in achieved.to_dict("records"):
        for ours, printed in pairs:
            if pd.isna(row[printed]):
                continue
            places = 3 if ours == "p_wald" else 2
            wanted, got = Decimal(f"{row[printed]:.{places}f}"), half_up(float(row[ours]), places)
            if got != wanted:
                why = say("cohort_why_table_9", lang, n=int(row["n"]))
                yield (f"tabel_9[{int(row['row'])}].{ours}", str(wanted), str(got), why)
