"""Where a notebook finds its data: the folder in `IPSEVAL_DATA`, or invented people."""

from __future__ import annotations

import os
from pathlib import Path

from ipseval.study.plan import load_plan
from ipseval.study.report import inputs_folder


def data_folder(study: str = "ips_ung", *, folder: str | Path = "build") -> Path:
    """Return the folder with a study's files: `IPSEVAL_DATA` where it is set, else invented people.

    Parameters
    ----------
    study
        A packaged plan or a plan file.
    folder
        Where invented files are written, in `data/<study>` below it.

    Returns
    -------
    Path
        A folder that holds the study's input files.

    Raises
    ------
    SchemaError
        When the plan is unknown, or has no invented people and `IPSEVAL_DATA` is not set.
    """
    given = Path(os.environ["IPSEVAL_DATA"]) if data_is_own() else None
    return inputs_folder(load_plan(study), given, Path(folder) / "report", "da")


def data_is_own() -> bool:
    """Say whether `IPSEVAL_DATA` names a folder of one's own; then numbers of invented people do not hold."""
    return bool(os.environ.get("IPSEVAL_DATA"))
