"""Writes problems for a person to read: each once, and one line for columns with the same problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ipseval.loading.survey import Problem, Survey


def not_told_before(
    survey: Survey, problems: Sequence[Problem], found: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Leave out what the reader of the file has told already; `found` gives each field's column."""
    told = {(p.column, p.rule) for p in survey.report.problems}
    return tuple(p for p in problems if (found.get(p.column, p.column), p.rule) not in told)


def validation_text(problems: Sequence[Problem], *, file: str = "", not_checked: Sequence[str] = ()) -> str:
    """Write the problems as a plain listing: errors first, one line per kind of problem, with the rule.

    Parameters
    ----------
    problems : sequence of Problem
        What `validate` gave.
    file : str
        The file's name for the first line.
    not_checked : sequence of str
        Other waves that ties ask for and that were not at hand.
    """
    name = file or "the file"
    errors = [p for p in problems if p.level == "error"]
    warnings = [p for p in to_look_at(problems) if p.level != "error"]
    if not (errors or warnings):
        lines = [f"{name} meets its schema."]
    else:
        lines = [f"{name}: {len(errors)} error(s), {len(warnings)} warning(s)."]
    for title, listed in (("Errors", errors), ("Warnings", warnings)):
        if listed:
            lines += [f"{title}:", *_grouped(listed)]
    if told := told_as_words(problems):
        lines.append(told)
    if not_checked:
        lines.append(f"Not checked, because the file was not given: ties to {', '.join(not_checked)}.")
    return "\n".join(lines)


def to_look_at(problems: Iterable[Problem]) -> list[Problem]:
    """Leave out what needs nobody: answers in words that are read as their codes."""
    return [p for p in problems if p.rule != "words"]


def told_as_words(problems: Iterable[Problem]) -> str:
    """Name the columns whose words are read as codes in one sentence, or nothing."""
    as_words = [p.column for p in problems if p.rule == "words"]
    return (
        f"{len(as_words)} column(s) hold the words of codes and are read as those codes "
        f"({', '.join(as_words)}); nothing needs doing."
        if as_words
        else ""
    )


def _grouped(problems: Sequence[Problem]) -> list[str]:
    """Write one line per problem; where only the column differs, one line for all of those columns."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        said = problem.message.removeprefix(f"column {problem.column!r}: ")
        groups.setdefault((said, problem.rule), []).append(problem)
    lines = []
    for (said, rule), alike in groups.items():
        if len(alike) == 1:
            lines.append(f"  - {alike[0].message} [{rule}]")
        else:
            lines.append(f"  - columns {', '.join(repr(p.column) for p in alike)}: {said} [{rule}]")
    return lines
