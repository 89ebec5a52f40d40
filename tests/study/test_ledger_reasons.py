from fractions import Fraction

import pytest

from ipseval.auditing.fitting import possible_counts
from ipseval.study.ledger.ours import Ours
from ipseval.study.ledger.printed import Printed, Ref, printed_numbers
from ipseval.study.ledger.reasons import judge

BASES = {"start": 55, "slut": 43, "begge": 40}


def share(text, events, n, **more):
    return Printed("x", "l. 1", "x", text, "percent", Ref("r", "o", ("1",)), **more), Ours(
        Fraction(100 * events, n), n
    )


def verdict(printed, ours):
    found = judge(printed, ours, BASES)
    for lang in ("da", "en"):
        assert "{" not in found.text(lang)
    return found


def test_equal_numbers_are_the_same():
    assert verdict(*share("44", 24, 55)).status == "ledger_same"


def test_a_half_that_another_rule_rounds_down_is_the_same_by_that_rule():
    found = verdict(*share("12", 1, 8))
    assert (found.status, found.reason) == ("ledger_same_rounded", "ledger_rounding")
    assert "half_even" in found.values["rules"]


def test_a_share_no_whole_persons_have_is_named_with_the_n_that_would():
    assert possible_counts("51", 28) == []
    found = verdict(*share("51", 14, 28))
    assert found.reason in ("ledger_no_whole_persons", "ledger_no_whole_persons_but")
    assert found.values["n"] == 28


def test_a_text_that_adds_rounded_cells_is_named():
    found = verdict(*share("30", 17, 55, parts=("18", "12")))
    assert found.reason == "ledger_sum_of_rounded"


def test_a_count_of_another_group_is_named():
    printed = Printed("x", "l. 1", "x", "43", "count", Ref(base="begge", of="start"))
    found = verdict(printed, Ours(Fraction(40), 55))
    assert found.reason == "ledger_other_base"
    assert found.values == {"size": 43, "own": 40}


def test_a_mean_without_a_whole_total_is_named():
    printed = Printed("x", "l. 1", "x", "7.84", "mean", Ref("r", "o", ("before",)))
    assert verdict(printed, Ours(Fraction(314, 40), 40)).reason == "ledger_no_whole_total"


def test_words_are_judged_within_their_tolerance():
    near = Printed("x", "l. 1", "x", "25", "fraction", Ref("r", "o", ("7",)), tolerance=2.5)
    assert verdict(near, Ours(Fraction(1000, 43), 43)).status == "ledger_same"
    assert verdict(near, Ours(Fraction(3000, 43), 43)).status == "ledger_differs"


@pytest.mark.parametrize("quantity", ["told", "odds_ratio_hidden"])
def test_what_no_file_holds_is_said_to_be_so(quantity):
    assert verdict(Printed("x", "l. 1", "x", "29", quantity), Ours(None)).reason


def test_the_published_file_is_taken_apart_whole():
    from ipseval.core.resources import load_yaml
    from ipseval.study.plan import PLANS

    published = load_yaml(PLANS / "published" / "ips_ung.yaml")
    numbers = printed_numbers(published)
    claims = {c["id"] for c in published["claims"]}
    assert claims <= {n.id.split(".")[0] for n in numbers}, "every claim of the file is in the ledger"
    for table in published["tables"]:
        printed = [
            c for row in table["rows"] for c in (row.get("percents") or [row.get("count")]) if c is not None
        ]
        own = [n for n in numbers if n.id.startswith(f"{table['id']}.")]
        assert len(own) >= len(printed)
    assert all(n.text for n in numbers)
