"""Every public name is spoilt by the generated calls, or stands here with the reason why it is not."""

import ipseval as ips
from contract.test_bad_arguments import CALLS

ELSEWHERE = {
    "types and words, no call with rows": """ChangeTarget JobColumns Labels PowerDesign Reliability Result Selection
        Survey code_list data_folder data_is_own dream guard make_key neet_definitions progress_bar""",
    "pictures of one result and no other argument; the same door as the pictures that are spoilt": """event_study overlap state_bands state_flows synthetic_paths tipping_map weekly_lines""",
    "takes tables, files and folders; canaries in tests/canary and tests/scanning": """apply_schema audit
        draft_published draft_schema known_values load_schema pseudonyms read_register read_survey release
        replace_tables scan store_register validate write_document write_registers write_twin write_workbook""",
}


def test_every_public_name_has_its_place():
    named = [name for names in ELSEWHERE.values() for name in names.split()]
    spoilt = {call.verb for call in CALLS}
    assert len(named) == len(set(named))
    assert spoilt.isdisjoint(named)
    assert spoilt | set(named) == set(ips._VERBS)
