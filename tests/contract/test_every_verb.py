"""Every public name is spoilt by the generated calls, or stands here with the reason why it is not."""

import ipseval as ips
from contract.calls import calls

ELSEWHERE = {
    "types and words, no call with rows": """ChangeTarget JobColumns Labels PowerDesign Reliability Result Selection
        Survey code_list data_folder data_is_own dream guard make_key neet_definitions parse_cpr progress_bar
        pseudo_index_dates""",
    "takes numbers, not people": """caseload change_range e_value oster pool_trials power recover rosenbaum_bounds
        robustness_value t_from_summary target tipping_point two_by_two""",
    "takes results; canaries in tests/canary": """acceptability change_bars count_bars event_study flow_chart forest
        incidence likert_bars love movement overlap paired_dots pool recovery release reliable_counts
        reliable_scatter replace_tables specification_curve state_bands state_flows synthetic_paths table
        table_from_frame tipping_map triangulate weekly_lines write_document write_workbook""",
    "takes files; canaries in tests/canary and tests/scanning": """apply_schema audit draft_published draft_schema
        known_values load_schema read_register read_survey scan store_register story_checklist validate
        write_registers write_twin pseudonyms""",
    "takes rows of registers or of several frames; not spoilt by machine yet": """compare_with_norm
        continua_movement covariates employment enrolments highest_education neet neet_flags negative_controls
        own_children person_costs placebo_starts response sites synthetic_control two_continua visitation_groups
        weekly_shares""",
}


def test_every_public_name_has_its_place():
    named = [name for names in ELSEWHERE.values() for name in names.split()]
    spoilt = {call.verb for call in calls()}
    assert len(named) == len(set(named))
    assert spoilt.isdisjoint(named)
    assert spoilt | set(named) == set(ips._VERBS)
