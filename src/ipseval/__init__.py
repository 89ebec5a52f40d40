"""Evaluate Individual Placement and Support for young people: from a questionnaire export to a report.

The public verbs load on first use, so that `import ipseval` costs little more than `import pandas`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Public name -> the module that holds it.  One line per verb; rooms add theirs here.
_VERBS: dict[str, str] = {
    "odds_ratios": "ipseval.analysis.odds",
    "ordinal_odds": "ipseval.analysis.odds_classes",
    "multinomial_odds": "ipseval.analysis.odds_classes",
    "risk_ratios": "ipseval.analysis.odds_classes",
    "marginal_effects": "ipseval.analysis.marginal",
    "calibration": "ipseval.analysis.calibration",
    "discrimination": "ipseval.analysis.calibration",
    "data_folder": "ipseval.study.example",
    "data_is_own": "ipseval.study.example",
    "Result": "ipseval.core.result",
    "Labels": "ipseval.core.labels",
    "read_survey": "ipseval.loading.reader",
    "Survey": "ipseval.loading.survey",
    "load_schema": "ipseval.loading.schema",
    "apply_schema": "ipseval.loading.schema_use",
    "validate": "ipseval.loading.validation",
    "draft_schema": "ipseval.loading.draft",
    "table": "ipseval.reporting.tables",
    "table_from_frame": "ipseval.reporting.tables",
    "write_workbook": "ipseval.reporting.write_xlsx",
    "write_document": "ipseval.reporting.write_docx",
    "replace_tables": "ipseval.reporting.docx_replace",
    "reliability": "ipseval.instruments.reliability",
    "compare_with_norm": "ipseval.instruments.norms",
    "continua_shares": "ipseval.instruments.continua",
    "continua_movement": "ipseval.instruments.continua",
    "two_continua": "ipseval.instruments.continua",
    "progression": "ipseval.instruments.trends",
    "describe": "ipseval.analysis.describe",
    "histogram": "ipseval.analysis.histogram",
    "attrition": "ipseval.analysis.attrition",
    "attrition_bounds": "ipseval.analysis.attrition_bounds",
    "change": "ipseval.analysis.change",
    "band_change": "ipseval.analysis.band_change",
    "impute": "ipseval.analysis.imputation",
    "pool": "ipseval.analysis.imputation_pool",
    "power": "ipseval.analysis.power",
    "PowerDesign": "ipseval.analysis.power",
    "reliable_change": "ipseval.analysis.reliable_change",
    "repeated": "ipseval.analysis.repeated",
    "Reliability": "ipseval.analysis.reliable_change",
    "recovery": "ipseval.analysis.reliable_change_recovery",
    "change_range": "ipseval.analysis.change_range",
    "ChangeTarget": "ipseval.analysis.change_target",
    "Selection": "ipseval.analysis.change_target",
    "response": "ipseval.analysis.attrition_response",
    "two_by_two": "ipseval.analysis.two_by_two",
    "audit": "ipseval.auditing.audit",
    "recover": "ipseval.auditing.recover",
    "draft_published": "ipseval.auditing.intake.draft",
    "t_from_summary": "ipseval.analysis.effects.summary",
    "pool_trials": "ipseval.analysis.effects.summary",
    "match": "ipseval.analysis.effects.matching",
    "weight": "ipseval.analysis.effects.weighting",
    "effect": "ipseval.analysis.effects.effect",
    "love": "ipseval.reporting.figures.love",
    "overlap": "ipseval.reporting.figures.overlap",
    "event_study": "ipseval.reporting.figures.effect_lines",
    "incidence": "ipseval.reporting.figures.effect_lines",
    "synthetic_paths": "ipseval.reporting.figures.effect_lines",
    "specification_curve": "ipseval.reporting.figures.roads",
    "tipping_map": "ipseval.reporting.figures.roads",
    "flow_chart": "ipseval.reporting.figures.flow_chart",
    "acceptability": "ipseval.reporting.figures.acceptability",
    "effect_by": "ipseval.analysis.effects.subgroups",
    "time_to_event": "ipseval.analysis.effects.time_to_event",
    "panel_effect": "ipseval.analysis.effects.panel",
    "e_value": "ipseval.analysis.effects.sensitivity",
    "rosenbaum_bounds": "ipseval.analysis.effects.sensitivity",
    "robustness_value": "ipseval.analysis.effects.sensitivity",
    "count_effect": "ipseval.analysis.effects.counts",
    "oster": "ipseval.analysis.effects.selection",
    "synthetic_control": "ipseval.analysis.effects.synthetic_control",
    "tipping_point": "ipseval.analysis.effects.tipping",
    "negative_controls": "ipseval.analysis.effects.placebo",
    "placebo_starts": "ipseval.analysis.effects.placebo",
    "triangulate": "ipseval.analysis.effects.triangulate",
    "sites": "ipseval.analysis.sites",
    "person_costs": "ipseval.analysis.economics.pricing",
    "cost_effectiveness": "ipseval.analysis.economics.cost_effectiveness",
    "target": "ipseval.analysis.economics.targets",
    "caseload": "ipseval.analysis.economics.caseload",
    "forest": "ipseval.reporting.figures",
    "state_bands": "ipseval.reporting.figures.states",
    "state_flows": "ipseval.reporting.figures.states",
    "weekly_lines": "ipseval.reporting.figures.weekly_lines",
    "change_bars": "ipseval.reporting.figures",
    "likert_bars": "ipseval.reporting.figures",
    "count_bars": "ipseval.reporting.figures",
    "movement": "ipseval.reporting.figures",
    "reliable_counts": "ipseval.reporting.figures",
    "reliable_scatter": "ipseval.reporting.figures",
    "paired_dots": "ipseval.reporting.figures",
    "dream": "ipseval.dream",
    "read_register": "ipseval.loading.registers.reader",
    "code_list": "ipseval.loading.registers.code_lists",
    "store_register": "ipseval.loading.registers.columnar",
    "progress_bar": "ipseval.loading.registers.progress",
    "write_registers": "ipseval.loading.synthetic_registers",
    "write_twin": "ipseval.loading.synthetic_registers",
    "neet": "ipseval.outcomes.neet",
    "neet_flags": "ipseval.outcomes.neet",
    "neet_definitions": "ipseval.outcomes.neet_definitions",
    "employment": "ipseval.outcomes.employment",
    "weekly_shares": "ipseval.outcomes.weekly",
    "covariates": "ipseval.outcomes.covariates",
    "enrolments": "ipseval.outcomes.enrolments",
    "own_children": "ipseval.outcomes.history",
    "highest_education": "ipseval.outcomes.history",
    "visitation_groups": "ipseval.outcomes.history",
    "JobColumns": "ipseval.outcomes.jobs",
    "pseudo_index_dates": "ipseval.outcomes.calendar",
    "identity_columns": "ipseval.core.identity_columns",
    "parse_cpr": "ipseval.core.identity",
    "make_key": "ipseval.loading.pseudonyms",
    "pseudonyms": "ipseval.loading.pseudonyms",
    "guard": "ipseval.loading.guard",
    "scan": "ipseval.reporting.scanning.scan",
    "known_values": "ipseval.reporting.scanning.known",
    "release": "ipseval.reporting.release",
    "story_checklist": "ipseval.reporting.disclosure.stories",
}

__all__ = ["__version__", *_VERBS]


def __getattr__(name: str) -> Any:
    """Import the room that holds a public verb when it is first asked for; calls go through its door."""
    if name in _VERBS:
        from ipseval.core.arguments import checked

        value = checked(getattr(import_module(_VERBS[name]), name))
        globals()[name] = value
        return value
    from ipseval.core.checks import hint_for

    raise AttributeError(f"ipseval has no {name!r}: {hint_for(name, _VERBS)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_VERBS})
