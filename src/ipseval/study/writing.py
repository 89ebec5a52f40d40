"""Writes a report into a folder: pages, Word, Excel, and each table and figure by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipseval.core.language import say, words
from ipseval.core.result_text import how_text
from ipseval.loading.listing import to_look_at
from ipseval.loading.survey import Problem, ReadReport
from ipseval.study.plan import Section

if TYPE_CHECKING:
    from ipseval.reporting.display import Table
    from ipseval.reporting.items import Item
    from ipseval.study.report import Report
    from ipseval.study.runner import Progress


def write_all(report: Report, folder: Path, *, only: str, progress: Progress) -> None:
    """Write everything into `folder`; `only="tables"` leaves out figures and pages."""
    stages: list[tuple[str, Any]] = [("workbook", _workbook), ("tables", _tables)]
    if only == "all":
        stages += [("figures", _figures), ("pages", _pages), ("word", _word)]
    for done, (_, write) in enumerate(stages):
        progress("writing", done, len(stages))
        write(report, folder)
    progress("writing", len(stages), len(stages))


def _all_tables(report: Report) -> list[Table]:
    return [*report.tables.values(), *report.ledger]


def _workbook(report: Report, folder: Path) -> None:
    from ipseval.reporting.write_xlsx import write_workbook

    title = report.outcome.plan.title[report.lang]
    write_workbook(_all_tables(report), folder / "tables.xlsx", title=title)


def _tables(report: Report, folder: Path) -> None:
    target = folder / "tables"
    target.mkdir()
    for table in _all_tables(report):
        table.to_csv(target / f"{table.id}.csv")
        (target / f"{table.id}.tex").write_text(table.to_latex(), encoding="utf-8")
        (target / f"{table.id}.md").write_text(table.to_markdown(), encoding="utf-8")


def _figures(report: Report, folder: Path) -> None:
    target = folder / "figures"
    target.mkdir()
    for figure in report.figures.values():
        figure.save(target)


def _pages(report: Report, folder: Path) -> None:
    from ipseval.reporting.page import write_page

    lang, plan = report.lang, report.outcome.plan
    shown = {**report.tables, **report.figures}
    sections: list[tuple[int, str, Sequence[Any]]] = [
        (2, _heading(s, lang), [*_text(s, lang), *(shown[i] for i in s.items if i in shown)])
        for s in plan.report
    ]
    sections.append((2, say("report_methods_heading", lang), _methods(report)))
    sections.append((2, say("report_files_heading", lang), [_files(report)]))
    common = {"lang": lang, "banner": report.banner, "generated_from": _generated_from(report)}
    if report.ledger:
        sections.append((2, say("ledger_heading", lang), [say("ledger_intro", lang), *report.ledger[:3]]))
        title = f"{say('ledger_heading', lang)}: {plan.title[lang]}"
        parts = [(2, table.title, [table]) for table in report.ledger]
        write_page(folder / "ledger.html", title=title, sections=parts, **common)
    write_page(folder / "report.html", title=plan.title[lang], sections=sections, **common)


def _word(report: Report, folder: Path) -> None:
    from ipseval.reporting.items import Heading, Paragraph, Picture
    from ipseval.reporting.write_docx import write_document

    lang, plan = report.lang, report.outcome.plan
    items: list[Item] = []
    for section in plan.report:
        items.append(Heading(_heading(section, lang)))
        items.extend(Paragraph(text) for text in _text(section, lang))
        for name in section.items:
            if name in report.tables:
                items.append(report.tables[name])
            elif name in report.figures:
                figure = report.figures[name]
                path = folder / "figures" / f"{name}.png"
                items.append(Picture(path, figure.title, figure.alt, figure.label, figure.banner))
                items.extend(Paragraph(note, note=True) for note in figure.notes)
    items.append(Heading(say("report_methods_heading", lang)))
    items.extend(Paragraph(text) for text in _methods(report))
    items.append(Heading(say("report_files_heading", lang)))
    items.append(_files(report))
    if report.ledger:
        items.append(Heading(say("ledger_heading", lang)))
        items.append(Paragraph(say("ledger_intro", lang)))
        items.extend(report.ledger[:3])
    title = plan.title[lang]
    write_document(items, folder / "report.docx", title=title, lang=lang, banner=report.banner)


def _files(report: Report) -> Table:
    """Set what was read as a table: each file's rows and columns, and what the reader must look at."""
    from ipseval.reporting.display import Cell, Column, Number, Row, Table
    from ipseval.reporting.display import TableNote as Note

    lang = report.lang
    heads = {name: say(f"report_files_{name}", lang) for name in ("rows", "columns", "warnings")}
    columns = tuple(Column(head, ((name, head),)) for name, head in heads.items())
    surveys = report.outcome.people.surveys.values()
    rows = []
    for survey in surveys:
        told = survey.report
        counts = (told.n_rows, told.n_columns, len(to_look_at(told.problems)))
        cells = tuple(Cell((Number(name, n),)) for name, n in zip(heads, counts, strict=True))
        rows.append(Row(told.file, cells))
    warnings = [Note("note", said) for s in surveys for said in _warnings(s.report, lang)]
    linked = report.outcome.people.linked
    if linked is not None:
        warnings.insert(0, Note("note", say("report_files_registers", lang, files=", ".join(linked.files))))
    return Table(
        id="files_read",
        title=say("report_files_title", lang),
        lang=lang,
        columns=columns,
        rows=tuple(rows),
        stub=say("report_files_file", lang),
        notes=tuple(warnings),
        banner=report.banner,
    )


def _warnings(report: ReadReport, lang: str) -> list[str]:
    """Word what was found in a file; the answers that were read from their words share one line."""
    said = [_warning(report.file, problem, lang) for problem in to_look_at(report.problems)]
    n = len(report.problems) - len(said)
    return [*said, say("report_files_words", lang, file=report.file, n=n)] if n else said


def _warning(file: str, problem: Problem, lang: str) -> str:
    """Word a warning for the reader: which file and column, which rule, how many rows; never a value."""
    rule = next((c for c in (f"rule_{problem.rule}", problem.rule) if c in words()), problem.rule)
    if not problem.column:
        return say("report_files_line_whole", lang, file=file, rule=say(rule, lang))
    told = {"file": file, "column": problem.column, "rule": say(rule, lang), "n": problem.n_rows}
    return say("report_files_line", lang, **told)


def _heading(section: Section, lang: str) -> str:
    return section.heading.get(lang, "")


def _text(section: Section, lang: str) -> list[str]:
    return [section.text[lang]] if lang in section.text else []


def _methods(report: Report) -> list[str]:
    """Return how what is shown was estimated, each method once; on whom stands under every table."""
    texts = [text for table in report.tables.values() for text in table.how]
    shows = report.outcome.plan.shows.values()
    tabled = {name for show in shows if show.id in report.tables for name in show.results}
    for name, result in report.outcome.results.items():
        if name not in tabled:
            texts.append(how_text(result, report.lang, headed=False))
    return list(dict.fromkeys(texts))


def _generated_from(report: Report) -> str:
    """Say what was read: the plan and each file's name and content fingerprint."""
    parts = [f"{report.outcome.plan.id}"]
    for survey in report.outcome.people.surveys.values():
        prints = ", ".join(survey.fingerprints.values())
        parts.append(f"{survey.report.file} ({prints})" if prints else survey.report.file)
    return " · ".join(parts)
