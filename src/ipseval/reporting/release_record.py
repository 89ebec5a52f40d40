"""The record of a release: thresholds, counts in bands and the hash of the code that judged it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ipseval.core.result import Result
from ipseval.reporting.disclosure.fate import HIDDEN, PERSON, Fate
from ipseval.reporting.release_files import Look, status_that_leaves
from ipseval.reporting.release_folder import RECORD

_BANDS = ((0, "0"), (9, "1-9"), (49, "10-49"), (199, "50-199"), (999, "200-999"))


def how_cheap(gap: float | None) -> dict[str, Any]:
    """Whether the pattern is the cheapest, and what share of its cost another may save, for the record."""
    return {"optimal": gap == 0, "at_most_dearer_than_cheapest": gap}


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write the thresholds, the counts in bands and the hash of the code."""
    (folder / RECORD).write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def record_of(
    named: Mapping[str, Result],
    fates: Sequence[Sequence[Fate]],
    look: Look,
    method: str,
    told: Mapping[str, Any],
) -> dict[str, Any]:
    """What was checked with which thresholds; counts in bands, and no status that tells what is small."""
    profile = look.profile
    results = []
    for (name, result), rows in zip(named.items(), fates, strict=True):
        shown = [f.n for f in rows if f.n is not None]
        results.append(
            {
                "name": name,
                "kind": result.kind,
                "rows": len(result.estimates),
                "released": bool(rows),
                "persons": sorted({band(n) for n in shown}),
                "rows_with_something_hidden": sum(1 for f in rows if status_that_leaves(f) == HIDDEN),
                "rows_for_a_person": sum(1 for f in rows if status_that_leaves(f) == PERSON),
            }
        )
    thresholds = {
        f: getattr(profile, f)
        for f in (
            "persons",
            "firm_share",
            "firm_units",
            "residual_df",
            "parameters_per_person",
            "steps",
            "staff",
            "missing",
        )
    }
    return {
        "made_by": "ipseval.release",
        "profile": profile.id,
        "profile_is": "own profile" if profile.own else "packaged",
        "profile_sha256": profile.digest,
        "source_of_profile": profile.source,
        "date_of_profile": profile.date,
        "thresholds": thresholds,
        "method": method,
        "code": code_hash(),
        "earlier_releases": look.before,
        "earlier_releases_taken_into_account": look.earlier or 0,
        "results": results,
        **told,
    }


def band(n: int) -> str:
    """A count in a band wide enough to tell nothing."""
    return next((name for limit, name in _BANDS if n <= limit), "1000+")


def code_hash() -> str:
    """SHA-256 over the code that judged the release, and that said who was counted."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    core = here.parent / "core"
    judging = [*(here / "disclosure").glob("*.py"), *here.glob("release*.py")]
    for path in sorted([*judging, *core.glob("evidence*.py"), core / "people.py"]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
