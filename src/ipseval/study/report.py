"""Makes the whole report of a plan: reads, computes, draws, and writes every format into one folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ipseval.core.checks import require_option
from ipseval.core.errors import ReportError, SchemaError
from ipseval.core.labels import Labels
from ipseval.core.language import LANGUAGES, counted, say
from ipseval.core.resources import load_yaml
from ipseval.core.result import Result
from ipseval.loading.synthetic import MARK, write_synthetic
from ipseval.reporting.replaced import replaced_folder
from ipseval.study.ledger.english import in_english
from ipseval.study.ledger.ledger import ledger, left_open
from ipseval.study.ledger.shown import ledger_tables
from ipseval.study.people import gather, read_inputs, schema_of
from ipseval.study.plan import Analysis, Plan, Show, Text
from ipseval.study.registers.linked import link
from ipseval.study.runner import Outcome, Progress, named_columns, run_analyses, silent
from ipseval.study.scoring import scored_sentences
from ipseval.study.steps import Steps

if TYPE_CHECKING:
    from ipseval.reporting.display import Table
    from ipseval.reporting.figures.display import Figure

FROM_SCHEMAS, RECONNECT = "schemas", "reconnect"
"""As `cohort` of a plan: answers drawn from its schemas alone; people with registers and a true effect."""


@dataclass(frozen=True, eq=False)
class Report:
    """A report in hand: what was computed, and every table and figure by its id in the plan."""

    outcome: Outcome
    tables: Mapping[str, Table]
    figures: Mapping[str, Figure]
    ledger: tuple[Table, ...]
    banner: str
    lang: str


def inputs_folder(plan: Plan, data: Path | None, out: Path, lang: str) -> Path:
    """Return the folder to read: the user's own, or one that invented persons are written to."""
    if data is not None:
        return data
    if not plan.cohort:
        raise SchemaError(f"the plan {plan.id!r} has no invented persons; give your files with --data.")
    folder = out.resolve().parent / "data" / plan.id
    if plan.cohort == FROM_SCHEMAS:
        write_synthetic({Path(i.file).stem: schema_of(plan, i) for i in plan.inputs.values()}, folder)
    elif plan.cohort == RECONNECT:
        from ipseval.study.registers.invented import write_reconnect

        write_reconnect(folder, lang=lang, **plan.invented)
    else:
        from ipseval.study.cohort import write_cohort

        write_cohort(folder, lang=lang)
    return folder


def make_outcome(plan: Plan, folder: Path, progress: Progress = silent) -> Outcome:
    """Read and score the inputs in `folder` and run every analysis of the plan."""
    progress("reading", 0, len(plan.inputs))
    surveys = read_inputs(plan, folder)
    progress("reading", len(plan.inputs), len(plan.inputs))
    linked = link(plan.registers, folder, plan.folder, progress) if plan.registers is not None else None
    steps = Steps(plan)
    return run_analyses(plan, gather(plan, surveys, linked, steps), progress, steps)


def banner_of(outcome: Outcome, folder: Path, lang: str) -> str:
    """Return what every page must say when the persons are invented, else an empty text.

    The files say so themselves (the label of a .sav file), or a note lies beside them.
    """
    mark = folder / MARK
    beside = mark.read_text(encoding="utf-8", errors="replace") if mark.is_file() else ""
    told = "\n".join((*outcome.people.notes, beside))
    for code in ("invented_people", "invented_answers", "invented_registers"):
        if any(say(code, each) in told for each in LANGUAGES):
            return say(code, lang)
    return say("invented_answers", lang) if mark.is_file() else ""


def build_report(
    outcome: Outcome, *, lang: str, banner: str, only: str = "all", progress: Progress = silent
) -> Report:
    """Turn results into tables and figures, and set up the ledger where the plan has published numbers."""
    tables: dict[str, Table] = {}
    figures: dict[str, Figure] = {}
    shows, steps = outcome.plan.shows, Steps(outcome.plan)
    for done, show in enumerate(shows.values()):
        progress("tables", done, len(shows))
        with steps.step(f"{show.kind}s.{show.id}"):
            if show.kind == "table":
                tables[show.id] = _table(outcome, show, lang, banner)
            elif only == "all":
                figures[show.id] = _figure(outcome, show, lang, banner)
    steps.raise_if_any()
    progress("tables", len(shows), len(shows))
    return Report(outcome, tables, figures, _ledger(outcome, lang, banner), banner, lang)


def _table(outcome: Outcome, show: Show, lang: str, banner: str) -> Table:
    from ipseval.reporting.tables import table

    return table(
        [outcome.results[r] for r in show.results],
        lang=lang,
        layout=show.how,
        labels=outcome.people.labels,
        parts=[outcome.people.labels.names.get(r, "") for r in show.results],
        title=show.title,
        label=show.label,
        banner=banner,
        id=show.id,
        notes=[*_scores_shown(outcome, show), *([show.note] if show.note else [])],
        **show.options,
    )


def _scores_shown(outcome: Outcome, show: Show) -> list[Text]:
    """Return what must be said of every score and made column behind a table or figure."""
    used = {name for r in show.results for name in _columns_of(outcome.plan.analyses[r], show)}
    people = outcome.people
    scores = scored_sentences([one for one in people.scores if used & set(one.columns)])
    told: list[Text] = [*scores, *(text for column, text in people.column_words.items() if column in used)]
    return [text for i, text in enumerate(told) if text not in told[:i]]


def _columns_of(analysis: Analysis, show: Show) -> Iterable[str]:
    """Return the columns that are shown: of a figure of one outcome, that outcome's columns only."""
    pairs = analysis.options.get("outcomes") or {}
    return pairs.get(show.options.get("outcome"), ()) or named_columns(analysis)


def _figure(outcome: Outcome, show: Show, lang: str, banner: str) -> Figure:
    from ipseval.reporting.figures.display import figure_of

    result = outcome.results[show.results[0]]
    persons = _persons(result, show.options.get("outcome"), lang)
    base = say("figure_base", lang, n=persons, base=result.base.words(lang))
    return figure_of(
        result,
        show.how,
        id=show.id,
        label=_said(show.label, lang),
        title=_said(show.title, lang),
        notes=[base, *(_said(text, lang) for text in (*_scores_shown(outcome, show), show.note) if text)],
        banner=banner,
        lang=lang,
        labels=outcome.people.labels,
        **show.options,
    )


def _persons(result: Result, outcome: object, lang: str) -> str:
    """Say on how many persons a figure rests: one n or the smallest and largest, of how many in the base."""
    rows = result.estimates if outcome is None else result.estimates[result.estimates["outcome"] == outcome]
    largest = rows.groupby("outcome")["n"].max().dropna()
    ends = sorted({int(largest.min()), int(largest.max())}) if len(largest) else [result.base.n]
    used = "–".join(counted(n, lang) for n in ends)
    return used if ends == [result.base.n] else f"{used}/{counted(result.base.n, lang)}"


def _ledger(outcome: Outcome, lang: str, banner: str) -> tuple[Table, ...]:
    if not outcome.plan.published:
        return ()
    path = outcome.plan.folder / outcome.plan.published
    published = load_yaml(path)
    english = path.with_name(f"{path.stem}_en.yaml")
    if lang == "en" and english.is_file():
        published = in_english(published, load_yaml(english), outcome.people.labels)
    entries = ledger(published, outcome.results, outcome.bases)
    return ledger_tables(entries, left_open(published, outcome.results), outcome.people.labels, lang, banner)


def _said(text: Text, lang: str) -> str:
    return text.get(lang, "")


def refuse_contradictions(outcome: Outcome) -> None:
    """Audit our own numbers as they will be printed; a report that contradicts itself is not written.

    Raises
    ------
    ReportError
        When a printed share or ratio cannot be true of its own counts or interval: a fault of ours.
    """
    from ipseval.auditing.audit import audit
    from ipseval.auditing.own import published_from_results
    from ipseval.reporting.formats import PERCENT, RATIO, show

    kinds = {"percent": PERCENT, "ratio": RATIO}
    # The marks differ between languages, the rounding does not.
    own = published_from_results(
        outcome.results, lambda value, kind: show(value, kinds[kind], "en").replace(",", "")
    )
    found = audit(own)
    if not found.holds:
        raise ReportError(f"the report contradicts itself and was not written:\n{found.to_text('en')}")


def make_report(
    plan: Plan,
    *,
    data: Path | None = None,
    out: Path,
    lang: str = "da",
    only: str = "all",
    release: str = "",
    progress: Progress = silent,
) -> Outcome:
    """Make the report of a plan into `out`, which is replaced whole or not at all.

    Parameters
    ----------
    plan
        What to read, compute and show.
    data
        Folder with the input files; the plan's invented cohort when None.
    out
        Output folder; it must be new, empty or made by ipseval.
    lang
        "da" or "en".
    only
        "all", or "tables" for the tables without figures and pages.
    release
        Disclosure profile, such as "dst-5": what may leave the machine is written to `release/` with a page
        for the output checker in `release_checker/`; the plan's own when empty, none where it has none.
    progress
        Called with the stage, how much is done and how much there is.

    Returns
    -------
    Outcome
        The people, the results and the bases, for those who go on from here.
    """
    from ipseval.study.writing import write_all

    require_option(only, ("all", "tables"), argument="only", error=ReportError)
    require_option(lang, LANGUAGES, argument="lang", error=ReportError)
    folder = inputs_folder(plan, data, out, lang)
    outcome = make_outcome(plan, folder, progress)
    report = build_report(
        outcome, lang=lang, banner=banner_of(outcome, folder, lang), only=only, progress=progress
    )
    refuse_contradictions(outcome)
    with replaced_folder(out) as fresh:
        write_all(report, fresh, only=only, progress=progress)
        if profile := release or plan.release:
            _release(report, fresh, profile)
    return outcome


def _release(report: Report, folder: Path, profile: str) -> None:
    """Write what may leave the machine, from the results alone."""
    import ipseval

    outcome = report.outcome
    own = outcome.plan.folder / profile
    shows = [show for show in outcome.plan.shows.values() if len(show.results) == 1]
    named = {f"results.{show.results[0]}": show.title for show in reversed(shows)}
    named |= {
        f"results.{name}": text for name, text in outcome.plan.labels.items() if name in outcome.results
    }
    ipseval.release(
        outcome.results,
        folder / "release",
        profile=own if own.is_file() else profile,
        labels=Labels(named).merged(outcome.people.labels),
        banner=report.banner,
        lang=report.lang,
    )
