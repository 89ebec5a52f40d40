"""Scores questionnaires and fidelity scales that are declared as data files.

`from ipseval.instruments import WHO5` reads one file and imports pandas, no more: a shipped instrument
is its id in capitals.  `dir(ipseval.instruments)` lists them, `print(WHO5)` says what one consists of, its
bands, cuts, sources, doubts and licence.  Your own file: `Instrument.from_file("mine.yaml")`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipseval.instruments.instrument import Instrument

    WHO5: Instrument
    GAD7: Instrument
    GAD2: Instrument
    MDI: Instrument
    MASTERY: Instrument
    LONELINESS: Instrument
    BURDEN: Instrument
    T_ILS: Instrument
    PHQ9: Instrument
    K10: Instrument
    K6: Instrument
    RSES: Instrument
    GSE: Instrument
    PEARLIN: Instrument
    PSS10: Instrument
    WEMWBS: Instrument
    IPS25: Instrument
    IPS15: Instrument
    IPS_Y: Instrument

_PLACES = {
    "Instrument": "instrument",
    "ScoringWarning": "scoring",
    "Norm": "model",
    "anchor_points": "fidelity",
    "check_anchors": "fidelity",
    "fidelity_trend": "fidelity",
    "progression": "trends",
    "two_continua": "continua",
    "continua_shares": "continua",
    "continua_movement": "continua",
    "compare_with_norm": "norms",
    "direction_check": "inspection",
    "catalog": "listing",
    "catalog_text": "listing",
    "sum_index": "sums",
}


def __getattr__(name: str) -> Any:
    """Load a function, or the instrument whose id in capitals is `name`, when it is first asked for."""
    if name == "__all__":  # what `import *` asks for
        return __dir__()
    if name in _PLACES:
        return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    from ipseval.core.checks import hint_for

    if not name.isupper():  # also how Python asks for a submodule before it imports it
        raise AttributeError(f"ipseval.instruments has no {name!r}: {hint_for(name, _PLACES)}")
    from ipseval.instruments.instrument import shipped, shipped_ids

    if name.lower() in shipped_ids():
        return shipped(name.lower())
    known = [i.upper() for i in shipped_ids()]
    raise AttributeError(f"ipseval.instruments has no {name!r}: {hint_for(name, known)}")


def __dir__() -> list[str]:
    from ipseval.instruments.instrument import shipped_ids

    return sorted({*_PLACES, *(i.upper() for i in shipped_ids())})
