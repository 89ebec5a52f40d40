"""Our own report's numbers in the form of published ones, to be audited before they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from ipseval.auditing.reading import number_text
from ipseval.core.errors import AuditError
from ipseval.core.result import Result

Show = Callable[[float | Fraction, str], str]
RATIOS = {"odds_ratio": "odds", "risk_ratio": "risk", "hazard_ratio": "hazard"}


def published_from_results(results: Mapping[str, Result], show: Show) -> dict[str, Any]:
    """Write results as published numbers, each printed by the report's own hand.

    Parameters
    ----------
    results
        The results that the report shows, by name.
    show
        Prints a number: called with (value, kind), kind `percent` (value from 0 to 1) or `ratio`; it must
        round as the report itself does.  `<0.01` is a number that rounds to nothing, and is read as 0.00.

    Returns
    -------
    dict
        For `ipseval.audit`: a share for every row with n and n_events, a ratio for every odds, risk or
        hazard ratio with an interval.  Refused rows are left out, as the report prints nothing for them; an
        end without a number (`∞`) is left open.

    Raises
    ------
    AuditError
        When `show` prints something else than a number.
    """
    shares: list[dict[str, Any]] = []
    ratios: list[dict[str, Any]] = []
    models: dict[str, dict[str, Any]] = {}
    for name, result in results.items():
        rows = result.estimates[result.estimates["status"] != "refused"]
        for i, row in enumerate(rows.to_dict("records")):
            common = {"id": f"{name}.{i + 1}", "what": f"{name}: {row['outcome']} {row['term']}".strip()}
            if row["scale"] == "share" and pd.notna(row["n_events"]) and row["n"]:
                count, n = int(row["n_events"]), int(row["n"])
                shares.append(
                    common
                    | {"count": count, "n": n}
                    | _printed(common, {"percent": Fraction(count, n)}, show)
                )
            elif row["scale"] in RATIOS and pd.notna(row["ci_low"]) and pd.notna(row["ci_high"]):
                model = f"{name}.{row['conf_level']:g}"
                models[model] = {
                    "id": model,
                    "level": f"{row['conf_level']:g}",
                    "n": int(row["n"]),
                    "events": 0,
                }
                numbers = {"value": row["estimate"], "low": row["ci_low"], "high": row["ci_high"]}
                told = _printed(common, numbers, show)
                ratios.append({**common, "model": model, "kind": RATIOS[row["scale"]], **told})
    return {
        "report": {"weights": "none"},
        "shares": shares,
        "models": list(models.values()),
        "ratios": ratios,
    }


def _printed(row: Mapping[str, str], numbers: Mapping[str, Any], show: Show) -> dict[str, str]:
    """Each number as a bare one; those without an end are left out."""
    kind = "percent" if "percent" in numbers else "ratio"
    shown = {key: show(v if kind == "percent" else float(v), kind) for key, v in numbers.items()}
    try:
        return {key: _text(text) for key, text in shown.items() if "∞" not in text}
    except ValueError:
        raise AuditError(
            f"{row['id']}: show= prints a number in a form that the audit cannot read; expected digits with "
            "one decimal mark, such as 27.5, 27,5 or <0.01."
        ) from None


def _text(shown: str) -> str:
    """Return what is shown as a bare number; what rounds to nothing as nothing, to as many decimals."""
    text = shown.replace("\N{NO-BREAK SPACE}", " ").replace("%", "").strip()
    if text.startswith("<"):
        text = re.sub(r"\d", "0", number_text(text[1:]))
    return number_text(text)
