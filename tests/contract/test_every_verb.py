"""Every public name is spoilt by the generated calls, or stands here with the reason why it is not."""

import ipseval as ips
from contract.calls_files import VERBS
from contract.test_bad_arguments import CALLS

ELSEWHERE = {
    "types and words, no call with rows": """ChangeTarget JobColumns Labels PowerDesign Reliability Result Selection
        Survey data_folder data_is_own dream guard make_key neet_definitions progress_bar""",
    "pictures of one result and no other argument; the same door as the pictures that are spoilt": """event_study overlap state_bands state_flows synthetic_paths tipping_map weekly_lines""",
    "files with a form of their own; canaries in tests/canary, tests/loading_schema and tests/auditing": """apply_schema audit draft_published load_schema replace_tables validate write_registers""",
}


def test_every_public_name_has_its_place():
    named = [name for names in ELSEWHERE.values() for name in names.split()]
    spoilt = {call.verb for call in CALLS if "." not in call.verb} | set(VERBS)
    assert len(named) == len(set(named))
    assert spoilt.isdisjoint(named)
    assert spoilt | set(named) == set(ips._VERBS)
