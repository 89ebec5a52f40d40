"""Why a printed number differs from ours, worked out from the numbers themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ipseval.auditing.fitting import mean_is_possible, possible_counts
from ipseval.core.language import say
from ipseval.core.rounding import conventions_giving, half_up
from ipseval.study.ledger.ours import Ours
from ipseval.study.ledger.printed import Printed

SAME, ROUNDED, DIFFERS = "ledger_same", "ledger_same_rounded", "ledger_differs"
OPEN, OUTSIDE = "ledger_open", "ledger_outside"


@dataclass(frozen=True)
class Verdict:
    """Same, differs, open or outside the files, with the reason as a code and its values."""

    status: str
    reason: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, lang: str) -> str:
        """Return the reason in words."""
        return say(self.reason, lang, **self.values) if self.reason else ""


def judge(printed: Printed, ours: Ours, bases: Mapping[str, int]) -> Verdict:
    """Set a printed number beside ours and say why they differ, if they do."""
    if printed.quantity in ("told", "wording"):
        return Verdict(OUTSIDE, f"ledger_{printed.quantity}")
    if printed.quantity == "odds_ratio_hidden":
        return Verdict(OPEN, "ledger_hidden")
    if ours.value is None:
        return Verdict(OUTSIDE, "ledger_no_value")
    if printed.quantity in ("fraction", "about_mean"):
        return _loosely(printed, ours.value)
    if printed.quantity == "all_over":
        return (
            Verdict(SAME) if ours.value > Fraction(printed.text) else Verdict(DIFFERS, "ledger_unexplained")
        )
    rules = conventions_giving(ours.value, printed.text)
    if "half_up" in rules:
        return Verdict(SAME)
    if rules:
        return Verdict(ROUNDED, "ledger_rounding", {"rules": ", ".join(sorted(rules))})
    return _difference(printed, ours, bases)


def _loosely(printed: Printed, value: Fraction) -> Verdict:
    """Judge a claim in words ("about nine months", "one in five") within its tolerance."""
    tolerance = Fraction(str(printed.tolerance if printed.tolerance is not None else 0.5))
    near = abs(value - Fraction(printed.text)) <= tolerance
    told = {"tolerance": float(tolerance)}
    if near:
        return Verdict(SAME, "ledger_in_words", told)
    return _own_table(printed, Ours(value), {}) or Verdict(DIFFERS, "ledger_words_miss", told)


def _difference(printed: Printed, ours: Ours, bases: Mapping[str, int]) -> Verdict:
    assert ours.value is not None
    for test in (
        _stars,
        _significant,
        _sum_of_rounded,
        _own_table,
        _other_base,
        _impossible_share,
        _impossible_mean,
        _range,
        _search,
    ):
        verdict = test(printed, ours, bases)
        if verdict is not None:
            return verdict
    return Verdict(DIFFERS, "ledger_unexplained")


def _stars(printed: Printed, ours: Ours, bases: Mapping[str, int]) -> Verdict | None:
    """See what the printed interval itself says of the stars beside it."""
    if printed.quantity != "stars":
        return None
    low, high = map(Fraction, printed.parts)
    if low <= 1 <= high:
        return Verdict(DIFFERS, "ledger_stars_but_one_inside")
    if printed.text == "0":
        return Verdict(DIFFERS, "ledger_no_star")
    return Verdict(DIFFERS, "ledger_footnote_star")


def _significant(printed: Printed, ours: Ours, bases: Mapping[str, int]) -> Verdict | None:
    return Verdict(DIFFERS, "ledger_own_test") if printed.quantity == "significant" else None


def _sum_of_rounded(printed: Printed, ours: Ours, bases: Mapping[str, int]) -> Verdict | None:
    """See whether the text adds percentages that were rounded before."""
    parts = [p for p in printed.parts if p not in ("None", "")]
    if (
        printed.quantity == "percent"
        and len(parts) > 1
        and sum(map(int, parts)) == int(Fraction(printed.text))
    ):
        return Verdict(DIFFERS, "ledger_sum_of_rounded", {"parts": " + ".join(parts)})
    return None


def _own_table(printed: Printed, ours: Ours, bases: Mapping[str, int]) -> Verdict | None:
    """See whether the text contradicts the cells of the report's own table."""
    parts = [p for p in printed.parts if p not in ("None", "")]
    if printed.quantity not in ("percent", "fraction") or len(parts) < 2:
        return None
    total = sum(map(int, parts))
    if abs(total - Fraction(printed.text)) <= Fraction(len(parts), 2):
        return None
    return Verdict(DIFFERS, "ledger_own_table", {"parts": " + ".join(parts), "total": total})


def _other_base(printed: Printed, ours: Ours, bases: Mapping[str, int]) -> Verdict | None:
    """See whether the printed count is the size of another group, or a share taken of one."""
    ref = printed.ref
    if ref is None or not ref.base or not ref.of:
        return None
    for name, size in bases.items():
        count = printed.quantity == "count" and str(size) == printed.text
        share = printed.quantity == "percent" and conventions_giving(
            Fraction(100 * size, bases[ref.of]), printed.text
        )
        if name != ref.base and (count or share):
            return Verdict(DIFFERS, "ledger_other_base", {"size": size, "own": bases[ref.base]})
    return None


def _impossible_share(printed: Printed, ours: Ours, bases: Mapping[str, int]) -> Verdict | None:
    if printed.quantity not in ("percent", "segment") or not ours.n:
        return None
    if possible_counts(printed.text, ours.n):
        return None
    fitting = [m for m in range(max(1, ours.n - 12), ours.n) if possible_counts(printed.text, m)]
    told = ", ".join(map(str, fitting[-4:]))
    code = "ledger_no_whole_persons_but" if told else "ledger_no_whole_persons"
    return Verdict(DIFFERS, code, {"n": ours.n, "fitting": told})


def _impossible_mean(printed: Printed, ours: Ours, bases: Mapping[str, int]) -> Verdict | None:
    """See whether any whole total over these persons prints as the mean (GRIM; Brown & Heathers 2017)."""
    if printed.quantity != "mean" or not ours.n:
        return None
    if mean_is_possible(printed.text, ours.n):
        return None
    return Verdict(DIFFERS, "ledger_no_whole_total", {"n": ours.n})


def _range(printed: Printed, ours: Ours, bases: Mapping[str, int]) -> Verdict | None:
    if printed.quantity != "range":
        return None
    return Verdict(DIFFERS, "ledger_range", {"ours": str(half_up(ours.value or Fraction(0), 0))})


def _search(printed: Printed, ours: Ours, bases: Mapping[str, int]) -> Verdict | None:
    """Say of table 9 and p-values that the cohort is the nearest whole persons that were found."""
    if printed.quantity in ("odds_ratio", "ci_low", "ci_high", "p"):
        return Verdict(DIFFERS, "ledger_nearest")
    return None
