"""Writes a release from its cleared rows: a CSV per result and one page.

What leaves says "hidden" of a small count and of one that protects it alike, because the word would tell
which is which; the checker's page (`release_checker`), which stays, says why of each.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipseval.core.labels import Labels
from ipseval.core.language import say
from ipseval.core.result import Result
from ipseval.reporting.disclosure.facts import records
from ipseval.reporting.disclosure.fate import FOR_ITSELF, HIDDEN, PERSON, PROTECTING, Fate
from ipseval.reporting.disclosure.judge import Judged
from ipseval.reporting.disclosure.profiles import Profile
from ipseval.reporting.formats import round_half_up, written
from ipseval.reporting.layouts.ask import Ask
from ipseval.reporting.page import write_page
from ipseval.reporting.tables import FrameColumn, table_from_frame
from ipseval.reporting.write_csv import write_csv

if TYPE_CHECKING:
    import pandas as pd

    from ipseval.reporting.display import Table

_WORDS = ("outcome", "group", "contrast", "term", "estimand", "scale")
_TELLING = ("release_small", "release_model_cell", "release_already_out", *FOR_ITSELF)


def file_name(name: str) -> str:
    """A name that every system takes."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:80] or "result"


def cleared_frame(result: Result, fates: Sequence[Fate], lang: str, *, blind: bool = True) -> pd.DataFrame:
    """The rows that leave: words, the counts and numbers that were cleared, and a status."""
    import pandas as pd

    rows = []
    for source, fate in zip(records(result), fates, strict=True):
        row: dict[str, Any] = {name: source[name] for name in _WORDS}
        row |= {"n_events": _or_nan(fate.n_events), "n": _or_nan(fate.n), "estimate": _or_nan(fate.estimate)}
        for name in ("std_error", "ci_low", "ci_high", "statistic", "df", "p_value"):
            row[name] = source[name] if fate.rest and fate.estimate is not None else float("nan")
        row["status"] = status_in_words(source, fate, lang, blind=blind)
        rows.append(row)
    columns = [*_WORDS, "n_events", "n", "estimate", "std_error", "ci_low", "ci_high", "statistic", "df"]
    return pd.DataFrame(rows, columns=[*columns, "p_value", "status"])


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _tells(fate: Fate) -> bool:
    """Whether status and reason say which counts are small."""
    return fate.status == PROTECTING or fate.why in _TELLING


def status_that_leaves(fate: Fate) -> str:
    """The status as what leaves the machine says it: hidden is hidden, for whatever reason."""
    return HIDDEN if _tells(fate) else fate.status


def status_in_words(source: Mapping[str, Any], fate: Fate, lang: str, *, blind: bool = True) -> str:
    """The status, and of a row that is shown in part, what is not."""
    status = status_that_leaves(fate) if blind else fate.status
    said = say(f"release_status_{status}", lang)
    had = [name for name in ("n_events", "n", "estimate") if _is_there(source[name])]
    gone = [name for name in had if getattr(fate, name) is None]
    if status not in (HIDDEN, PROTECTING) or gone in ([], had):
        return said
    number = "share" if source["scale"] == "share" else "number"
    parts = [say(f"release_part_{number if name == 'estimate' else name}", lang) for name in gone]
    return f"{said}: {say('release_and', lang).join(parts)}"


def _is_there(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


@dataclass(frozen=True)
class Look:
    """How pages look: the thresholds, language and words, and what every reader must see first.

    `earlier` counts the releases that the ledger knows already; None without one.
    """

    profile: Profile
    lang: str
    labels: Labels = field(default_factory=Labels)
    banner: str = ""
    earlier: int | None = None

    @property
    def before(self) -> str:
        """Whether earlier releases were taken into account."""
        code = {None: "release_no_ledger", 0: "release_ledger_begins"}.get(self.earlier, "release_earlier")
        return self.say(code, n=self.earlier)

    @property
    def thresholds(self) -> str:
        """Whose thresholds, and how many persons."""
        return self.profile.sentence(self.lang)

    def cheapest(self, gap: float | None) -> str:
        """Whether another pattern could hide less, and how much less."""
        if gap is None:
            return self.say("release_not_cheapest")
        if gap == 0:
            return self.say("release_cheapest")
        return self.say("release_near_cheapest", percent=written(round_half_up(100 * gap, 1), 1, self.lang))

    def title(self, name: str) -> str:
        """What a result is called: its title where the study has one, else its name."""
        key = f"results.{name}"
        return self.labels.name(key, self.lang) if key in self.labels.names else name

    def say(self, code: str, **values: object) -> str:
        """The words of a code."""
        return say(code, self.lang, **values)


def in_words(source: Mapping[str, Any], ask: Ask) -> dict[str, str]:
    """What a row speaks of, in the words of the house and of the study; nothing is said twice."""
    outcome, term, scale = str(source["outcome"]), str(source["term"]), str(source["scale"])
    is_answer = scale == "share" and source["estimand"] == "share"
    said = {
        "outcome": ask.name(outcome),
        "group": ask.group(str(source["group"])) if source["group"] else "",
        "contrast": ask.contrast(str(source["contrast"])) if source["contrast"] else "",
        "term": (ask.category if is_answer else ask.term)(outcome, term),
    }
    kinds = [
        ask.scale(scale),
        "" if source["estimand"] in (scale, term) else ask.estimand(source["estimand"]),
    ]
    return said | {"what": ", ".join(k for k in dict.fromkeys(kinds) if k and k != said["term"])}


def sentences(
    said: Sequence[Mapping[str, str]], fates: Sequence[Fate], look: Look, *, blind: bool
) -> list[str]:
    """Say of every row that is not shown whole why; rows of a measure that share a reason share a line."""
    alike: dict[tuple[str, str, str, str], list[int]] = {}
    for at, (row, fate) in enumerate(zip(said, fates, strict=True)):
        if fate.why:
            why = reason(fate, look, blind=blind)
            alike.setdefault((row["outcome"], row["group"], row["contrast"], why), []).append(at)
    lines = []
    for (*whose, why), rows in alike.items():
        terms = ", ".join(dict.fromkeys(said[at]["term"] for at in rows if said[at]["term"]))
        what = ": ".join(part for part in (", ".join(w for w in whose if w), terms) if part)
        code = "release_line" if len(rows) == 1 else "release_lines"
        lines.append(look.say(code, row=spans([at + 1 for at in rows]), what=what, why=why))
    return lines


def spans(rows: Sequence[int]) -> str:
    """Numbers of rows, neighbours as from-to: 1-3, 7."""
    parts: list[list[int]] = []
    for row in rows:
        if parts and parts[-1][-1] == row - 1:
            parts[-1].append(row)
        else:
            parts.append([row])
    return ", ".join(f"{p[0]}-{p[-1]}" if len(p) > 1 else str(p[0]) for p in parts)


def reason(fate: Fate, look: Look, *, blind: bool) -> str:
    """Why something of a row is not shown."""
    return look.say("release_blind" if blind and _tells(fate) else fate.why, k=look.profile.persons)


def result_table(
    name: str, result: Result, fates: Sequence[Fate], look: Look, *, blind: bool = True
) -> Table:
    """The display table of one cleared result."""
    by = result.evidence.by if result.evidence is not None else ""
    ask = Ask(look.lang, look.labels, by=by)
    said = [in_words(source, ask) for source in records(result)]
    frame = cleared_frame(result, fates, look.lang, blind=blind).drop(columns=list(_WORDS))
    # What became of the row stands beside its words: far to the right nobody would look for it.
    frame.insert(0, "status", frame.pop("status"))
    for at, word in enumerate(("outcome", "group", "contrast", "term", "what")):
        frame.insert(at, word, [row[word] for row in said])
    notes = sentences(said, fates, look, blind=blind)
    empty = [c for c in frame.columns if (frame[c].isna() | (frame[c] == "")).all()]
    frame = frame.drop(columns=[c for c in empty if c not in ("n", "n_events", "estimate", "status")])
    frame.insert(0, "row", [str(number) for number in range(1, len(frame) + 1)])  # the notes speak of it
    title = f"{look.title(name)}: {result.base.words(look.lang)} ({_csv(name)})"
    return _table(frame, look.lang, title, notes, f"t-{file_name(name).lower()}")


def _table(frame: pd.DataFrame, lang: str, title: str, notes: Sequence[str], id: str) -> Table:
    """The frame with heads in words."""
    formats = {"n_events": "count", "n": "count", "p_value": "p"}
    columns = {
        c: _column(c, formats.get(c, "text" if _is_text(c) else "number"), lang) for c in frame.columns
    }
    return table_from_frame(frame, columns=columns, lang=lang, title=title, notes=notes, id=id)


def _column(name: str, format: str, lang: str) -> FrameColumn:
    decimals = (1 if name == "df" else 3) if format == "number" else None
    return FrameColumn(say(f"release_head_{name}", lang), format, decimals=decimals)


def _is_text(column: str) -> bool:
    return column in (*_WORDS, "row", "what", "status")


def write_tables(folder: Path, named: Mapping[str, Result], judged: Judged, look: Look) -> None:
    """Write a CSV per result, with codes and plain numbers, and one page with all of them in words."""
    sections: list[tuple[int, str, list[Any]]] = []
    written = []
    for (name, whole), all_rows in zip(named.items(), judged.fates, strict=True):
        result, rows = _without_open(whole, all_rows)
        if rows:
            written.append(_csv(name))
            frame = cleared_frame(result, rows, look.lang)
            used = [c for c in frame.columns if not (c in _WORDS and (frame[c] == "").all())]
            write_csv(
                _table(frame[used], look.lang, name, (), f"t-{file_name(name).lower()}"), folder / _csv(name)
            )
            heading = look.title(name)
            sections.append((2, heading, [result_table(name, result, rows, look)]))
    about = [look.say("release_intro", profile=look.thresholds), look.before]
    about += [look.cheapest(judged.gap)] if judged.gap != 0 else []
    about += [look.say("release_files", files=", ".join(written))] if written else []
    write_page(
        folder / "index.html", title=look.say("release_title"), lang=look.lang, banner=look.banner,
        sections=[(2, look.say("release_about"), about), *sections],
    )  # fmt: skip


def _without_open(result: Result, fates: Sequence[Fate]) -> tuple[Result, Sequence[Fate]]:
    """The rows that were judged; those that need a person stand on the checker's page alone."""
    kept = [at for at, fate in enumerate(fates) if status_that_leaves(fate) != PERSON]
    return replace(result, estimates=result.estimates.iloc[kept]), [fates[at] for at in kept]


def _csv(name: str) -> str:
    return f"{file_name(name)}.csv"
