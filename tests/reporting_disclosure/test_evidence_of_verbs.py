"""Every verb that returns a result says who stands behind its numbers, or stands here with the reason why not."""

import warnings

import ipseval as ips
from contract.test_bad_arguments import CALLS

NONE = {
    "made from numbers given by hand: who they are, and in which other tables, is not known": """change_range
        e_value pool_trials power robustness_value t_from_summary two_by_two""",
    "what an unknown or an assumption could do; a person looks": """attrition_bounds negative_controls oster
        placebo_starts rosenbaum_bounds synthetic_control tipping_point triangulate""",
    "of filled answers, which are nobody's; with the frame that was filled (`Imputed.pool`) it tells": "pool",
    "of a few employees, or of items of a scale, not of groups of persons": "caseload reliability",
}


def test_every_verb_says_who_was_counted_or_why_it_does_not():
    told, silent = set(), set()
    for call in (each for each in CALLS if each.verb in ips._VERBS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = call.run(ips)
        if isinstance(made, ips.Result):
            (silent if made.evidence is None else told).add(call.verb)
            if made.evidence is not None:
                assert len(made.evidence.lines) in (0, len(made.estimates)), call.verb
    named = {name for names in NONE.values() for name in names.split()}
    assert silent - told == named
    assert told >= {"repeated", "count_effect", "cost_effectiveness", "panel_effect", "sites", "effect"}
