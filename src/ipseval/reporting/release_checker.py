"""The page for the output checker: what to sign off, what was not checked, and why of every row; it stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipseval.core.language import words
from ipseval.core.result import Result
from ipseval.reporting.disclosure.facts import records
from ipseval.reporting.disclosure.fate import PERSON, Fate
from ipseval.reporting.disclosure.judge import Judged
from ipseval.reporting.page import Html, write_page
from ipseval.reporting.release_files import Look, reason, result_table, spans, status_that_leaves

if TYPE_CHECKING:
    import pandas as pd

MOST_WORDS = 60
"""More words of the data than these are counted, not listed."""
LIMITS = ("people", "rows", "known", "thresholds", "outside")
"""What is never checked, each a sentence."""


@dataclass(frozen=True, eq=False)
class Checked:
    """What the checker reads: the results and what became of them, the record, the scan and the stories."""

    named: Mapping[str, Result]
    judged: Judged
    record: Mapping[str, Any]
    findings: Sequence[str]
    stories: Mapping[str, pd.DataFrame]

    def rows(self) -> Iterator[tuple[str, int, dict[str, Any], Fate]]:
        """Every row: its result, its number, what it said and what became of it."""
        for (name, result), fates in zip(self.named.items(), self.judged.fates, strict=True):
            for at, (row, fate) in enumerate(zip(records(result), fates, strict=False), start=1):
                yield name, at, row, fate


def write_checker(folder: Path, told: Checked, look: Look) -> None:
    """Write the page: the list to sign off first, every row with its own status and reason last."""
    sections: list[Any] = [
        (2, look.say("release_sign_off"), [_listed(_to_sign(told, look))]),
        (2, look.say("release_by_hand"), _by_hand(told, look)),
        (2, look.say("release_unchecked"), [_listed(_unchecked(told, look))]),
        (2, look.say("release_scan"), _scan_lines(told, look)),
    ]
    each = zip(told.named.items(), told.judged.fates, told.judged.refused, strict=True)
    for (name, result), fates, why in each:
        items: list[Any] = []
        if why:
            items.append(look.say(why, k=look.profile.persons, staff=look.profile.staff - 1))
        if fates:
            items.append(result_table(name, result, fates, look, blind=False))
        sections.append((2, name, items))
    for name, found in told.stories.items():
        sections.append((2, name, [look.say("release_story"), *_story_lines(found, look)]))
    write_page(
        folder / "checker.html", title=look.say("release_checker"), lang=look.lang, banner=look.banner,
        sections=sections,
    )  # fmt: skip


def _scan_lines(told: Checked, look: Look) -> list[str]:
    """What the scan found, and what it does not look at."""
    found = list(told.findings) or [look.say("release_scan_nothing")]
    return [*found, look.say("scan_not_looked_at")]


def _listed(lines: Sequence[str]) -> Html:
    return Html("<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>")


def _to_sign(told: Checked, look: Look) -> list[str]:
    """What was used and tried, a line each."""
    from ipseval import __version__

    today = datetime.now().astimezone().date().isoformat()
    statuses = [fate.status for _, _, _, fate in told.rows()]
    hidden = sum(status.startswith("hidden") for status in statuses)
    return [
        look.say("release_checker_intro", profile=look.thresholds),
        look.say("release_sign_profile", id=look.profile.id, digest=look.profile.digest),
        look.say("release_sign_date", date=today),
        look.say("release_sign_code", version=__version__, digest=told.record["code"]),
        *_sources(told, look),
        look.before,
        *([look.say("release_sign_seal", seal=told.record["ledger"])] if told.record["ledger"] else []),
        *_attacked(told, look),
        look.say("release_sign_rows", n=len(statuses), hidden=hidden, person=statuses.count(PERSON)),
    ]


def _sources(told: Checked, look: Look) -> list[str]:
    """The registers that the results name, and the frames that they were made from."""
    registers = sorted({name for each in told.named.values() for name in each.base.registers})
    prints = sorted(
        {(name, found[:12]) for each in told.named.values() for name, found in each.source.fingerprints}
    )
    lines = [look.say("release_sign_registers", names=", ".join(registers))] if registers else []
    lines += [] if registers else [look.say("release_sign_no_registers")]
    frames = ", ".join(f"{name} {found}" for name, found in prints)
    return [*lines, look.say("release_sign_frames", frames=frames)] if frames else lines


def _attacked(told: Checked, look: Look) -> list[str]:
    """What was tried against the pattern, in sentences."""
    judged = told.judged
    if not judged.attacked:
        lines = [look.say("release_nothing_small")]
    else:
        lines = [look.say("release_attacked", attacked=judged.attacked)]
        if told.record["method"] == "suppress":
            lines.append(look.cheapest(judged.gap))
    if judged.already_out:
        lines.append(look.say("release_out_before", n=judged.already_out))
    return lines


def _by_hand(told: Checked, look: Look) -> list[Any]:
    """What is in this very release that only a person can judge."""
    lines = [*_open_rows(told, look), *_same_answer(told, look)]
    for name, found in told.stories.items():
        lines.append(look.say("release_hand_story", name=name, n=int(found["hits"].sum())))
    if told.findings:
        lines.append(look.say("release_hand_scan", n=len(told.findings)))
    said = _words_of_data(told, look)
    if said:
        shown = [f"“{word}”" for word in said[:MOST_WORDS]]
        shown += [look.say("release_hand_more", n=len(said) - MOST_WORDS)] if len(said) > MOST_WORDS else []
        lines.append(look.say("release_hand_words", n=len(said), words=", ".join(shown)))
    return [_listed(lines)] if lines else [look.say("release_hand_nothing")]


def _open_rows(told: Checked, look: Look) -> list[str]:
    """Rows that no rule of ours decides: by result and reason."""
    found: dict[tuple[str, str], list[int]] = {}
    for name, at, _, fate in told.rows():
        if fate.status == PERSON:
            found.setdefault((name, reason(fate, look, blind=False)), []).append(at)
    return [
        look.say("release_hand_rows", name=name, n=len(rows), rows=spans(rows), why=why)
        for (name, why), rows in found.items()
    ]


def _same_answer(told: Checked, look: Look) -> list[str]:
    """Rows that leave and say of a whole group that all of it answered so."""
    found: dict[str, list[int]] = {}
    for name, at, row, fate in told.rows():
        if row["scale"] == "share" and fate.n and fate.n_events == fate.n and fate.status != PERSON:
            found.setdefault(name, []).append(at)
    return [
        look.say("release_hand_same", name=name, n=len(rows), rows=spans(rows))
        for name, rows in found.items()
    ]


def _words_of_data(told: Checked, look: Look) -> list[str]:
    """Categories and groups that stand in the files in the words of the data, without a label."""
    found: dict[str, None] = {}
    for name, _, row, fate in told.rows():
        if status_that_leaves(fate) == PERSON:
            continue
        evidence = told.named[name].evidence
        by = evidence.by if evidence is not None else ""
        answer = row["scale"] == "share" and row["estimand"] == "share"
        texts = [(by, str(row["group"])), *([(str(row["outcome"]), str(row["term"]))] if answer else [])]
        for column, text in texts:
            labelled = text in look.labels.values.get(column, {}) or text in look.labels.names
            if any(letter.isalpha() for letter in text) and not labelled and text not in words():
                found[text] = None
    return list(found)


def _unchecked(told: Checked, look: Look) -> list[str]:
    """What was not checked: of these results, and never."""
    unknown = [
        name
        for name, each in told.named.items()
        if each.evidence is not None and (each.evidence.people is None or each.evidence.people.by)
    ]
    unnamed = [
        name
        for name, each in told.named.items()
        if each.evidence is not None and each.evidence.population.startswith("frame:")
    ]
    lines = [look.say("release_limit_no_people", names=", ".join(unknown))] if unknown else []
    lines += [look.say("release_limit_no_id", names=", ".join(unnamed))] if unnamed else []
    lines += [look.say("release_limit_ledger")] if not look.earlier else []
    return [*lines, *(look.say(f"release_limit_{each}", k=look.profile.persons - 1) for each in LIMITS)]


def _story_lines(found: pd.DataFrame, look: Look) -> list[str]:
    """What a checklist found, a sentence each."""
    return [
        look.say(f"release_story_{check}", n=hits) + f" ({look.say(f'release_status_{status}')})"
        for check, hits, status in found.itertuples(index=False)
    ]
