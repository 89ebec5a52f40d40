"""The rules of the audit, one to a file, each with its proof; `ALL_RULES` is the order they are run in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ipseval.auditing.findings import Finding
from ipseval.auditing.published import Published
from ipseval.auditing.rules.ages import ages
from ipseval.auditing.rules.base_graph import base_graph
from ipseval.auditing.rules.base_said import base_said
from ipseval.auditing.rules.debit import debit
from ipseval.auditing.rules.durations import durations
from ipseval.auditing.rules.grim import grim
from ipseval.auditing.rules.grimmer import grimmer
from ipseval.auditing.rules.model_told import model_told
from ipseval.auditing.rules.no_power import no_power
from ipseval.auditing.rules.one_rounding import one_rounding
from ipseval.auditing.rules.periods import periods
from ipseval.auditing.rules.printed_tests import printed_tests
from ipseval.auditing.rules.question_sets import question_sets
from ipseval.auditing.rules.ratio_floor import ratio_floor
from ipseval.auditing.rules.ratio_interval import ratio_interval
from ipseval.auditing.rules.ratio_marks import ratio_marks
from ipseval.auditing.rules.ratio_profile import ratio_profile
from ipseval.auditing.rules.same_number import same_number
from ipseval.auditing.rules.scale_range import scale_range
from ipseval.auditing.rules.series import series
from ipseval.auditing.rules.shares import shares
from ipseval.auditing.rules.sums import sums
from ipseval.auditing.rules.targets import targets
from ipseval.auditing.rules.text_claims import text_claims
from ipseval.auditing.rules.whole_rows import whole_rows
from ipseval.auditing.rules.wording import wording

ALL_RULES: tuple[Callable[[Published], Iterator[Finding]], ...] = (
    shares,
    whole_rows,
    sums,
    question_sets,
    text_claims,
    base_graph,
    base_said,
    same_number,
    grim,
    grimmer,
    debit,
    scale_range,
    series,
    one_rounding,
    ratio_interval,
    ratio_profile,
    ratio_marks,
    ratio_floor,
    model_told,
    printed_tests,
    targets,
    durations,
    ages,
    periods,
    wording,
    no_power,
)
