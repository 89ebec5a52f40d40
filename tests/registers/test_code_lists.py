import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import SchemaError


def test_the_packaged_list_holds_from_its_first_day():
    whole = ips.code_list("soc_status")
    assert {"110", "131", "136", "351", "411", "517"} <= set(whole["code"])
    assert len(ips.code_list("soc_status", on="2007-12-31")) == 0
    assert len(ips.code_list("soc_status", on="2008-01-01")) == len(whole)


def test_a_code_may_change_its_meaning_but_not_mean_two_things_at_once(tmp_path):
    head = "code,da,en,valid_from,valid_to,basis\n"
    path = tmp_path / "mine.csv"
    path.write_text(head + "7,a,a,,2014-12-31,x\n7,b,b,2015-01-01,,x\n8,c,c,,,x\n")
    assert ips.code_list(path, on="2014-12-31")["en"].tolist() == ["a", "c"]
    assert ips.code_list(path, on="2015-01-01")["en"].tolist() == ["b", "c"]
    path.write_text(head + "7,a,a,,2015-01-01,x\n7,b,b,2015-01-01,,x\n")
    with pytest.raises(SchemaError, match="1 row\\(s\\) overlap in time for the code\\(s\\) 7"):
        ips.code_list(path)
    path.write_text("code,da\n7,a\n")
    with pytest.raises(SchemaError, match="lacks the column\\(s\\) en, valid_from"):
        ips.code_list(path)
    with pytest.raises(SchemaError, match="'soc_statsu' is no code list"):
        ips.code_list("soc_statsu")


def test_no_benefit_can_be_named_as_the_other_groups_are():
    frame = pd.DataFrame(
        {"pnr": ["0101010001", "2404040004"], **{f"y_21{w:02d}": [0, 730] for w in range(1, 53)}}
    )
    named = ips.dream.count_weeks(frame, sets={"none": "blank", "code": [0]}, years=[2021])
    assert named["none_2021"].tolist() == named["code_2021"].tolist() == [52, 0]
    with pytest.raises(SchemaError, match="blanc"):
        ips.dream.codes().codes_where(group="blanc")
