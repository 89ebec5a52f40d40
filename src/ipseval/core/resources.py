"""Finds the packaged data files (schemas, instruments, code lists, languages, plans).

They stand in `data_schemas/` at the top of the project and are packaged as `ipseval/_data_schemas`;
an editable install does not see force-included files, hence the second place.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from ipseval.core.errors import SchemaError

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def data_root() -> Path:
    """Return the folder that holds the packaged data files."""
    packaged = Path(str(files("ipseval"))) / "_data_schemas"
    if packaged.is_dir():
        return packaged
    beside = Path(__file__).resolve().parents[3] / "data_schemas"
    if beside.is_dir():
        return beside
    raise SchemaError("the packaged data files (data_schemas) are not there; reinstall ipseval.")


def load_yaml(path: Path) -> Any:
    """Read a YAML file safely; a malformed one gives one sentence with the line."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SchemaError(f"{path.name} is not UTF-8 text; save it as UTF-8.") from None
    except OSError as problem:
        raise SchemaError(f"{path.name} cannot be opened ({problem.strerror}).") from None
    try:
        return yaml.load(text, Loader=Loader)  # a safe loader, chosen above
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = getattr(problem, "problem", None) or "it cannot be parsed"
        raise SchemaError(f"{path.name} is not well-formed YAML{where}: {what}.") from None


@cache
def packaged_yaml(relative: str) -> Any:
    """Read one packaged YAML file once; callers must not change what they get."""
    return load_yaml(data_root() / relative)
