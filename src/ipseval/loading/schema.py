"""What a survey file must look like: columns, types, codes, words, skip logic and ties between waves.

A schema is a YAML file close to the public Table Schema standard; `docs/schema_format.md` lists every
key.  `load_schema` reads a packaged one by name, or your own by path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError
from ipseval.core.resources import data_root
from ipseval.loading.codebook import AnswerSet, Codebook, MissingCode, Text, Variable

LEVELS = ("error", "warning")
ROLES = (
    "id", "wave", "date", "background", "process", "status", "outcome", "score_item", "multiple_response",
    "free_text", "weight", "other",
)  # fmt: skip
CHECKS = ("known", "equal", "notBefore")


@dataclass(frozen=True)
class Condition:
    """A question is asked only where `column` holds one of `codes` (as text)."""

    column: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Constraints:
    """The limits of a column; dates are ISO text, numbers are numbers."""

    required: bool = False
    unique: bool = False
    minimum: float | str | None = None
    maximum: float | str | None = None
    enum: tuple[str, ...] = ()
    pattern: str = ""


@dataclass(frozen=True)
class SchemaField:
    """One column of a schema.

    `categories` maps a code's text to its words; `asked_if` holds conditions that must all be met;
    `optional` columns may be absent from the file; `level` is how grave a breach is.
    """

    name: str
    type: str = "string"
    title: Text = field(default_factory=dict)
    measure: str = "unknown"
    role: str = "other"
    categories: Mapping[str, Text] = field(default_factory=dict)
    missing: tuple[MissingCode, ...] = ()
    missing_words: Mapping[str, Text] = field(default_factory=dict)
    constraints: Constraints = field(default_factory=Constraints)
    aliases: tuple[str, ...] = ()
    asked_if: tuple[Condition, ...] = ()
    optional: bool = False
    level: str = "error"

    def variable(self) -> Variable:
        """Return the column's entry in a codebook; words of missing codes stand among its values."""
        words = {**self.categories, **self.missing_words}
        return Variable(self.name, self.title, self.type, self.measure, words, self.missing, self.role)


@dataclass(frozen=True)
class Consistency:
    """A tie between columns, within the file (`other` empty) or with another wave's file."""

    check: str
    other: str = ""
    column: str = ""
    other_column: str = ""
    level: str = "error"


@dataclass(frozen=True)
class SurveySchema:
    """One questionnaire file as it should be.

    `blank` is the reason given to a blank answer of a question that was asked; `source` is the
    file's name without its folder.
    """

    name: str
    fields: Mapping[str, SchemaField]
    title: Text = field(default_factory=dict)
    wave: str = ""
    primary_key: tuple[str, ...] = ()
    sets: Mapping[str, AnswerSet] = field(default_factory=dict)
    consistency: tuple[Consistency, ...] = ()
    blank: str = "system_missing"
    source: str = ""

    def codebook(self) -> Codebook:
        """Return the labels, types, codes and sets that the schema declares."""
        return Codebook({f.name: f.variable() for f in self.fields.values()}, self.sets)

    def with_role(self, role: str) -> tuple[str, ...]:
        """Return the columns of a role, in order."""
        return tuple(f.name for f in self.fields.values() if f.role == role)


def packaged_schemas() -> tuple[str, ...]:
    """Return the names of the schemas that come with ipseval, such as "ips_ung/start"."""
    root = data_root() / "surveys"
    return tuple(sorted(p.relative_to(root).with_suffix("").as_posix() for p in root.glob("*/*.yaml")))


def load_schema(name_or_path: str | Path | SurveySchema) -> SurveySchema:
    """Read the schema of a questionnaire file.

    Parameters
    ----------
    name_or_path : str or Path
        The name of a packaged schema ("ips_ung/start"), the path of a YAML file of your own, or a
        folder that holds one schema.  A schema already read is given back as it is.

    Returns
    -------
    SurveySchema
        The columns, codes, words and rules of one file.

    Raises
    ------
    SchemaError
        When there is no such schema (near names are offered), or the file is not a schema: every
        fault is listed with its line, and what was expected.

    Examples
    --------
    >>> import ipseval as ips
    >>> ips.load_schema("ips_ung/start").primary_key
    ('id',)
    """
    if isinstance(name_or_path, SurveySchema):
        return name_or_path
    path = _schema_path(name_or_path)
    from ipseval.loading.schema_format import read_schema

    return read_schema(path)


def load_schemas(folder: str | Path) -> dict[str, SurveySchema]:
    """Read every schema of a folder, by file name without extension; a packaged folder by its name."""
    path = Path(folder)
    if not path.is_dir():
        path = data_root() / "surveys" / str(folder)
    if not path.is_dir():
        names = sorted({n.split("/")[0] for n in packaged_schemas()})
        raise SchemaError(f"there is no schema folder {Path(folder).name!r}: {hint_for(str(folder), names)}")
    return {p.stem: load_schema(p) for p in _yaml_files(path)}


def _yaml_files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in (".yaml", ".yml"))


def _schema_path(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    if path.is_dir():
        found = _yaml_files(path)
        if len(found) == 1:
            return found[0]
        names = ", ".join(p.name for p in found) or "none"
        raise SchemaError(
            f"the folder {path.name!r} holds {len(found)} schema files ({names}); give the path of one."
        )
    if path.suffix.lower() in (".yaml", ".yml"):
        if path.is_file():
            return path
        beside = [p.name for p in _yaml_files(path.parent)] if path.parent.is_dir() else []
        raise SchemaError(f"there is no schema file {path.name!r}: {hint_for(path.name, beside)}")
    name = path.as_posix()
    if name in packaged_schemas():
        return data_root() / "surveys" / f"{name}.yaml"
    for candidate in (path.parent / f"{path.name}.yaml", path.parent / f"{path.name}.yml"):
        if candidate.is_file():
            return candidate
    raise SchemaError(f"there is no schema {name!r}: {hint_for(name, packaged_schemas())}")
