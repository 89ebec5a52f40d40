"""What the command line asks of schemas: check a file, draft a schema; text and a verdict come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ipseval.core.errors import IpsevalError
from ipseval.loading.draft import draft_schema
from ipseval.loading.listing import not_told_before, validation_text
from ipseval.loading.preparation import prepare
from ipseval.loading.reader import read_survey
from ipseval.loading.schema import load_schema, packaged_schemas
from ipseval.loading.schema_use import apply_schema
from ipseval.loading.survey import Survey
from ipseval.loading.validation import problems_of
from ipseval.loading.validation_waves import unchecked


@dataclass(frozen=True)
class Verdict:
    """Text for the screen and whether all is well; `exit_code` is 0 or 1."""

    text: str
    ok: bool

    @property
    def exit_code(self) -> int:
        """Return 0 where there is no error, 1 where there is."""
        return 0 if self.ok else 1


def check_text(
    path: str | Path, schema: str | Path, others: Mapping[str, str | Path] | None = None
) -> Verdict:
    """Hold a file to a schema and list every problem.

    Parameters
    ----------
    path : str or Path
        The questionnaire file.
    schema : str or Path
        The name of a packaged schema, or the path of one.
    others : mapping of str to path, optional
        The files of other waves by the name of their schema, for the ties between waves.

    Returns
    -------
    Verdict
        The listing; not ok where there is an error.  Warnings alone are ok.
    """
    try:
        wanted = load_schema(schema)
        waves = {name: _wave(name, other) for name, other in (others or {}).items()}
        survey = read_survey(path, missing="declared", on_problem="report")
        prepared = prepare(survey, wanted)
        problems = problems_of(survey, wanted, prepared, waves)
    except IpsevalError as problem:
        return Verdict(str(problem), ok=False)
    found = (*survey.report.problems, *not_told_before(survey, problems, prepared.match.found))
    text = validation_text(found, file=Path(path).name, not_checked=unchecked(wanted, waves))
    return Verdict(text, ok=all(p.level != "error" for p in found))


def _wave(name: str, path: str | Path) -> Survey:
    """Read another wave, by its own schema where `name` is one, so that its columns have their names."""
    survey = read_survey(path, missing="declared", on_problem="report")
    known = name in packaged_schemas() or Path(name).suffix in (".yaml", ".yml")
    return apply_schema(survey, name, on_problem="report") if known else survey


def draft_text(path: str | Path, *, name: str = "") -> Verdict:
    """Draft a schema from a file; the text is the YAML, or the reason why there is none."""
    try:
        survey = read_survey(path, on_problem="report")
        return Verdict(draft_schema(survey, name=name or f"my_study/{Path(path).stem}"), ok=True)
    except IpsevalError as problem:
        return Verdict(str(problem), ok=False)
