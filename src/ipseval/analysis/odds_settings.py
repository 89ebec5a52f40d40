"""What a caller of `odds_ratios` may choose, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ipseval.core.checks import require_level, require_option
from ipseval.core.errors import EstimationError

METHODS = ("ml", "firth", "flic", "flac")
INTERVALS = ("profile", "wald", "score", "bootstrap", "exact")
MODELS = ("multivariable", "univariable", "both")
TEST_OF = {"profile": "lr", "wald": "wald", "score": "score", "bootstrap": "", "exact": "exact"}
"""The test that each interval inverts; a bootstrap interval inverts none, so its rows carry no p."""
INTERVAL_OF = {test: interval for interval, test in TEST_OF.items() if test}
PLAIN_ONLY = ("score", "exact")
"""Intervals and tests that only maximum likelihood has."""
SEPARATED = ("refuse", "firth", "infinite")
ROWS = ("common", "available")


@dataclass(frozen=True)
class Settings:
    """The choices of one call."""

    method: str = "firth"
    interval: str = "profile"
    test: str = "lr"
    models: str = "multivariable"
    level: float = 0.95
    separated: str = "refuse"
    rows: str = "common"
    resamples: int = 1999
    seed: int = 20
    influence: bool = True
    per: Mapping[str, float] = field(default_factory=dict)
    reference: Mapping[str, object] = field(default_factory=dict)
    measured_at: Mapping[str, object] = field(default_factory=dict)

    @property
    def contrasts(self) -> tuple[str, ...]:
        """The kinds of model to fit, in the order they are shown."""
        return ("univariable", "multivariable") if self.models == "both" else (self.models,)

    @property
    def penalised(self) -> bool:
        """Whether coefficients come from Firth's penalised likelihood."""
        return self.method in ("firth", "flic")


def method_of(given: str | None, plain_only: bool) -> str:
    """Return the method asked for; else Firth's, or maximum likelihood where only that has what is asked."""
    if given is not None:
        return given
    return "ml" if plain_only else "firth"


def check_settings(settings: Settings) -> Settings:
    """Refuse choices that are not offered or do not go together."""
    require_option(settings.method, METHODS, argument="method")
    require_option(settings.interval, INTERVALS, argument="interval")
    require_option(settings.models, MODELS, argument="models")
    require_option(settings.separated, SEPARATED, argument="separated")
    require_option(settings.rows, ROWS, argument="rows")
    if settings.test:
        require_option(settings.test, tuple(INTERVAL_OF), argument="test")
    require_level(settings.level)
    if settings.method != "ml" and (settings.interval in PLAIN_ONLY or settings.test in PLAIN_ONLY):
        raise EstimationError(
            f"interval= and test= offer 'score' and 'exact' with method='ml' only, not {settings.method!r}; "
            "use 'profile' and 'lr'."
        )
    if settings.method == "flac" and settings.interval == "bootstrap":
        raise EstimationError(
            "interval='bootstrap' is not offered with method='flac', whose pseudo-rows change with every "
            "resample; use method='firth' or interval='profile'."
        )
    if settings.separated == "infinite" and settings.interval not in ("profile", "exact"):
        raise EstimationError("separated='infinite' is offered with interval='profile' only; choose that.")
    if settings.interval == "bootstrap" and settings.resamples < 999:
        raise EstimationError("resamples= must be at least 999 for a bootstrap interval; 1999 is usual.")
    return settings
