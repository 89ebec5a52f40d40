"""The command line: arguments, progress and exit codes; no statistics."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ipseval.cli_targets import TARGETS, run_target
from ipseval.core.errors import IpsevalError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Evaluate IPS programmes: from a questionnaire export to a finished report.",
)
schema_app = typer.Typer(
    no_args_is_help=True, help="Check a file against a schema, or draft a schema from a file."
)
app.add_typer(schema_app, name="schema")

Language = Annotated[str, typer.Option(help="Language of what the report's reader sees: da or en.")]


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Show a refusal as its sentence and exit 1; anything else is a fault of ours and shows itself."""
    try:
        yield
    except IpsevalError as refusal:
        typer.echo(f"ipseval: {refusal}", err=True)
        raise typer.Exit(1) from None


@app.command()
def report(
    study: Annotated[
        str, typer.Argument(help="A packaged plan, a plan file, or a folder with plan.yaml.")
    ] = "ips_ung",
    data: Annotated[
        Path | None, typer.Option(help="Folder with your own files; invented people without it.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Output folder; replaced whole.")] = Path("build/report"),
    language: Language = "da",
    only: Annotated[str, typer.Option(help="all, or tables.")] = "all",
    release: Annotated[
        str,
        typer.Option(help="Also write what may leave the machine: dst-3, dst-5, sds-5, report-5 or a file."),
    ] = "",
    accept: Annotated[bool, typer.Option("--accept", help="Store the numbers as the accepted ones.")] = False,
    accepted: Annotated[Path | None, typer.Option(help="File of accepted numbers.")] = None,
) -> None:
    """Make the tables, figures and pages of a study."""
    from ipseval.loading.registers.progress import progress_bar
    from ipseval.study.accept import accept as store
    from ipseval.study.accept import drifts
    from ipseval.study.plan import load_plan
    from ipseval.study.report import make_report

    with _one_sentence():
        plan = load_plan(study)
        with progress_bar() as progress:
            outcome = make_report(
                plan, data=data, out=out, lang=language, only=only, release=release, progress=progress
            )
        warnings = (
            *outcome.people.warnings,
            *outcome.people.without_words(language),
            *outcome.without_words(),
        )
        for warning in warnings:
            typer.echo(f"warning: {warning}", err=True)
        typer.echo(
            f"{plan.id}: {len(outcome.results)} analyses of {len(outcome.people.frame)} persons in {out}"
        )
        name = plan.id if data is None else f"{plan.id}-{data.resolve().name}"
        numbers = accepted or Path("accepted") / f"{name}.csv"
        if accept:
            typer.echo(f"accepted {store(outcome.results, numbers)} numbers in {numbers}")
        elif numbers.is_file():
            found = drifts(outcome.results, numbers)
            for drift in found[:40]:
                typer.echo(drift.sentence(), err=True)
            if found:
                typer.echo(
                    f"{len(found)} number(s) differ from {numbers}; --accept stores the new ones.", err=True
                )
                raise typer.Exit(1)


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="A new folder for the plan and its schemas.")],
    start: Annotated[Path, typer.Option(help="Questionnaire file of the first wave.")],
    end: Annotated[Path, typer.Option(help="Questionnaire file of the last wave.")],
) -> None:
    """Draft a plan and two schemas from two questionnaire files."""
    from ipseval.study.scaffold import new_study

    with _one_sentence():
        made = new_study(folder, start, end)
        for path in made.files:
            typer.echo(f"wrote {path}")
        for warning in made.warnings:
            typer.echo(f"warning: {warning}", err=True)
        apart = start.resolve().parent != end.resolve().parent
        data = "FOLDER_WITH_BOTH_FILES" if apart else start.parent
        if apart:
            typer.echo("the two files lie in different folders; put copies of both into one first")
        typer.echo(f"next: ipseval report {folder} --data {data} --out build/{folder.resolve().name}")


@schema_app.command("check")
def schema_check(
    file: Annotated[Path, typer.Argument(help="The questionnaire file.")],
    schema: Annotated[str, typer.Option(help="A packaged schema such as ips_ung/start, or a schema file.")],
    others: Annotated[
        list[str] | None, typer.Option("--with", help="Another wave: SCHEMA=FILE; can be given again.")
    ] = None,
) -> None:
    """Hold a file against a schema and list every problem."""
    from ipseval.loading.schema_commands import check_text

    waves = dict(pair.split("=", 1) for pair in others or [] if "=" in pair)
    if len(waves) != len(others or []):
        raise typer.BadParameter("give each other wave as SCHEMA=FILE, such as ips_ung/start=start.sav")
    with _one_sentence():
        verdict = check_text(file, schema, waves)
    typer.echo(verdict.text)
    if not verdict.ok:
        raise typer.Exit(1)


@schema_app.command("draft")
def schema_draft(file: Annotated[Path, typer.Argument(help="The questionnaire file.")]) -> None:
    """Print a first draft of a schema for a file."""
    from ipseval.loading.schema_commands import draft_text

    with _one_sentence():
        verdict = draft_text(file)
    typer.echo(verdict.text, err=not verdict.ok)
    if not verdict.ok:
        raise typer.Exit(1)


@app.command()
def instruments(
    names: Annotated[list[str] | None, typer.Argument(help="Only these, such as who5 gad7.")] = None,
    language: Language = "en",
) -> None:
    """Print every instrument: items, range, bands, missing rule, sources, licence and what is uncertain."""
    from ipseval.instruments import catalog_text

    with _one_sentence():
        typer.echo(catalog_text(language, only=names or ()))


@app.command("audit")
def audit_command(
    files: Annotated[
        list[Path], typer.Argument(help="Published numbers (YAML), or a report to draft them from.")
    ],
    language: Language = "da",
    form: Annotated[str, typer.Option(help="text, md or html.")] = "text",
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of the screen.")] = None,
) -> None:
    """Say which printed numbers cannot be true, and what would make them so; exit 1 on a contradiction."""
    from ipseval.auditing.command import audit_text
    from ipseval.reporting.atomic import write_text

    with _one_sentence():
        text, holds = audit_text(files, lang=language, form=form)
        if out is None:
            typer.echo(text)
        else:
            write_text(out, text)
    if not holds:
        raise typer.Exit(1)


@app.command("release")
def release_command(
    file: Annotated[Path, typer.Argument(help="Published numbers (YAML), as audit reads them.")],
    out: Annotated[Path, typer.Option(help="The page (.html) to write.")],
    profile: Annotated[
        str, typer.Option(help="dst-3, dst-5, sds-5, report-5 or a file of your own.")
    ] = "dst-5",
    language: Language = "da",
) -> None:
    """Say which printed numbers could not have left a research machine under a profile."""
    from ipseval.reporting.release_published import write_published

    with _one_sentence():
        cells, kept = write_published(file, out, profile, language)
    typer.echo(f"{cells} printed numbers, of which {kept} could not have left or need a person; wrote {out}")


@app.command("scan")
def scan_command(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders that are about to leave.")],
    known: Annotated[
        Path | None, typer.Option(help="Digests of your identifiers, made by ipseval.known_values.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The key file that the digests were made with.")] = None,
    least: Annotated[str, typer.Option(help="possible, likely or sure.")] = "possible",
    profile: Annotated[
        str, typer.Option(help="Whose fewest persons a printed count must reach; none to leave counts alone.")
    ] = "dst-5",
    language: Language = "da",
) -> None:
    """Look for personal data in files; exit 1 when something is found or cannot be read."""
    from ipseval.reporting.scanning.command import scan_text

    with _one_sentence():
        text, clean = scan_text(paths, known=known, key=key, least=least, profile=profile, lang=language)
    typer.echo(text)
    if not clean:
        raise typer.Exit(1)


synth_app = typer.Typer(no_args_is_help=True, help="Write invented data to try things on.")
app.add_typer(synth_app, name="synth")


@synth_app.command("registers")
def synth_registers(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    persons: Annotated[int, typer.Option(help="How many young people.")] = 2_000,
    participants: Annotated[
        int | None, typer.Option(help="How many take part; 461 in 20,000 without it.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same people.")] = 20_190_101,
    kind: Annotated[
        list[str] | None, typer.Option(help="parquet, csv, dta or xpt; can be given again.")
    ] = None,
    large: Annotated[bool, typer.Option("--large", help="250,000 persons as parquet, for speed.")] = False,
) -> None:
    """Write invented registers with the traps of real ones and a known true effect.

    Made are dream, bfl, bef, udda, amrun, kotre, udfk, krsi, kraf, bua, lmdb, psyk_adm, psyk_diag,
    lpr3_kontakter and lpr3_diagnoser, with participants, a comparison group, a contact log and four waves
    of a survey. A register that only has a layout, such as one of yours, is not: ipseval.write_twin(folder,
    "NAME") writes a twin of it.
    """
    import ipseval
    from ipseval.loading.registers.layout import registers
    from ipseval.loading.registers.progress import progress_bar
    from ipseval.loading.synthetic_registers.write import MADE

    with _one_sentence(), progress_bar() as progress:
        persons, formats = (250_000, ["parquet"]) if large else (persons, kind or ["parquet", "csv", "dta"])
        ipseval.write_registers(
            folder, persons=persons, participants=participants, seed=seed, formats=formats, progress=progress
        )
    typer.echo(f"wrote invented registers of {persons} persons in {folder}: {', '.join(MADE)}")
    others = ", ".join(name for name in registers() if name not in MADE)
    typer.echo(f"not made, since they have a layout only: {others} (ipseval.write_twin writes a twin of one)")


@app.command("make")
def make_command(
    target: Annotated[str, typer.Argument(help=f"One of {', '.join(TARGETS)}.")],
    out: Annotated[str, typer.Option(help="Report folder, for check-pages.")] = "build/report",
) -> None:
    """Do what make does for those who work on ipseval, on machines without make."""
    with _one_sentence():
        code = run_target(target, Path.cwd(), out)
    raise typer.Exit(code)
